"""A proposal remembers how far the records were written when it was computed, its causes, and why it is void."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("casework", "0007_proposal_counts")]

    operations = [
        migrations.AddField("proposal", "inputs_change_id", models.BigIntegerField(null=True)),
        migrations.AddField("proposal", "inputs_at", models.DateTimeField(null=True)),
        migrations.AddField("proposal", "causes", models.TextField(default="[]")),
        migrations.AddField("proposal", "void_because", models.CharField(default="", max_length=200)),
    ]
