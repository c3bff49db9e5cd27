"""Applications, proposals and decisions."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.casework import enums


class Application(models.Model):
    """Somebody asked for a benefit; without one (or a due review or a reported change) nothing is granted."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = models.CharField(max_length=40)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    filed_on = models.DateField()
    source = models.CharField(max_length=40)
    payee = models.ForeignKey(
        "registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    booked_month = models.DateField()
    state = models.CharField(max_length=10, choices=enums.ApplicationState.choices)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["county", "state", "benefit"], name="casework_application_open")]


class Proposal(models.Model):
    """What the month's assessment, or a case at the counter, says should change; a machine proposes, people decide.

    One from the counter has no assessment run: it keeps the `receipt`, the `release_id` that computed it and the
    `inputs`, which are the rows laid under the program as JSON (keys and dates, no names). `inputs_change_id` and
    `inputs_at` mark how far the records were written when it was computed: what is younger makes it void
    (`void_because` then says what). `causes` is JSON: `[[cause, fen a month], …]`, which sum to the difference.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    month = models.DateField()
    benefit = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=enums.ProposalKind.choices)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="+")
    before_fen = models.BigIntegerField(default=0)
    after_fen = models.BigIntegerField(default=0)
    persons_before = models.IntegerField(default=0)
    persons_after = models.IntegerField(default=0)
    cause = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    assessment_run_id = models.BigIntegerField(null=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, null=True, related_name="proposals")
    receipt = models.TextField(default="")
    release_id = models.CharField(max_length=64, default="")
    inputs = models.TextField(default="")
    inputs_change_id = models.BigIntegerField(null=True)
    inputs_at = models.DateTimeField(null=True)
    causes = models.TextField(default="[]")
    void_because = models.CharField(max_length=200, default="")
    state = models.CharField(max_length=10, choices=enums.ProposalState.choices)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["county", "month", "state", "benefit", "kind", "township"], name="casework_proposal_counted"
            )
        ]


class Decision(models.Model):
    """What a maker proposed and a checker approved, with a frozen copy of the receipt and its release.

    `opinion` is the maker's, `outcome` the checker's (pending until then).
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="decision")
    benefit = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=enums.ProposalKind.choices)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    opinion = models.CharField(max_length=10, choices=enums.Outcome.choices)
    outcome = models.CharField(max_length=10, choices=enums.Outcome.choices)
    maker = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    made_on = models.DateField()
    decided_on = models.DateField(null=True)
    booked_month = models.DateField(null=True)
    effective_from = models.DateField(null=True)
    amount_fen = models.BigIntegerField(default=0)
    persons = models.IntegerField(default=0)
    reason = models.CharField(max_length=200)
    release_id = models.CharField(max_length=64)
    receipt = models.TextField()
    receipt_sm3 = models.CharField(max_length=64)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="casework_maker_is_not_checker",
                violation_error_message="经办人不能复核自己办理的事项",
            ),
            models.CheckConstraint(
                condition=Q(outcome="pending") | Q(checker__isnull=False), name="casework_decided_by_checker"
            ),
        ]
