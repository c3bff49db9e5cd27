"""Appeals and complaints: received, given to somebody independent, decided in time, answered, and fed back."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import account_by_id, area_filter, may, sees_path
from nuanxin.kernel.access.services import log_disclosure, require
from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.county_matters import COMPLAINTS
from nuanxin.kernel.casework.enums import RIGHT, AppealKind, AppealOutcome, AppealState
from nuanxin.kernel.casework.models import Appeal, Decision, Review
from nuanxin.kernel.casework.selectors import case_by_id
from nuanxin.kernel.casework.selectors.appeals import DAYS, HANDLE, concerned
from nuanxin.kernel.casework.services.complained import take_up_complained
from nuanxin.kernel.casework.services.complaints import tell_cases
from nuanxin.kernel.casework.services.raised import raise_fault
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import decrypt, encrypt
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.selectors import grant_by_id
from nuanxin.kernel.grants.standing import grant_of_decision
from nuanxin.kernel.registry.selectors import division
from nuanxin.kernel.registry.selectors.money import homes_of, homes_of_households
from nuanxin.kernel.work.services import finish_tasks, open_tasks, queue_letters
from nuanxin.kernel.work.values import LetterDraft, TaskDraft

RECEIVE = "appeals.receive"
OWNER, INTAKE, WORK = "appeal", "appeal_assign", "appeal"
SERIES = {
    AppealKind.REPORT: "举",
    AppealKind.COMPLAINT: "访",
    AppealKind.RECHECK: "核",
    AppealKind.RECONSIDERATION: "议",
}


def receive_appeal(
    *,
    account: Account,
    kind: str,
    matter: str,
    channel: str,
    division_code: str = "",
    complainant: str = "",
    appellant_id: int | None = None,
    decision_id: int | None = None,
    grant_id: int | None = None,
    person_id: int | None = None,
    household_id: int | None = None,
    case_id: int | None = None,
    received_on: dt.date | None = None,
) -> Appeal:
    """Take an appeal in, anonymous when nobody is named; its clock starts and a section chief is asked to give it out.

    `complainant` (name and how to reach) is encrypted. `decision_id`, `grant_id`, `person_id`, `household_id` or
    `case_id` (an application or a review under way) is what it is about. Refused without words, about something
    unknown or outside the county, or for a day still to come.
    """
    require(account, RECEIVE)
    today = clock.today()
    received = received_on or today
    _refuse_intake(kind, matter, received, today)
    subject = _of_case(case_id) if case_id else _subject(decision_id, grant_id, person_id, household_id)
    place = division(division_code or str(subject.pop("home", "")) or account.area.rpartition(".")[2])
    county = place.code[:6]
    if county not in account.area.split(".") and not sees_path(account, place.path):
        raise Refused("appeal.area", "反映的事项不在本县。", "请告知反映人向所在地民政部门反映。")
    days = reviewing.number(county, DAYS, received, AppealKind(kind).value)
    sealed, key_id = encrypt(complainant.strip()) if complainant.strip() else (b"", "")
    with transaction.atomic():
        change = open_change(
            author=author_of(account), verb="receive_appeal", reason=AppealKind(kind).label, source=channel
        )
        appeal = Appeal.objects.create(
            county=county, township=place.code[:9] if len(place.code) >= 9 else "", division_id=place.code,
            number=_number(county, kind, received), kind=kind, channel=channel[:20],
            anonymous=not complainant.strip() and appellant_id is None, cipher=sealed, key_id=key_id,
            appellant_id=appellant_id, matter=matter.strip()[:1000], received_on=received, received_by=account,
            due_on=received + dt.timedelta(days=days), clock=f"自收到次日起{days}日", state=AppealState.RECEIVED,
            booked_month=booking_month(county, received), change=change, **subject,
        )  # fmt: skip
        _ask(appeal, change, INTAKE, f"{appeal.number} 待指派承办人", "appeals.handle", None)
        tell_cases(appeal, change)
        if appeal.kind in COMPLAINTS:
            take_up_complained(change=change, county=county)
    return appeal


def _refuse_intake(kind: str, matter: str, received: dt.date, today: dt.date) -> None:
    if kind not in AppealKind.values:
        raise Refused(
            "appeal.kind", "没有这种事项类别。", f"可选：{'、'.join(str(one) for one in AppealKind.labels)}。"
        )
    if len(matter.strip()) < 4:
        raise Refused("appeal.matter", "须写明反映的事项。", "请简要写清何人何事，不必写反映人是谁。")
    if received > today:
        raise Refused("appeal.received", "收到日期不能晚于今天。", "请核对日期。")


def _subject(
    decision_id: int | None, grant_id: int | None, person_id: int | None, household_id: int | None
) -> dict[str, object]:
    """Return what an appeal is about as columns, with the village where that is known."""
    decision = Decision.objects.select_related("proposal").filter(pk=decision_id).first() if decision_id else None
    if decision_id and decision is None:
        raise Refused("appeal.decision", f"没有编号为 {decision_id} 的决定。", "请核对文书上的决定编号。")
    if decision is not None:
        grant_id = grant_id or grant_of_decision(decision.pk) or decision.proposal.grant_id
        person_id, household_id = person_id or decision.person_id, household_id or decision.household_id
    grant = grant_by_id(grant_id) if grant_id else None
    if grant_id and grant is None:
        raise Refused("appeal.grant", f"没有编号为 {grant_id} 的待遇。", "请从待遇页面打开。")
    if grant is not None:
        person_id, household_id = person_id or grant.person_id, household_id or grant.household_id
    homes = homes_of_households([household_id]) if household_id else homes_of([person_id] if person_id else [])
    found: dict[str, object] = {
        "decision_id": decision_id,
        "grant_id": grant_id,
        "person_id": person_id,
        "household_id": household_id,
        "benefit": decision.benefit if decision else grant.benefit if grant else "",
    }
    home = next(iter(homes.values()), "")
    if (person_id or household_id) and not home:
        raise Refused("appeal.subject", "没有这个居民或家庭。", "请从居民或家庭页面打开。")
    return {**found, "home": home}


def _of_case(case_id: int) -> dict[str, object]:
    """Return what a case is about, as columns: its people, its benefit and the grant there may be."""
    case = case_by_id(case_id)
    found = _subject(None, case.grant_id, case.person_id, case.household_id)
    return {**found, "benefit": case.benefit}


def _number(county: str, kind: str, on: dt.date) -> str:
    """Return the next number of a county, kind and year; a doubled one is refused by the unique column."""
    prefix = f"{county}{SERIES[AppealKind(kind)]}{on:%Y}"
    held = Appeal.objects.select_for_update().filter(number__startswith=prefix).order_by("-number").first()
    last = int(held.number.removeprefix(prefix)) if held else 0
    return f"{prefix}{last + 1:04d}"


def _ask(appeal: Appeal, change: Change, kind: str, title: str, role: str, assignee_id: int | None) -> None:
    draft = TaskDraft(
        county=appeal.county,
        division_id=appeal.division_id if assignee_id else appeal.county,
        kind=kind,
        title=title,
        owner=(OWNER, appeal.pk),
        due_on=appeal.due_on,
        key=f"appeal:{appeal.pk}:{kind}:{assignee_id or ''}:{change.pk}",
        role=role,
        assignee_id=assignee_id,
    )
    open_tasks(change=change, drafts=[draft])


def assign_appeal(*, account: Account, appeal_id: int, handler_id: int) -> Appeal:
    """Give an appeal to a handler, or to another one; Refused to anybody who had to do with what it is about."""
    require(account, HANDLE)
    handler = account_by_id(handler_id)
    with transaction.atomic():
        appeal = _open_one(account, appeal_id)
        if handler is None or not may(handler, HANDLE) or not sees_path(handler, appeal.division.path):
            raise Refused("appeal.handler", "承办人没有办理申诉投诉的权限或不管这个地方。", "请选择县局有权限的人员。")
        if handler.pk in concerned(appeal):
            raise Refused(
                "appeal.not_independent", "承办人经办、复核过所反映的事项，应当回避。", "请指派与该事项无关的人员。"
            )
        change = open_change(
            author=author_of(account), verb="assign_appeal", reason="指派承办人", source=f"appeal:{appeal.pk}"
        )
        finish_tasks(change=change, owner=(OWNER, appeal.pk))
        appeal.handler, appeal.state, appeal.declared_on, appeal.change = handler, AppealState.ASSIGNED, None, change
        appeal.save(update_fields=["handler", "state", "declared_on", "change"])
        _ask(appeal, change, WORK, f"{appeal.number} {appeal.get_kind_display()}核查", "", handler.pk)
    return appeal


def decide_appeal(
    *, account: Account, appeal_id: int, outcome: str, findings: str, reply: str, no_relative: bool
) -> Appeal:
    """Decide an appeal as its handler: what was found, what follows, what the complainant is told.

    What is right opens a review of the grant concerned (fault found); a named complainant gets a letter. Refused to
    anybody but the handler, without the declaration to be no near relative, and without words.
    """
    require(account, HANDLE)
    if outcome not in AppealOutcome.values:
        raise Refused("appeal.outcome", "须选择核查结论。", "请选择后再提交。")
    if len(findings.strip()) < 4 or len(reply.strip()) < 4:
        raise Refused("appeal.words", "须写明核查情况和处理意见。", "实名举报须逐一核查并答复（57号 第三十七条）。")
    with transaction.atomic():
        appeal = _open_one(account, appeal_id)
        if appeal.handler_id != account.pk:
            raise Refused("appeal.not_handler", "只有承办人可以办结。", "请由承办人办理，或重新指派。")
        if not no_relative:
            raise Refused("appeal.relative", "承办人须声明与有关人员没有近亲属关系。", "有近亲属关系的，请重新指派。")
        if account.pk in concerned(appeal):
            raise Refused("appeal.not_independent", "您经办、复核过所反映的事项，应当回避。", "请重新指派。")
        today = clock.today()
        change = open_change(
            author=author_of(account), verb="decide_appeal", reason=AppealOutcome(outcome).label,
            source=f"appeal:{appeal.pk}",
        )  # fmt: skip
        appeal.outcome, appeal.findings, appeal.reply = outcome, findings.strip()[:1000], reply.strip()[:1000]
        appeal.state, appeal.decided_on, appeal.declared_on = AppealState.DECIDED, today, today
        appeal.change = change
        appeal.review = _feed_back(appeal, change) if outcome in RIGHT else None
        appeal.save()
        finish_tasks(change=change, owner=(OWNER, appeal.pk))
        tell_cases(appeal, change)
        _answer(appeal, change)
    return appeal


def _feed_back(appeal: Appeal, change: Change) -> Review | None:
    if appeal.grant_id is None:
        return None
    return raise_fault(
        change=change,
        grant_id=appeal.grant_id,
        words=f"{appeal.number} {appeal.get_kind_display()}{AppealOutcome(appeal.outcome).label}：{appeal.findings}",
        key=f"{appeal.grant_id}:appeal:{appeal.pk}",
    )


def _answer(appeal: Appeal, change: Change) -> None:
    """Queue the reply to a named complainant; the letter belongs to the appeal and names the person only there."""
    if appeal.anonymous:
        return
    values = {
        "name": _addressee(appeal),
        "matter": appeal.matter,
        "findings": appeal.findings,
        "outcome": appeal.reply,
        "received_on": appeal.received_on.isoformat(),
    }
    draft = LetterDraft(
        county=appeal.county,
        division_id=appeal.county,
        kind="answer",
        owner=(OWNER, appeal.pk),
        person_id=None,
        household_id=None,
        values=values,
        key=f"appeal:{appeal.pk}:answer",
    )
    queue_letters(change=change, drafts=[draft])


def _addressee(appeal: Appeal) -> str:
    """Return whom the reply addresses: who asks for himself by name, who reports others by the appeal's number only."""
    own = appeal.kind in (AppealKind.RECHECK, AppealKind.RECONSIDERATION)
    return complainant_of(appeal) if own else f"{appeal.number} 反映人"


def complainant_of(appeal: Appeal) -> str:
    """Return who brought an appeal, in the clear, for the reply and the logged disclosure only."""
    if appeal.appellant is not None and not appeal.cipher:
        return appeal.appellant.name
    return decrypt(appeal.cipher, appeal.key_id) if appeal.cipher else ""


def disclose_complainant(*, account: Account, appeal_id: int, purpose: str) -> str:
    """Show the handler who brought an appeal; logged. Refused to everybody else."""
    appeal = Appeal.objects.filter(area_filter(account), pk=appeal_id).first()
    if appeal is None or appeal.handler_id != account.pk:
        raise Refused(
            "appeal.protected", "反映人信息依法保密，只有承办人可以查看。", "如需联系反映人，请由承办人办理。"
        )
    log_disclosure(account=account, person_id=appeal.appellant_id, what=f"appeal:{appeal.pk}", purpose=purpose)
    return complainant_of(appeal)


def _open_one(account: Account, appeal_id: int) -> Appeal:
    appeal = Appeal.objects.select_for_update().filter(area_filter(account), pk=appeal_id).first()
    if appeal is None or appeal.state == AppealState.DECIDED:
        raise Refused("appeal.done", "这件事项已经办结，或不在您的管辖范围内。", "请刷新列表后再办。")
    return appeal
