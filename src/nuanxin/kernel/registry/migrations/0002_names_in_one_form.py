"""Names that stand already take their one form, with their initials: search and bank file read what is stored."""

from django.db import migrations

from nuanxin.kernel.core.names import COMMON, normal_name
from nuanxin.kernel.registry.initials import initials_of


def take_one_form(apps, schema_editor):
    people = apps.get_model("registry", "Person").objects.using(schema_editor.connection.alias)
    changed = []
    for pk, name in people.values_list("pk", "name").iterator(chunk_size=5000):
        if not COMMON.fullmatch(name) and (normal := normal_name(name)) and normal != name:
            changed.append((pk, normal))
    for pk, name in changed:
        people.filter(pk=pk).update(name=name, initials=initials_of(name))


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [migrations.RunPython(take_one_form, migrations.RunPython.noop)]
