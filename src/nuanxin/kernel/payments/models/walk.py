"""Dues, payment runs, lines, bank files."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.payments import enums


class PaymentRun(models.Model):
    """One list of lines for one benefit and pay month that equals one bank file."""

    county = models.CharField(max_length=6)
    benefit = models.CharField(max_length=40)
    pay_month = models.DateField()
    number = models.IntegerField()
    batch_no = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=10, choices=enums.RunState.choices)
    line_count = models.IntegerField(default=0)
    total_fen = models.BigIntegerField(default=0)
    prepared_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    released_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    released_on = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "benefit", "pay_month", "number"], name="payments_run_once"),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")),
                name="payments_releaser_is_not_preparer",
                violation_error_message="编制人不能复核自己编制的发放批次",
            ),
        ]


class Line(models.Model):
    """One payment to one account; settles its dues once; a failed line is reissued by a new one."""

    run = models.ForeignKey(PaymentRun, on_delete=models.PROTECT, related_name="lines", db_index=False)  # run and seq
    seq = models.IntegerField()
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    benefit = models.CharField(max_length=40)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    household = models.ForeignKey(
        "registry.Household", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    account = models.ForeignKey(
        "registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=enums.LineState.choices)
    fail_code = models.CharField(max_length=4, default="")
    paid_month = models.DateField(null=True)
    paid_on = models.DateField(null=True)
    reissue_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reissued_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="payments_line_seq"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_line_positive"),
        ]
        indexes = [
            models.Index(
                fields=["county", "benefit", "paid_month"],
                condition=Q(paid_month__isnull=False),
                name="payments_line_paid",
            ),
            models.Index(
                fields=["county", "benefit"], condition=Q(state__in=["failed", "held"]), name="payments_line_open"
            ),
        ]


class Due(models.Model):
    """What is payable for one covered person, component and month; corrected by a new due, never edited.

    `offset_fen` is the sum of the settlements that set recoveries off against it; its line pays the rest. What of that
    two people take back is paid by a due of kind `returned`, which is no entitlement.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    benefit = models.CharField(max_length=40)
    component = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=enums.DueKind.choices)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(
        "registry.Household", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entitlement_month = models.DateField()
    booked_month = models.DateField()
    amount_fen = models.BigIntegerField()
    offset_fen = models.BigIntegerField(default=0, db_default=0)
    account = models.ForeignKey(
        "registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    assessment_run_id = models.BigIntegerField(null=True)
    decision_id = models.BigIntegerField(null=True)
    cause = models.CharField(max_length=40, default="")
    state = models.CharField(max_length=8, choices=enums.DueState.choices)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="dues", db_index=False)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "component", "person", "entitlement_month"],
                condition=Q(kind="regular", state="live"),
                name="payments_one_regular_due",
            ),
            models.UniqueConstraint(
                fields=["benefit", "component", "person", "grant", "entitlement_month", "kind", "change"],
                condition=Q(kind__in=["arrears", "recovery"], state="live"),
                name="payments_one_correction_due",
            ),
            models.UniqueConstraint(
                fields=["decision_id", "component", "person", "entitlement_month"],
                condition=Q(kind="event"),
                name="payments_one_event_due",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_due_positive"),
            models.CheckConstraint(
                condition=Q(offset_fen__gte=0, offset_fen__lte=F("amount_fen")), name="payments_due_offset"
            ),
        ]
        indexes = [
            models.Index(fields=["county", "booked_month", "benefit"], name="payments_due_month"),
            models.Index(
                fields=["county", "benefit", "booked_month"],
                condition=Q(line__isnull=True, state="live"),
                name="payments_due_unsettled",
            ),
            models.Index(fields=["line"], condition=Q(line__isnull=False), name="payments_due_line"),
            models.Index(fields=["household"], condition=Q(household__isnull=False), name="payments_due_household"),
        ]


class DueException(models.Model):
    """Why a due was left out of a pay month's runs; it stays unsettled and is looked at again the next time."""

    due = models.ForeignKey(Due, on_delete=models.CASCADE, related_name="exceptions")
    county = models.CharField(max_length=6)
    benefit = models.CharField(max_length=40)
    pay_month = models.DateField()
    code = models.CharField(max_length=20, choices=enums.ExceptionCode.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["due", "pay_month"], name="payments_exception_once")]
        indexes = [models.Index(fields=["county", "pay_month", "benefit"], name="payments_exception_month")]


class BankFile(models.Model):
    """A file sent to or received from the bank: encrypted blob, SM3, control totals."""

    run = models.ForeignKey(PaymentRun, on_delete=models.PROTECT, related_name="files")
    direction = models.CharField(max_length=6)
    name = models.CharField(max_length=120)
    blob = models.CharField(max_length=200)
    sm3 = models.CharField(max_length=64)
    line_count = models.IntegerField()
    total_fen = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["direction", "sm3"], name="payments_file_once")]
