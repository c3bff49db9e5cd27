"""Months already paid, assessed anew by their own law and the facts now known; corrected by two people."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.casework import enums

WAITING = (enums.ReassessmentState.OPEN, enums.ReassessmentState.PROPOSED)


class Reassessment(models.Model):
    """A look back at a grant's months `[first, last]`: found by the system, proposed by one, agreed to by another.

    `found` is canonical JSON of what was told late: kinds and dates, no names. `more_fen` and `less_fen` are what the
    months should have paid beyond and below what they did. Where money is asked back, who was heard and what they said.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = models.CharField(max_length=40)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    first = models.DateField()
    last = models.DateField()
    found = models.TextField(default="[]")
    more_fen = models.BigIntegerField()
    less_fen = models.BigIntegerField()
    pursuit = models.CharField(max_length=10, choices=enums.Pursuit.choices, default=enums.Pursuit.CORRECT)
    reason = models.CharField(max_length=500, default="")
    heard_on = models.DateField(null=True)
    statement = models.CharField(max_length=500, default="")
    state = models.CharField(max_length=10, choices=enums.ReassessmentState.choices)
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    made_on = models.DateField(null=True)
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    checked_on = models.DateField(null=True)
    note = models.CharField(max_length=500, default="")
    pays_grant = models.ForeignKey(
        "grants.Grant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    key = models.CharField(max_length=80, unique=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "state"], name="casework_reassess_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["grant"],
                condition=Q(state__in=["open", "proposed"]),
                name="casework_one_reassessment",
                violation_error_message="同一待遇同时只能有一件追溯核算",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="casework_reassessed_by_two",
                violation_error_message="复核人不能复核自己的追溯核算",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["in_force", "left"]) | Q(checker__isnull=False),
                name="casework_reassessed_checked",
            ),
            models.CheckConstraint(condition=Q(more_fen__gte=0, less_fen__gte=0), name="casework_reassessed_amounts"),
        ]


class ReassessedMonth(models.Model):
    """One month of a reassessment: its receipt, the release that computed it and the rows below it, frozen."""

    reassessment = models.ForeignKey(Reassessment, on_delete=models.PROTECT, related_name="months")
    month = models.DateField()
    granted = models.BooleanField()
    release_id = models.CharField(max_length=64)
    receipt = models.TextField(default="")
    receipt_sm3 = models.CharField(max_length=64)
    inputs = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reassessment", "month"], name="casework_reassessed_month_once")]


class ReassessedShare(models.Model):
    """What a component paid a covered person in a reassessed month and what it should have; fen."""

    month = models.ForeignKey(ReassessedMonth, on_delete=models.PROTECT, related_name="shares")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    component = models.CharField(max_length=20)
    was_fen = models.BigIntegerField()
    due_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "person", "component"], name="casework_reassessed_share_once"),
            models.CheckConstraint(
                condition=Q(was_fen__gte=0, due_fen__gte=0), name="casework_reassessed_not_negative"
            ),
        ]
