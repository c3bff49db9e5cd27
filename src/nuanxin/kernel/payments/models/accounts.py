"""To which account grants are paid: changes agreed on by two people, and why one account is paid for many."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.payments import enums


class AccountChange(models.Model):
    """From a day on, grants of a person are paid to another account; one person asks, a second agrees.

    `dues` are those without a grant, which a decision pays once.
    `account` is empty where `ends` is closed with nothing to follow yet; `line` is the bounced line that led to it.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+")
    ends = models.ForeignKey("registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+")
    line = models.ForeignKey("payments.Line", on_delete=models.PROTECT, null=True, related_name="account_changes")
    on = models.DateField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=enums.PlanState.choices)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    checked_on = models.DateField(null=True)
    note = models.CharField(max_length=200, default="")
    grants = models.ManyToManyField("grants.Grant", related_name="account_changes")
    dues = models.ManyToManyField("payments.Due", related_name="account_changes")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="payments_account_two_people",
                violation_error_message="经办人不能复核自己提出的账户变更",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(checked_by__isnull=False), name="payments_account_checked"
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(ends__isnull=False), name="payments_account_something"
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="payments_account_state")]


class ManyPaidReason(models.Model):
    """Why one account is rightly paid for many people, as a person states it; in force until it is taken back."""

    county = models.CharField(max_length=6)
    account = models.ForeignKey("registry.BankAccount", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    persons = models.IntegerField()
    given_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()
    ended_on = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_on__isnull=True), name="payments_one_many_paid_reason"
            )
        ]
