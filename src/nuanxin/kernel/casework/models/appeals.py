"""What people bring against decisions and payments, and who looked into it."""

from django.db import models
from django.db.models import Q

from nuanxin.kernel.casework import enums


class Appeal(models.Model):
    """A report, complaint, request to look again or notice of a reconsideration.

    Who brought it is encrypted (`cipher`, empty when anonymous), opened by the handler only, and logged. `matter` is
    told without names. `declared_on` is the day on which the handler declared to be no relative of anybody concerned.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16, choices=enums.AppealKind.choices)
    channel = models.CharField(max_length=20)
    anonymous = models.BooleanField()
    cipher = models.BinaryField(default=bytes)
    key_id = models.CharField(max_length=12, default="")
    appellant = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    matter = models.CharField(max_length=1000)
    benefit = models.CharField(max_length=40, default="")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.ForeignKey("casework.Decision", on_delete=models.PROTECT, null=True, related_name="+")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, null=True, related_name="+")
    received_on = models.DateField()
    received_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField()
    clock = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=enums.AppealState.choices)
    handler = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    declared_on = models.DateField(null=True)
    outcome = models.CharField(max_length=12, choices=enums.AppealOutcome.choices, default="")
    findings = models.CharField(max_length=1000, default="")
    reply = models.CharField(max_length=1000, default="")
    decided_on = models.DateField(null=True)
    review = models.ForeignKey("casework.Review", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    booked_month = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "state", "due_on"], name="casework_appeal_due")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="decided") | (Q(handler__isnull=False) & Q(declared_on__isnull=False)),
                name="casework_appeal_independent",
                violation_error_message="须由声明无利害关系的承办人办结",
            )
        ]
