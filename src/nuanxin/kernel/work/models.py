"""Tasks, attachments, visits, letters, stand-ins; each names the thing it belongs to as (owner_kind, owner_id)."""

from django.db import models
from django.db.models import F, Q

from nuanxin.kernel.work import enums


class Owned(models.Model):
    """A row that belongs to a file of a room above (`case` 7, `grant` 3) and lies somewhere in a county."""

    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9, default="")
    division = models.ForeignKey("registry.Division", on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_kind = models.CharField(max_length=20)
    owner_id = models.BigIntegerField()
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Task(Owned):
    """Something one person has to do by a date; `role` is a role's or a permission's code while nobody holds it.

    `holder` says in one column with whom it lies (`a12` an account, `r:cases.make` a role or permission), so that one
    index finds everything an account may do. `opened_by` passed the work on and waits for it.
    """

    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    role = models.CharField(max_length=30, default="")
    holder = models.CharField(max_length=32, default="")
    assignee = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_by = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=enums.TaskState.choices, default=enums.TaskState.OPEN)
    key = models.CharField(max_length=120, unique=True)
    finished_on = models.DateField(null=True)
    finished_by = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    booked_month = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_kind", "owner_id", "state"], name="work_task_owner"),
            models.Index(fields=["state", "holder", "county", "township", "due_on"], name="work_task_held"),
            models.Index(fields=["state", "county", "due_on", "township", "holder"], name="work_task_due"),
            models.Index(
                fields=["state", "opened_by", "due_on", "holder", "county", "township"], name="work_task_waits"
            ),
            models.Index(fields=["county", "booked_month"], name="work_task_booked"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(assignee__isnull=True) | ~Q(role=""),
                name="work_task_has_hands",
                violation_error_message="任务必须有承办人或承办岗位",
            )
        ]


class Attachment(Owned):
    """A sealed file of evidence; what it is was read from its bytes, and looking at it is logged."""

    document = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    sm3 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    added_on = models.DateField()
    added_by = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=6, choices=enums.AttachmentState.choices, default=enums.AttachmentState.KEPT)
    void_reason = models.CharField(max_length=120, default="")

    class Meta:
        indexes = [models.Index(fields=["owner_kind", "owner_id"], name="work_attachment_owner")]


class Visit(Owned):
    """Two persons went there, saw and signed; signed it does not change, `corrects` names the one it puts right.

    `second` is an account; a village worker without one stands as `second_name` with the reason.
    """

    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    visited_on = models.DateField()
    first = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey("access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    second_name = models.CharField(max_length=40, default="")
    second_reason = models.CharField(max_length=120, default="")
    present = models.CharField(max_length=200)
    findings = models.TextField()
    differs = models.TextField(default="")
    first_signed_at = models.DateTimeField(null=True)
    second_signed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=6, choices=enums.VisitState.choices, default=enums.VisitState.OPEN)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", db_index=False
    )
    booked_month = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_kind", "owner_id"], name="work_visit_owner"),
            models.Index(fields=["county", "booked_month"], name="work_visit_booked"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(second__isnull=True) | ~Q(second=F("first")),
                name="work_visit_by_two",
                violation_error_message="入户调查须由两人进行",
            ),
            models.CheckConstraint(
                condition=Q(second__isnull=False) | ~Q(second_name=""), name="work_visit_second_named"
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(first_signed_at__isnull=False, second_signed_at__isnull=False),
                name="work_visit_signed_by_both",
            ),
        ]


class LetterText(models.Model):
    """The wording of a letter as it stood when letters were queued: canonical text of the template, by its SM3."""

    sm3 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=30)
    county = models.CharField(max_length=6)
    text = models.TextField()


class Letter(Owned):
    """What a person is told in writing: frozen values and wording; the file is made from them when it is wanted."""

    kind = models.CharField(max_length=30)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=enums.LetterState.choices, default=enums.LetterState.QUEUED)
    values = models.TextField()
    values_sm3 = models.CharField(max_length=64)
    wording = models.ForeignKey(LetterText, on_delete=models.PROTECT, related_name="+", db_index=False)
    queued_on = models.DateField()
    series = models.CharField(max_length=20)
    year = models.SmallIntegerField(null=True)
    number = models.IntegerField(null=True)
    issued_on = models.DateField(null=True)
    issued_by = models.ForeignKey(
        "access.Account", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    delivered_on = models.DateField(null=True)
    delivered_by = models.CharField(max_length=8, choices=enums.Delivery.choices, default="")
    void_reason = models.CharField(max_length=120, default="")
    booked_month = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_kind", "owner_id"], name="work_letter_owner"),
            models.Index(fields=["county", "state", "township"], name="work_letter_state"),
            models.Index(fields=["county", "booked_month"], name="work_letter_booked"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "series", "year", "number"],
                name="work_letter_number",
                violation_error_message="文号重复",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "delivered"]) | Q(number__isnull=False, issued_on__isnull=False),
                name="work_letter_issued_has_number",
            ),
        ]


class StandIn(models.Model):
    """From one date to another (exclusive) `by` sees and does what lies with `account`, in his own name."""

    county = models.CharField(max_length=6)
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField()
    valid_to = models.DateField()
    reason = models.CharField(max_length=120)
    ended_on = models.DateField(null=True)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["by", "valid_to"], name="work_stand_in_by")]
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("account")), name="work_stand_in_another"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="work_stand_in_lasts"),
        ]


class HandOver(models.Model):
    """All open work of one account went to another on a date."""

    county = models.CharField(max_length=6)
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    to = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    reason = models.CharField(max_length=120)
    tasks = models.IntegerField(default=0)
    others = models.IntegerField(default=0)
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(to=F("account")), name="work_hand_over_another")]
