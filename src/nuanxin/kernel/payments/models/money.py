"""What became of recoveries, and where the money comes from: plans, settlements, redirections, budgets, vouchers."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.payments import enums

WHOLE = 10_000


class RecoveryPlan(models.Model):
    """How a debt is paid back: total, the most a month, agreed with whom; in force only after a second person."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=40, choices=enums.Cause.choices)
    total_fen = models.BigIntegerField()
    instalment_fen = models.BigIntegerField()
    from_month = models.DateField()
    agreed_with = models.CharField(max_length=40, default="")
    basis = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=enums.PlanState.choices)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="payments_plan_two_people",
                violation_error_message="经办人不能复核自己拟定的追缴计划",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(checked_by__isnull=False), name="payments_plan_checked"
            ),
            models.CheckConstraint(
                condition=Q(instalment_fen__gt=0, total_fen__gte=F("instalment_fen")), name="payments_plan_amounts"
            ),
        ]
        indexes = [models.Index(fields=["county", "state"], name="payments_plan_state")]


class PlanItem(models.Model):
    """A recovery that a plan pays back; in one running plan at most."""

    plan = models.ForeignKey(RecoveryPlan, on_delete=models.PROTECT, related_name="items")
    recovery = models.ForeignKey("payments.Due", on_delete=models.PROTECT, related_name="plan_items")
    running = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recovery"], condition=Q(running=True), name="payments_one_running_plan")
        ]


class Settlement(models.Model):
    """What settled a recovery, in fen: set off against a due, refunded, or written off; a reversal is a negative row.

    Only rows `in_force` count; a write-off waits for its second person, and so does a set-off taken back: it names the
    due it was set off against and no run, since the run stays as it was.
    """

    county = models.CharField(max_length=6)
    kind = models.CharField(max_length=10, choices=enums.SettlementKind.choices)
    state = models.CharField(max_length=10, choices=enums.SettlementState.choices)
    recovery = models.ForeignKey("payments.Due", on_delete=models.PROTECT, related_name="settlements")
    due = models.ForeignKey("payments.Due", on_delete=models.PROTECT, null=True, related_name="offsets")
    run = models.ForeignKey("payments.PaymentRun", on_delete=models.PROTECT, null=True, related_name="offsets")
    plan = models.ForeignKey(RecoveryPlan, on_delete=models.PROTECT, null=True, related_name="settlements")
    amount_fen = models.BigIntegerField()
    on = models.DateField()
    bank_ref = models.CharField(max_length=60, default="")
    reason = models.CharField(max_length=200, default="")
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", db_index=False
    )
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount_fen__gt=0) | Q(reverses__isnull=False, amount_fen__lt=0),
                name="payments_settlement_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind="set_off", due__isnull=False, run__isnull=False, reverses__isnull=True)
                | Q(kind="set_off", due__isnull=False, run__isnull=True, amount_fen__lt=0)
                | (~Q(kind="set_off") & Q(due__isnull=True, run__isnull=True)),
                name="payments_settlement_shape",
            ),
            models.CheckConstraint(
                condition=~Q(kind="write_off", state="in_force") | Q(checked_by__isnull=False),
                name="payments_write_off_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="payments_write_off_two_people",
                violation_error_message="经办人不能复核自己提出的核销",
            ),
            models.UniqueConstraint(
                fields=["recovery", "due"], condition=Q(kind="set_off", amount_fen__gt=0), name="payments_set_off_once"
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=~Q(state="refused"), name="payments_settlement_reversed_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="set_off", amount_fen__lt=0, state="in_force") | Q(checked_by__isnull=False),
                name="payments_set_off_back_checked",
            ),
            models.UniqueConstraint(
                fields=["county", "bank_ref", "recovery"],
                condition=Q(kind="refund", reverses__isnull=True),
                name="payments_refund_once",
            ),
        ]


class Redirection(models.Model):
    """Unsettled money of a payee that shall go to another account (heirs, a guardian); two people."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("registry.BankAccount", on_delete=models.PROTECT, related_name="+")
    total_fen = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=enums.PlanState.choices)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    dues = models.ManyToManyField("payments.Due", related_name="redirections")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="payments_redirection_two_people",
                violation_error_message="经办人不能复核自己提出的改付",
            )
        ]


class Budget(models.Model):
    """What a benefit may cost a county (or one township) in a year, and who bears it in ten-thousandths."""

    county = models.CharField(max_length=6)
    year = models.IntegerField()
    benefit = models.CharField(max_length=40)
    township = models.CharField(max_length=9, default="", blank=True)
    ceiling_fen = models.BigIntegerField()
    central = models.IntegerField()
    province = models.IntegerField()
    city = models.IntegerField()
    county_share = models.IntegerField()
    document = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=enums.PlanState.choices)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "benefit", "township"],
                condition=Q(state="in_force"),
                name="payments_one_budget",
            ),
            models.CheckConstraint(
                condition=Q(central__gte=0, province__gte=0, city__gte=0, county_share__gte=0, ceiling_fen__gt=0)
                & Q(county_share=WHOLE - F("central") - F("province") - F("city")),
                name="payments_budget_shares",
                violation_error_message="各级分担比例之和须为 100%",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                name="payments_budget_two_people",
                violation_error_message="录入人不能批准自己录入的预算",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(checked_by__isnull=False), name="payments_budget_checked"
            ),
        ]


class Voucher(models.Model):
    """The booking of a released run: numbered without gaps in its county and year, its amount by source of funds.

    `open_fen` is what no approved budget says who bears; `over_reason` why it was released beyond what was left.
    """

    run = models.OneToOneField("payments.PaymentRun", on_delete=models.PROTECT, related_name="voucher")
    county = models.CharField(max_length=6)
    year = models.IntegerField()
    number = models.IntegerField()
    total_fen = models.BigIntegerField()
    central_fen = models.BigIntegerField()
    province_fen = models.BigIntegerField()
    city_fen = models.BigIntegerField()
    county_fen = models.BigIntegerField()
    open_fen = models.BigIntegerField()
    over_fen = models.BigIntegerField(default=0)
    over_reason = models.CharField(max_length=200, default="")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "year", "number"], name="payments_voucher_number"),
            models.CheckConstraint(
                condition=Q(
                    total_fen=F("central_fen") + F("province_fen") + F("city_fen") + F("county_fen") + F("open_fen")
                ),
                name="payments_voucher_sum",
            ),
            models.CheckConstraint(condition=Q(over_fen=0) | ~Q(over_reason=""), name="payments_voucher_over_reason"),
        ]


class BankDebit(models.Model):
    """What the bank took from the county's account for a voucher, as finance read it from the statement."""

    voucher = models.OneToOneField(Voucher, on_delete=models.PROTECT, related_name="debit")
    county = models.CharField(max_length=6)
    amount_fen = models.BigIntegerField()
    on = models.DateField()
    bank_ref = models.CharField(max_length=60)
    made_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county", "bank_ref"], name="payments_debit_once")]
