from django.db import migrations, models

from nuanxin.kernel.core.crypto import keyed_hex


def seal_closes(apps, schema_editor):
    """Seal the months closed before there were seals; their hashes and heads stay as they are."""
    closes = apps.get_model("statistics", "Close").objects.using(schema_editor.connection.alias)
    for close in closes.filter(seal=""):
        text = f"{close.county}|{close.month:%Y-%m}|{close.previous}|{close.head}"
        closes.filter(pk=close.pk).update(seal=keyed_hex("closes", text))


class Migration(migrations.Migration):
    dependencies = [("statistics", "0002_reports")]
    operations = [
        migrations.AddField("close", "seal", models.CharField(default="", max_length=64)),
        migrations.RunPython(seal_closes, migrations.RunPython.noop),
    ]
