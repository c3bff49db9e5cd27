"""Grants looked at again: periodic reviews, and delegated decisions that the county draws."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.casework import enums


class Review(models.Model):
    """A grant due to be looked at again, with what changed since it was last decided or looked at.

    `found` is canonical JSON: kinds, dates and counts, no names. `assessed_fen` is what the newest assessment gives a
    month, empty where it gave none or is unknown. `key` makes a review once; one is open per grant.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = models.CharField(max_length=40)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=enums.ReviewClass.choices)
    month = models.DateField()
    due_on = models.DateField()
    since = models.DateField()
    found = models.TextField(default="[]")
    changed = models.BooleanField(default=False)
    paid_fen = models.BigIntegerField(default=0)
    assessed_fen = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=enums.ReviewState.choices)
    sampled = models.BooleanField(default=False)
    note = models.CharField(max_length=500, default="")
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    made_on = models.DateField(null=True)
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    checked_on = models.DateField(null=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    closed_on = models.DateField(null=True)
    booked_month = models.DateField(null=True)
    key = models.CharField(max_length=80, unique=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["county", "state", "due_on"], name="casework_review_due"),
            models.Index(fields=["county", "month"], name="casework_review_month"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["grant"],
                condition=Q(closed_on__isnull=True),
                name="casework_one_open_review",
                violation_error_message="同一待遇同时只能有一件复核",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="casework_review_by_two",
                violation_error_message="确认人不能抽查自己确认的复核",
            ),
        ]


class Draw(models.Model):
    """One draw among a month's delegated decisions: from how many, how many, and the seed that gives the same again.

    `seed` is the SM3 of county, month and the ids; `decided` and `drawn` count all draws of the month so far.
    """

    county = models.CharField(max_length=6)
    month = models.DateField()
    number = models.SmallIntegerField()
    per_cent = models.SmallIntegerField()
    decided = models.IntegerField()
    drawn = models.IntegerField()
    seed = models.CharField(max_length=64)
    on = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "month", "number"], name="casework_draw_once")]


class Sample(models.Model):
    """A delegated decision that the county looks at again."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    month = models.DateField()
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="samples")
    decision = models.OneToOneField("casework.Decision", on_delete=models.PROTECT, related_name="sample")
    state = models.CharField(max_length=6, choices=enums.SampleState.choices)
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    looked_on = models.DateField(null=True)
    note = models.CharField(max_length=500, default="")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    booked_month = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "month"], name="casework_sample_month")]
