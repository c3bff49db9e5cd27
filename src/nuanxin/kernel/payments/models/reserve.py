"""The township's reserve fund: its terms, what was asked, the ledger, vouchers, counts, and help given first."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.payments import enums

GIVES = ("advance", "replenishment", "reversal")


class ReserveFund(models.Model):
    """The cash a township holds to help at once; `balance_fen` is what the last entry of the ledger says."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9, unique=True)
    opened_on = models.DateField()
    balance_fen = models.BigIntegerField(default=0)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0),
                name="payments_reserve_not_negative",
                violation_error_message="备用金余额不能为负",
            )
        ]
        indexes = [models.Index(fields=["county"], name="payments_reserve_county")]


class ReserveTerms(models.Model):
    """How much a township may hold and pay at once, from a day on; proposed by one person, approved by another."""

    fund = models.ForeignKey(ReserveFund, on_delete=models.PROTECT, related_name="terms")
    from_date = models.DateField()
    float_fen = models.BigIntegerField()
    limit_fen = models.BigIntegerField()
    document = models.CharField(max_length=120)
    assumption = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=enums.ReserveState.choices)
    proposed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="payments_reserve_terms_by_two",
                violation_error_message="提出限额的人不能自己批准",
            ),
            models.CheckConstraint(
                condition=Q(float_fen__gt=0, limit_fen__gt=0, limit_fen__lte=F("float_fen")),
                name="payments_reserve_terms_sense",
            ),
            models.UniqueConstraint(fields=["fund"], condition=Q(state="open"), name="payments_reserve_terms_one_open"),
        ]


class ReserveRequest(models.Model):
    """One movement of cash as asked by one person; another agrees, and only then it stands in the ledger."""

    fund = models.ForeignKey(ReserveFund, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=14, choices=enums.ReserveKind.choices)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=enums.ReserveState.choices)
    purpose = models.CharField(max_length=200)
    benefit = models.CharField(max_length=40, default="")
    case_id = models.BigIntegerField(null=True, db_index=True)
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    payee = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    method = models.CharField(max_length=10, choices=enums.ReserveMethod.choices, default="")
    receipt_no = models.CharField(max_length=40, default="")
    urgent = models.BooleanField(default=False)
    reverses = models.ForeignKey("ReserveEntry", on_delete=models.PROTECT, null=True, related_name="+")
    up_to_seq = models.IntegerField(null=True)
    made_on = models.DateField()
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checked_on = models.DateField(null=True)
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, default="")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="payments_reserve_by_two",
                violation_error_message="经办人不能复核自己办理的备用金收支",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_reserve_request_positive"),
            models.UniqueConstraint(
                fields=["fund"],
                condition=Q(state="open", kind="replenishment"),
                name="payments_reserve_one_open_replenishment",
            ),
        ]
        indexes = [
            models.Index(fields=["fund"], condition=Q(state="open"), name="payments_reserve_open"),
        ]


class ReserveEntry(models.Model):
    """A line of the ledger, never edited: the amount, the balance after it and the float of that day, in fen.

    `counted_fen` is what it adds to (a reversal: takes from) the money paid to people.
    """

    fund = models.ForeignKey(ReserveFund, on_delete=models.PROTECT, related_name="entries")
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    seq = models.IntegerField()
    kind = models.CharField(max_length=14, choices=enums.ReserveKind.choices)
    amount_fen = models.BigIntegerField()
    balance_fen = models.BigIntegerField()
    float_fen = models.BigIntegerField()
    counted_fen = models.BigIntegerField(default=0)
    on = models.DateField()
    booked_month = models.DateField()
    benefit = models.CharField(max_length=40, default="")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    request = models.OneToOneField(ReserveRequest, on_delete=models.PROTECT, related_name="entry")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "seq"], name="payments_reserve_seq"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_reserve_entry_positive"),
            models.CheckConstraint(condition=Q(balance_fen__gte=0), name="payments_reserve_entry_balance"),
            models.CheckConstraint(
                condition=~Q(kind__in=GIVES) | Q(balance_fen__lte=F("float_fen")),
                name="payments_reserve_within_float",
                violation_error_message="备用金余额不能超过核定限额",
            ),
        ]
        indexes = [models.Index(fields=["county", "booked_month"], name="payments_reserve_month")]


class ReserveShare(models.Model):
    """What of a payment was for one of the persons helped, and the due it became."""

    request = models.ForeignKey(ReserveRequest, on_delete=models.PROTECT, related_name="shares")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    due = models.OneToOneField("payments.Due", on_delete=models.PROTECT, null=True, related_name="reserve_share")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "person"], name="payments_reserve_share_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payments_reserve_share_positive"),
        ]


class ReserveVoucher(models.Model):
    """The township's account of what it paid, against which the county fills the fund up again; numbered by year."""

    county = models.CharField(max_length=6)
    year = models.IntegerField()
    number = models.IntegerField()
    entry = models.OneToOneField(ReserveEntry, on_delete=models.PROTECT, related_name="voucher")
    amount_fen = models.BigIntegerField()
    made_on = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "year", "number"], name="payments_reserve_voucher_number")
        ]


class ReserveVoucherItem(models.Model):
    """A payment (or, below nought, its reversal) that a voucher accounts for; each stands in one voucher only."""

    voucher = models.ForeignKey(ReserveVoucher, on_delete=models.PROTECT, related_name="items")
    entry = models.OneToOneField(ReserveEntry, on_delete=models.PROTECT, related_name="voucher_item")
    amount_fen = models.BigIntegerField()


class ReserveCount(models.Model):
    """The month's count of the cash by two people against the ledger; a difference is a fault to explain."""

    fund = models.ForeignKey(ReserveFund, on_delete=models.PROTECT, related_name="counts")
    month = models.DateField()
    counted_on = models.DateField()
    last_seq = models.IntegerField()
    book_fen = models.BigIntegerField()
    counted_fen = models.BigIntegerField()
    explanation = models.CharField(max_length=200, default="")
    state = models.CharField(max_length=10, choices=enums.ReserveState.choices)
    first = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second__isnull=True) | ~Q(second=F("first")),
                name="payments_reserve_counted_by_two",
                violation_error_message="盘点须由两个人进行",
            ),
            models.UniqueConstraint(
                fields=["fund", "month"], condition=~Q(state="rejected"), name="payments_reserve_count_once"
            ),
            models.CheckConstraint(condition=Q(counted_fen__gte=0), name="payments_reserve_count_sense"),
            models.CheckConstraint(
                condition=Q(counted_fen=F("book_fen")) | ~Q(explanation=""),
                name="payments_reserve_count_explained",
                violation_error_message="账实不符须说明原因",
            ),
        ]


class HelpFirst(models.Model):
    """Money paid before the checks because it could not wait; the file is to be completed by `due_on`."""

    entry = models.OneToOneField(ReserveEntry, on_delete=models.PROTECT, related_name="help_first")
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    case_id = models.BigIntegerField(null=True)
    booked_month = models.DateField()
    paid_on = models.DateField()
    due_on = models.DateField()
    completed_on = models.DateField(null=True)
    outcome = models.CharField(max_length=14, choices=enums.HelpOutcome.choices, default="")
    decision_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, default="")
    proposed_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="payments_help_first_by_two",
                violation_error_message="提出处理意见的人不能自己批准",
            ),
            models.UniqueConstraint(
                fields=["case_id"],
                condition=Q(case_id__isnull=False) & ~Q(outcome="reversed"),
                name="payments_help_first_once_per_case",
            ),
        ]
        indexes = [
            models.Index(
                fields=["county", "due_on"], condition=Q(completed_on__isnull=True), name="payments_help_first_open"
            )
        ]
