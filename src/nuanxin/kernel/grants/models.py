"""Grants in force, the persons they cover, and the shares each covered person brings."""

from django.db import models
from django.db.models import F, Q


class Grant(models.Model):
    """An entitlement of a person or household to one benefit, from a decision or a takeover list."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = models.CharField(max_length=40)
    pays = models.CharField(max_length=10)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    from_date = models.DateField()
    to_date = models.DateField(null=True)
    booked_from = models.DateField()
    booked_to = models.DateField(null=True)
    held_since = models.DateField(null=True)
    held_cause = models.CharField(max_length=40, default="")
    basis = models.CharField(max_length=10)
    decision_id = models.BigIntegerField(null=True)
    takeover_list_id = models.BigIntegerField(null=True)
    takeover_row = models.IntegerField(null=True)
    end_cause = models.CharField(max_length=40, default="")
    end_decision_id = models.BigIntegerField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "benefit", "booked_from"], name="grants_grant_month")]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, household__isnull=True)
                | Q(person__isnull=True, household__isnull=False),
                name="grants_one_subject",
                violation_error_message="待遇须属于一个人或一个家庭",
            ),
            models.CheckConstraint(
                condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date")), name="grants_dates"
            ),
            models.UniqueConstraint(
                fields=["benefit", "person"], condition=Q(to_date__isnull=True), name="grants_one_open_person"
            ),
            models.UniqueConstraint(
                fields=["benefit", "household"], condition=Q(to_date__isnull=True), name="grants_one_open_household"
            ),
            models.UniqueConstraint(
                fields=["decision_id"], condition=Q(decision_id__isnull=False), name="grants_once_per_decision"
            ),
            models.UniqueConstraint(
                fields=["takeover_list_id", "takeover_row"],
                condition=Q(takeover_list_id__isnull=False),
                name="grants_once_per_row",
            ),
        ]


class Coverage(models.Model):
    """A person counted by a grant `[from_date, to_date)`; person counts, entries and exits read these rows."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="coverages")
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    benefit = models.CharField(max_length=40)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField()
    to_date = models.DateField(null=True)
    booked_from = models.DateField()
    booked_to = models.DateField(null=True)
    held_since = models.DateField(null=True)
    end_cause = models.CharField(max_length=40, default="")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date")), name="grants_coverage_dates"
            ),
            models.UniqueConstraint(
                fields=["benefit", "person"], condition=Q(to_date__isnull=True), name="grants_one_open_coverage"
            ),
        ]
        indexes = [
            models.Index(fields=["county"], condition=Q(held_since__isnull=False), name="grants_coverage_held"),
        ]


class Share(models.Model):
    """What one component of a grant pays a month for one covered person, to which payee; a new amount is a new row."""

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="shares")
    component = models.CharField(max_length=20)
    amount_fen = models.BigIntegerField()
    payee = models.ForeignKey(
        "registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_date = models.DateField()
    to_date = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    assessment_run_id = models.BigIntegerField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="grants_share_not_negative"),
            models.UniqueConstraint(
                fields=["coverage", "component"],
                condition=Q(to_date__isnull=True, superseded_at__isnull=True),
                name="grants_one_open_share",
            ),
        ]
