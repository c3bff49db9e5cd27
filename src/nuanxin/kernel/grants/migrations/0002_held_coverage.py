"""Who is held is asked for every payment run: an index of the few."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('grants', '0001_initial'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='coverage',
            index=models.Index(condition=models.Q(('held_since__isnull', False)), fields=['county'], name='grants_coverage_held'),
        ),
    ]
