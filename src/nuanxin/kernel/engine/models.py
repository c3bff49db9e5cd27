"""Snapshots: the frozen copy of the operational tables that a run reads."""

from django.db import models


class Snapshot(models.Model):
    """One consistent copy of the declared tables of a county, as Parquet under the store."""

    county = models.CharField(max_length=6)
    business_date = models.DateField()
    folder = models.CharField(max_length=200)
    taken_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="copying")
