"""A month remembers how far the records were written when its snapshot was begun."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("cycle", "0001_initial")]

    operations = [
        migrations.AddField("monthrun", "inputs_change_id", models.BigIntegerField(null=True)),
        migrations.AddField("monthrun", "inputs_at", models.DateTimeField(null=True)),
    ]
