"""Indices that cost a payment run more than they gave: doubled by a constraint, or full of rows without a value."""

import django.db.models.deletion
from django.db import migrations, models


# Rows that a broken build of dues left staged under the older version: nothing would ever look at them again.
DROP_STAGED = "DELETE FROM payments_due WHERE state = 'staged'"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('grants', '0001_initial'),
        ('payments', '0007_event_dues_by_month'),
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(DROP_STAGED, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='due',
            name='payments_due_staged',
        ),
        migrations.RemoveIndex(
            model_name='line',
            name='payments_line_paid',
        ),
        migrations.AlterField(
            model_name='due',
            name='line',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dues', to='payments.line'),
        ),
        migrations.AlterField(
            model_name='due',
            name='state',
            field=models.CharField(choices=[('live', '有效'), ('void', '作废')], max_length=8),
        ),
        migrations.AlterField(
            model_name='line',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.paymentrun'),
        ),
        migrations.AddIndex(
            model_name='due',
            index=models.Index(condition=models.Q(('line__isnull', False)), fields=['line'], name='payments_due_line'),
        ),
        migrations.AddIndex(
            model_name='line',
            index=models.Index(condition=models.Q(('paid_month__isnull', False)), fields=['county', 'benefit', 'paid_month'], name='payments_line_paid'),
        ),
    ]
