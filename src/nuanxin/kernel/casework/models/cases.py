"""Cases: where a matter stands, who owns it until when, and everything that happened to it."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.casework import enums


class Case(models.Model):
    """A matter on somebody's desk: one declared workflow, one state, one owner, one due date.

    `version` counts the moves; `township` follows `handled_in`. `accepted_on` starts the whole clock and is empty while
    papers are missing. `asked_on` is the day on which missing papers were told, once. Who owns an open case is
    `owner_role` in `handled_in`, or `assignee` when somebody took it.
    """

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=12, choices=enums.CaseKind.choices)
    benefit = models.CharField(max_length=40)
    workflow = models.CharField(max_length=40)
    state = models.CharField(max_length=40)
    version = models.IntegerField(default=1)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, null=True, related_name="+")
    application = models.OneToOneField(
        "casework.Application", on_delete=models.PROTECT, null=True, related_name="case_of"
    )
    cause = models.CharField(max_length=40)
    accepted_in = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    handled_in = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(
        "registry.BankAccount", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    urgent = models.BooleanField(default=False)
    near_relative = models.BooleanField(default=False)
    opened_on = models.DateField()
    accepted_on = models.DateField(null=True)
    entered_on = models.DateField()
    asked_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    whole_due_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    booked_month = models.DateField()
    owner_role = models.CharField(max_length=30, default="")
    assignee = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=False) | (Q(due_on__isnull=False) & ~Q(owner_role="")),
                name="casework_open_case_has_owner_and_due",
                violation_error_message="在办案件须有承办岗位和期限",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(household__isnull=False), name="casework_case_has_subject"
            ),
        ]
        indexes = [
            models.Index(fields=["county", "closed_on", "due_on"], name="casework_case_due"),
            models.Index(fields=["handled_in", "closed_on"], name="casework_case_place"),
        ]


class CaseMove(models.Model):
    """One step of a case, never edited: `number` is the version it made; without an account the clock moved it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="moves")
    number = models.IntegerField()
    move = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    from_state = models.CharField(max_length=40, default="")
    to_state = models.CharField(max_length=40)
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    on = models.DateField()
    recorded_at = models.DateTimeField()
    note = models.CharField(max_length=500, default="")
    details = models.TextField(default="{}")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="casework_one_move_per_version")]


class CaseTransfer(models.Model):
    """A case handed from one place of handling to another (全市通办): the trail."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers")
    from_division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    to_division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    reason = models.CharField(max_length=200)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class PublicNotice(models.Model):
    """A public notice: opened and closed by the clock; `last_day` is the last day on which it hangs.

    It keeps what it shows (a masked name, members, amount in fen); `person` is for counting and never shown.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = models.CharField(max_length=40)
    shown_name = models.CharField(max_length=60)
    members = models.IntegerField()
    amount_fen = models.BigIntegerField()
    opened_on = models.DateField()
    last_day = models.DateField()
    closed_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=enums.NoticeState.choices)
    booked_month = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(closed_on__isnull=True), name="casework_one_open_notice_per_case"
            )
        ]
        indexes = [models.Index(fields=["county", "state", "last_day"], name="casework_notice_open")]


class Objection(models.Model):
    """What somebody said against a notice while it hung; who said it is kept, not shown."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="objections")
    raised_by = models.CharField(max_length=60)
    words = models.CharField(max_length=500)
    on = models.DateField()
    received_by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)


class Hearing(models.Model):
    """The person heard before a cut or a stop (社会救助法 第四十八条): invited, heard by two, what was said."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="hearings")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    benefit = models.CharField(max_length=40)
    invited_on = models.DateField()
    held_on = models.DateField(null=True)
    place = models.CharField(max_length=120, default="")
    first_hearer = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    second_hearer = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+")
    statement = models.CharField(max_length=1000, default="")
    outcome = models.CharField(
        max_length=12, choices=enums.HearingOutcome.choices, default=enums.HearingOutcome.INVITED
    )
    booked_month = models.DateField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on__isnull=True)
                | (
                    Q(first_hearer__isnull=False) & Q(second_hearer__isnull=False) & ~Q(first_hearer=F("second_hearer"))
                ),
                name="casework_hearing_by_two",
                violation_error_message="听取意见须由两名不同的工作人员进行",
            )
        ]
