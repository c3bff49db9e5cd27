from django.db import migrations, models

from nuanxin.kernel.core.crypto import keyed_hex


def seal_entries(apps, schema_editor):
    """Seal what was logged before there were seals; the hashes stay as they are."""
    disclosures = apps.get_model("access", "Disclosure").objects.using(schema_editor.connection.alias)
    for entry in disclosures.filter(seal="").iterator(chunk_size=2000):
        disclosures.filter(pk=entry.pk).update(seal=keyed_hex("disclosures", entry.chain))


class Migration(migrations.Migration):
    dependencies = [("access", "0003_administrators")]
    operations = [
        migrations.AddField("disclosure", "seal", models.CharField(default="", max_length=64)),
        migrations.RunPython(seal_entries, migrations.RunPython.noop),
    ]
