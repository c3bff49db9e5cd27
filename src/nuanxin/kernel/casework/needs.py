"""What a move needs before it may be made, each as a question with an answer in words."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.county_matters import complaints_about
from nuanxin.kernel.casework.enums import HearingOutcome, NoticeState, Outcome
from nuanxin.kernel.casework.models import Appeal, Case
from nuanxin.kernel.casework.schema import Move
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.casework.workflows import Workflow
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.selectors import grants_of_household, grants_of_person
from nuanxin.kernel.registry.selectors import household_of
from nuanxin.kernel.registry.selectors.money import deaths_of
from nuanxin.kernel.work import selectors as work
from nuanxin.kernel.work.enums import VisitState


@dataclass
class Situation:
    """A case on a day, with what somebody is about to hand in; the assessment is made once, when it is asked for."""

    case: Case
    workflow: Workflow
    today: dt.date
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    account: Account | None = None

    @cached_property
    def live(self) -> Live:
        """Return what the rules say of the case's subject now."""
        return live_of(self.case, self.today)

    @cached_property
    def in_force(self) -> tuple[int, int]:
        """Return the money a month and the persons of the case's grant, zeros when it has none."""
        return granted_now(self.case, self.today)

    @cached_property
    def complaints(self) -> list[Appeal]:
        """Return the reports and complaints that the case has to answer."""
        return complaints_about(self.case, self.workflow)


def live_of(case: Case, today: dt.date) -> Live:
    """Return what the rules say of a case's subject in the month of a day."""
    home = case.household_id
    if home is None and case.person_id is not None:
        household = household_of(case.person_id, today)
        home = household.pk if household else None
    return assessor().live(case.county, month_of(today), case.benefit, case.person_id, home)


def granted_now(case: Case, today: dt.date) -> tuple[int, int]:
    """Return (fen a month, persons) of the grant a case is about."""
    if case.grant_id is None:
        return 0, 0
    views = (
        grants_of_household(case.household_id, [], today)
        if case.household_id is not None
        else grants_of_person(case.person_id or 0, today)
    )
    held = next((view for view in views if view.id == case.grant_id), None)
    return (held.amount_fen, len(held.persons)) if held else (0, 0)


def unmet(situation: Situation, move: Move) -> Refused | None:
    """Return why a move cannot be made yet, None when everything it needs is there."""
    countys = bool(move.county_needs) and (situation.case.near_relative or bool(situation.complaints))
    for need in [*move.needs, *(move.county_needs if countys else [])]:
        refusal = NEEDS[need](situation, move)
        if refusal is not None:
            return refusal
    return payee_missing(situation, move)


def payee_missing(s: Situation, move: Move) -> Refused | None:
    """Return the question where the money is to go, asked when an application is about to be agreed to.

    None once an account is named, or when the maker says that there is none yet (`payee_later`): the decision does
    not wait for a bank card, the money does.
    """
    case = s.case
    agreeing = "make" in move.does and s.data.get("outcome", Outcome.APPROVED) == Outcome.APPROVED
    if not agreeing or case.application is None or case.payee_id is not None or s.data.get("payee_later"):
        return None
    if case.grant_id is not None or assessor().rule(case.county, s.live.month, case.benefit).recognises:
        return None
    if s.live.granted is not True:
        return None
    return Refused(
        "casework.payee",
        "本案尚无收款账户。",
        "请先在本案登记收款账户；当事人确实暂无账户的，勾选“暂无账户，先作决定”。",
    )


def wanted(situation: Situation) -> list[str]:
    """Return the documents to be asked for: the benefit's, without those that data answer (法 第六十二条)."""
    documents = assessor().documents(situation.case.county, situation.live.month, situation.case.benefit)
    rules = situation.workflow.documents
    return [one for one in documents if one not in rules or not _answered(situation.live, rules[one].answered_by)]


def missing_documents(situation: Situation) -> list[str]:
    """Return the wanted documents that are neither attached nor were seen at the counter."""
    have = {one.document for one in work.attachments_of(("case", situation.case.pk))} | seen(situation.case)
    given = situation.data.get("documents_seen", ())
    return [one for one in wanted(situation) if one not in have and one not in given]


def seen(case: Case) -> set[str]:
    """Return the documents that clerks said they saw on paper."""
    details = case.moves.values_list("details", flat=True)
    return {one for text in details for one in json.loads(text or "{}").get("documents_seen", ())}


def _answered(live: Live, facts: list[str]) -> bool:
    """Tell whether every fact is known from a source: unknown, 0 and no are no answer to a paper."""
    if live.shown is None:
        return False
    used = [*live.shown.facts, *(fact for member in live.shown.members for fact in member.facts)]
    known = {fact.name for fact in used if fact.value not in (None, 0, "", False)}
    return set(facts) <= known


def _documents(s: Situation, move: Move) -> Refused | None:
    missing = missing_documents(s)
    if not missing:
        return None
    return Refused("casework.documents", f"还缺材料：{'、'.join(missing)}。", "请上传或勾选已核验，或一次性告知补正。")


def _asked_once(s: Situation, move: Move) -> Refused | None:
    if s.case.asked_on is not None and not s.data.get("new_circumstances"):
        return Refused(
            "casework.asked_twice",
            f"已于 {s.case.asked_on} 一次性告知过需补正的材料，不能再次要求。",
            "确有新情况的，请写明新情况后再告知。",
        )
    if not missing_documents(s):
        return Refused("casework.nothing_missing", "材料已齐，没有需要补正的。", "请直接开始核对。")
    return None


def _visit(s: Situation, move: Move) -> Refused | None:
    if any(visit.state == VisitState.SIGNED for visit in work.visits_of(("case", s.case.pk))):
        return None
    return Refused("casework.visit", "还没有两人签名的入户调查记录。", "请先记录入户调查，并由两名调查人签名。")


def _county_visit(s: Situation, move: Move) -> Refused | None:
    """Ask for a visit of the county, after the newest complaint: an earlier one did not look into it."""
    since = max((one.received_on for one in s.complaints), default=s.case.opened_on)
    for visit in work.visits_of(("case", s.case.pk)):
        people = [one for one in (visit.first, visit.second) if one is not None]
        signed = visit.state == VisitState.SIGNED and any(area_level(one) == "county" for one in people)
        if signed and (not s.complaints or visit.visited_on >= since):
            return None
    why = ["经办人或村居干部近亲属申请的"] if s.case.near_relative else []
    if s.complaints:
        numbers = "、".join(one.number for one in s.complaints)
        why.append(f"有举报、投诉的（{numbers}，{since.isoformat()} 收到）")
    return Refused(
        "casework.county_visit",
        f"{'、'.join(why)}，须由县级民政部门入户调查。",
        "请县局人员入户调查并签名后再办(57号 第二十条)。",
    )


def _notice_elapsed(s: Situation, move: Move) -> Refused | None:
    notice = s.case.notices.order_by("-id").first()
    if notice is not None and s.today > notice.last_day:
        return None
    days = s.workflow.states[s.case.state].notice
    length, last = (days.days if days else 0), (notice.last_day.isoformat() if notice else "—")
    return Refused(
        "casework.notice_shortened",
        f"公示期为 {length} 天，到 {last} 才满，不能缩短({move.article or (days.article if days else '')})。",
        "公示期满后系统会自动结束公示。",
    )


def _no_objection(s: Situation, move: Move) -> Refused | None:
    notice = s.case.notices.order_by("-id").first()
    if notice is None or not notice.objections.exists():
        return None
    return Refused("casework.objected", "公示期间有异议，不能按无异议办理。", "请先复查异议。")


def _objection(s: Situation, move: Move) -> Refused | None:
    notice = s.case.notices.filter(state=NoticeState.OPEN).first()
    if notice is None or s.today > notice.last_day:
        return Refused("casework.notice_over", "公示期已满，不能再按公示异议办理。", "请按举报或申诉登记。")
    if not str(s.data.get("words", "")).strip() or not str(s.data.get("raised_by", "")).strip():
        return Refused("casework.objection_words", "请写明异议人和异议内容。", "请补充后再登记。")
    return None


def _hearing(s: Situation, move: Move) -> Refused | None:
    last = s.case.hearings.order_by("-id").first()
    if last is not None and last.outcome != HearingOutcome.INVITED:
        return None
    article = s.workflow.version.hearing_article or move.article
    return Refused(
        "casework.hearing",
        f"调减、终止前应当先听取当事人意见({article})，本案还没有听取意见的记录。",
        "请先通知当事人并记录听取意见的情况。",
    )


def _receipt_clear(s: Situation, move: Move) -> Refused | None:
    return questions_open(s.live) if s.live.granted is None else None


def questions_open(live: Live) -> Refused:
    """Return the refusal of a move while the receipt has questions: which, and who answers them."""
    asked = "；".join(dict.fromkeys(f"{q.label}(问 {q.ask})" if q.ask else q.label for q in live.questions))
    return Refused(
        "casework.questions",
        f"测算还有未查清的事项：{asked or '有事实尚未查清'}。",
        "请核实或登记后再办；本人申报、部门数据未核实的，在“收入与情况”中勾选核实。未知不等于不符合。",
    )


def _receipt(holds: Callable[[Situation], bool], code: str, message: str, todo: str) -> "Check":
    def check(s: Situation, move: Move) -> Refused | None:
        return None if holds(s) else Refused(code, message, todo)

    return check


def _lower(s: Situation) -> bool:
    return s.live.granted is True and (s.live.amount_fen, len(s.live.persons)) < s.in_force


def _higher(s: Situation) -> bool:
    return s.live.granted is True and (s.live.amount_fen, len(s.live.persons)) > s.in_force


def _death(s: Situation) -> bool:
    return s.case.person_id is not None and s.case.person_id in deaths_of([s.case.person_id])


def _words(s: Situation, move: Move) -> Refused | None:
    if len(s.note.strip()) > 1:
        return None
    return Refused("casework.words", f"办理“{move.label}”须写明情况或理由。", "请填写说明。")


def _urgent(s: Situation, move: Move) -> Refused | None:
    if s.case.urgent:
        return None
    return Refused("casework.not_urgent", "本案不是按急难情形受理的，不能先行救助。", "请按一般程序核对后办理。")


def _another(s: Situation, move: Move) -> Refused | None:
    last = s.case.moves.exclude(account=None).order_by("-number").first()
    if last is None or s.account is None or last.account_id != s.account.pk:
        return None
    return Refused("casework.same_person", "经办人不能复核自己办理的事项。", "请由另一位有审核权限的人员复核。")


Check = Callable[[Situation, Move], Refused | None]
NEEDS: dict[str, Check] = {
    "documents": _documents,
    "asked_once": _asked_once,
    "visit": _visit,
    "county_visit": _county_visit,
    "notice_elapsed": _notice_elapsed,
    "no_objection": _no_objection,
    "objection": _objection,
    "hearing": _hearing,
    "receipt_clear": _receipt_clear,
    "receipt_granted": _receipt(
        lambda s: s.live.granted is True,
        "casework.not_granted",
        "按现有事实测算不符合条件。",
        "请核对事实，或提出不予确认意见。",
    ),
    "receipt_refused": _receipt(
        lambda s: s.live.granted is False,
        "casework.granted",
        "按现有事实测算符合条件，不能提出不予确认。",
        "请核对事实，或提出确认意见。",
    ),
    "receipt_higher": _receipt(_higher, "casework.not_higher", "测算金额没有增加。", "请核对事实，或另选办法。"),
    "receipt_lower": _receipt(_lower, "casework.not_lower", "测算金额没有减少。", "请核对事实，或另选办法。"),
    "receipt_stops": _receipt(
        lambda s: s.live.granted is False,
        "casework.still_granted",
        "按现有事实测算仍符合条件，不能停发。",
        "请核对事实，或办理继续享受。",
    ),
    "death": _receipt(_death, "casework.alive", "没有已确认的死亡登记。", "请先登记并确认死亡。"),
    "not_death": _receipt(lambda s: not _death(s), "casework.dead", "当事人已去世。", "请按死亡停发办理。"),
    "words": _words,
    "urgent": _urgent,
    "another": _another,
}
