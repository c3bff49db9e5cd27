"""Months already paid, corrected by two people: proposed with what they should have paid, checked, said anew."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, area_level, county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework import reassessing
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import Pursuit, ReassessmentState
from nuanxin.kernel.casework.models import ReassessedMonth, ReassessedShare, Reassessment
from nuanxin.kernel.casework.models.reassessing import WAITING
from nuanxin.kernel.casework.reassessing import Reckoned
from nuanxin.kernel.casework.services.raised import ENDED
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.selectors import grants_in
from nuanxin.kernel.grants.services import reinstate_grant, restate_shares
from nuanxin.kernel.grants.types import Grant
from nuanxin.kernel.work.services import finish_tasks

OWNER = "reassessment"
WORDS = 4


def propose_reassessment(
    *,
    account: Account,
    grant_id: int,
    first: dt.date,
    last: dt.date,
    pursuit: str,
    reason: str,
    heard_on: dt.date | None = None,
    statement: str = "",
) -> Reassessment:
    """Propose to correct (or knowingly to leave) what a grant paid in the months `[first, last]`, each frozen.

    `pursuit` is of `Pursuit`; money is asked back only when the person was heard (`heard_on`, `statement`). What the
    system found is taken up. Refused where a fact is unknown, nothing differs, or months were not paid here.
    """
    require(account, "cases.make")
    with transaction.atomic():
        grant = grant_in_area(account, grant_id)
        list(grants_in(grant.county).select_for_update().filter(pk=grant.pk))  # of two at once the second waits
        found = look_back(grant, first, last, pursuit)
        more, less = reassessing.totals(found)
        _refuse(pursuit, found, reason, less, heard_on, statement)
        change = _change(account, "propose_reassessment", reason.strip(), grant.pk)
        one = _taken_up(grant, change)
        one.first, one.last, one.more_fen, one.less_fen = month_of(first), month_of(last), more, less
        one.pursuit, one.reason, one.heard_on = Pursuit(pursuit), reason.strip()[:500], heard_on
        one.statement, one.state, one.note = statement.strip()[:500], ReassessmentState.PROPOSED, ""
        one.maker, one.made_on, one.change = account, change.business_date, change
        one.save()
        _freeze(one, found)
        for owner in ((OWNER, one.pk), (ENDED, grant.pk)):
            finish_tasks(change=change, owner=owner)
    return one


def check_reassessment(*, account: Account, reassessment_id: int, agrees: bool, note: str = "") -> Reassessment:
    """Agree as the second person, so that the months are said anew, or give back with words.

    Arrears and recoveries follow with the next dues. Refused to the maker, and where facts or money changed meanwhile.
    """
    require(account, "cases.check")
    if not agrees and len(note.strip()) < 2:
        raise Refused("reassess.reason", "退回追溯核算必须说明理由。", "请写明发现了什么。")
    with transaction.atomic():
        one = _waiting(account, reassessment_id)
        verb = "check_reassessment" if agrees else "return_reassessment"
        change = _change(account, verb, one.reason, one.grant_id)
        if agrees:
            _agree(one, change, account)
        else:
            _give_back(one)
        one.note, one.change = note.strip()[:500], change
        one.save()
    return one


def _change(account: Account, verb: str, reason: str, grant_id: int) -> Change:
    return open_change(author=author_of(account), verb=verb, reason=reason[:200], source=f"grant:{grant_id}")


def grant_in_area(account: Account, grant_id: int) -> Grant:
    """Return a grant of the account's area; Refused when it is not there."""
    grant = grants_in(county_of(account) or "").filter(area_filter(account), pk=grant_id).first()
    if grant is None:
        raise Refused("reassess.unknown", "没有这项待遇，或不在您的管辖范围内。", "请从居民、家庭或待遇页面打开。")
    return grant


def look_back(grant: Grant, first: dt.date, last: dt.date, pursuit: str = Pursuit.CORRECT) -> list[Reckoned]:
    """Return the months `[first, last]` reckoned anew; Refused for months not paid here or the wrong way round."""
    start, newest = reassessing.span(grant.county)
    if not start <= month_of(first) <= month_of(last) <= newest:
        raise Refused(
            "reassess.months",
            f"只能追溯本系统发放过的月份（{start:%Y-%m} 至 {newest:%Y-%m}），起始月不能晚于截止月。",
            "请改正月份；接管以前的差额，登记为欠款。",
        )
    reinstates = pursuit == Pursuit.REINSTATE
    if reinstates and grant.to_date is None:
        raise Refused("grants.not_ended", "这项待遇没有停发，不用恢复。", "金额有误的，请选择补发或追回。")
    found = reassessing.reckon(grant, month_of(first), month_of(last), reinstates=reinstates)
    if not found:
        raise Refused("reassess.not_covered", "这些月份里待遇没有覆盖任何人。", "已停发、须恢复的，请选择恢复待遇。")
    return found


def _refuse(
    pursuit: str, found: Sequence[Reckoned], reason: str, less: int, heard_on: dt.date | None, statement: str
) -> None:
    if pursuit not in Pursuit.values:
        raise Refused("reassess.pursuit", "没有这种办理方式。", "请刷新页面后重选。")
    if asked := reassessing.questions_in(found):
        raise Refused(
            "reassess.questions", f"有月份还不能核算：{'；'.join(asked)}。", "查清并登记后再办；未知不等于不符合。"
        )
    if not any(one.differs for one in found):
        raise Refused("reassess.same", "这些月份按现在查明的事实核算，与已发的一致。", "没有需要更正的。")
    if len(reason.strip()) < WORDS:
        raise Refused("reassess.words", "追溯核算须写明查明的事实和理由。", "请填写理由。")
    if less and pursuit != Pursuit.LEAVE:
        if heard_on is None or len(statement.strip()) < 2:
            raise Refused("reassess.hearing", "追回已发的钱，须先听取本人说明。", "请填写听取的日期和本人的说明。")
        if heard_on > clock.today():
            raise Refused("reassess.heard_later", "听取说明的日期不能晚于今天。", "请核对日期。")


def _taken_up(grant: Grant, change: Change) -> Reassessment:
    """Return the one that the system found for the grant, else a new one; Refused when one waits for its check."""
    waiting = Reassessment.objects.select_for_update().filter(grant=grant, state__in=WAITING).first()
    if waiting is not None and waiting.state == ReassessmentState.PROPOSED:
        raise Refused("reassess.twice", "这项待遇已有一件追溯核算待复核。", "请等复核人办理，或由其退回。")
    if waiting is not None:
        ReassessedShare.objects.filter(month__reassessment=waiting).delete()
        waiting.months.all().delete()
        return waiting
    return Reassessment(
        county=grant.county, township=grant.township, division_id=grant.division_id, benefit=grant.benefit, grant=grant,
        person_id=grant.person_id, household_id=grant.household_id, key=f"{grant.pk}:by:{change.pk}",
    )  # fmt: skip


def _freeze(one: Reassessment, found: Sequence[Reckoned]) -> None:
    for reckoned in found:
        live = reckoned.live
        receipt = live.assessed.receipt if live.assessed else ""
        month = ReassessedMonth.objects.create(
            reassessment=one, month=reckoned.month, granted=bool(live.granted), receipt=receipt, inputs=live.inputs,
            receipt_sm3=sm3_hex(receipt), release_id=assessor().keep(live, one.county),
        )  # fmt: skip
        ReassessedShare.objects.bulk_create(
            ReassessedShare(month=month, person_id=person, component=component, was_fen=was, due_fen=due)
            for (person, component), (was, due) in sorted(reckoned.amounts.items())
        )


def _waiting(account: Account, reassessment_id: int) -> Reassessment:
    rows = Reassessment.objects.select_for_update().filter(area_filter(account), pk=reassessment_id)
    one = rows.first()
    if one is None or one.state != ReassessmentState.PROPOSED:
        raise Refused("reassess.not_open", "这件追溯核算已经办理，或不在您的管辖范围内。", "请刷新列表后再办。")
    if area_level(account) in ("township", "village"):
        raise Refused("reassess.county", "追溯核算由县级复核。", "请由县级有复核权限的人员办理。")
    if one.maker_id == account.pk:
        raise Refused("reassess.same_person", "经办人不能复核自己提出的追溯核算。", "请由另一位有复核权限的人员办理。")
    return one


def _agree(one: Reassessment, change: Change, account: Account) -> None:
    if one.pursuit == Pursuit.LEAVE:
        one.state = ReassessmentState.LEFT
    else:
        one.pays_grant_id = _carry_out(one, change)
        one.state = ReassessmentState.IN_FORCE
    one.checker, one.checked_on = account, change.business_date


def _carry_out(one: Reassessment, change: Change) -> int:
    """Say the months anew, after the grant goes on again where that was asked; return the grant that pays now."""
    grant = one.grant
    found = look_back(grant, one.first, one.last, one.pursuit)
    _refuse_stale(one, found)
    if one.pursuit != Pursuit.REINSTATE:
        restate_shares(change=change, restatements=reassessing.restatements(grant.pk, found))
        return int(grant.pk)
    end = grant.to_date or one.last
    after = [month for month in found if month.month >= end]
    pays = reinstate_grant(change=change, grant_id=grant.pk, leaves=reassessing.leaves(after, one.last))
    before = [month for month in found if month.month < end]
    items = [*reassessing.restatements(grant.pk, before), *reassessing.restatements(pays, after, lasting=True)]
    restate_shares(change=change, restatements=items)
    return pays


def _refuse_stale(one: Reassessment, found: Sequence[Reckoned]) -> None:
    rows = ReassessedShare.objects.filter(month__reassessment=one)
    columns = ("month__month", "person_id", "component", "was_fen", "due_fen")
    frozen = {(month, person, part): (was, due) for month, person, part, was, due in rows.values_list(*columns)}
    now = {(m.month, person, part): both for m in found for (person, part), both in m.amounts.items()}
    if frozen != now:
        raise Refused(
            "reassess.stale", "提出之后，事实或发放又有变动，核算结果已不相同。", "请退回，由经办人重新核算后再提出。"
        )


def _give_back(one: Reassessment) -> None:
    """One that the system found waits again for somebody to take it up; another is over."""
    if one.found == "[]":
        one.state = ReassessmentState.REFUSED
        return
    one.state, one.maker, one.made_on = ReassessmentState.OPEN, None, None
