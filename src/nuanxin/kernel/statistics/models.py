"""Closed months and their frozen files."""

from django.db import models


class Close(models.Model):
    """A closed month: the SM3 chain head over its frozen files and the previous close."""

    county = models.CharField(max_length=6)
    month = models.DateField()
    previous = models.CharField(max_length=64, default="")
    head = models.CharField(max_length=64)
    closed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(auto_now_add=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "month"], name="statistics_close_once")]


class ClosedFile(models.Model):
    """One frozen Parquet file of a closed month."""

    close = models.ForeignKey(Close, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=60)
    path = models.CharField(max_length=200)
    rows = models.BigIntegerField()
    sm3 = models.CharField(max_length=64)
