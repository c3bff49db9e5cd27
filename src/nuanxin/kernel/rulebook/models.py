"""Releases of the rulebook and the runs that used them."""

from django.db import models


class Release(models.Model):
    """The canonical facts, parameters, benefits, compiled SQL and engine version, stored once under their SM3."""

    sm3 = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)
    engine_version = models.CharField(max_length=40)
    folder = models.CharField(max_length=200)


class AssessmentRun(models.Model):
    """One assessment of a whole county for a month: release × snapshot → receipts in the store."""

    county = models.CharField(max_length=6)
    month = models.DateField()
    purpose = models.CharField(max_length=12)
    snapshot = models.ForeignKey("engine.Snapshot", on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    folder = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="running")
    seconds = models.FloatField(null=True)
