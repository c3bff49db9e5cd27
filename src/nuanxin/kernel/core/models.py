"""Who changed what, when and why; the business clock; queued steps."""

from django.conf import settings
from django.db import models


class Change(models.Model):
    """One act of writing: every row of the walk points at the change that made or ended it."""

    at = models.DateTimeField(auto_now_add=True)
    business_date = models.DateField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=60)
    verb = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    rows = models.BigIntegerField(default=0)


class ChangeItem(models.Model):
    """What one change did to one record of a register; bulk loads keep only the change and its row count."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="items")
    table = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    action = models.CharField(max_length=12)
    diff = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["table", "record_id"], name="core_item_record")]


class BusinessDate(models.Model):
    """The stored business date of a demo or training instance; absent in production, where the clock is real."""

    singleton = models.BooleanField(primary_key=True, default=True)
    today = models.DateField()


class QueuedStep(models.Model):
    """An idempotent follow-up of an act, done after it, retried until done, and shown."""

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default="waiting")
    attempts = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, default="")
    change = models.ForeignKey(Change, on_delete=models.PROTECT)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="core_step_once")]
