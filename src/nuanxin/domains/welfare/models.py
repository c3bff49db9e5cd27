"""The tables of the welfare registers and of the rosters of resettlers."""

from django.db import models
from django.db.models import F, Q

from nuanxin.domains.welfare.registers.burial import EcoBurial
from nuanxin.domains.welfare.registers.resettler import Resettler


class Roster(models.Model):
    """The resettlers of a village as posted there; two people agree to it, and its people are applied for."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=[("posted", "公示中"), ("approved", "已核定"), ("returned", "已退回")]
    )
    posted_on = models.DateField()
    last_day = models.DateField()
    persons = models.IntegerField()
    sm3 = models.CharField(max_length=64)
    objections = models.CharField(max_length=500, default="")
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    checked_on = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="welfare_roster_by_two",
                violation_error_message="公示名册的人不能自己核定",
            ),
            models.UniqueConstraint(fields=["division"], condition=Q(state="posted"), name="welfare_one_posted_roster"),
        ]
        indexes = [models.Index(fields=["county", "state"], name="welfare_roster_state")]


class RosterRow(models.Model):
    """A resettler on a roster; the application that followed when it was agreed to."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="rows")
    resettler = models.ForeignKey(Resettler, on_delete=models.PROTECT, related_name="rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster", "resettler"], name="welfare_roster_row_once")]


__all__ = ["EcoBurial", "Resettler", "Roster", "RosterRow"]
