"""Visits by two: recorded, signed by both, put right only by another."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import account_by_id, sees_path
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import Author, author_of, note_item, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.selectors import division as division_by_code
from nuanxin.kernel.registry.selectors import township_of
from nuanxin.kernel.work.enums import VisitState
from nuanxin.kernel.work.models import Visit
from nuanxin.kernel.work.values import Owner

TWO = "入户调查须由两名不同的人员进行（民发〔2021〕57号）。"


@dataclass(frozen=True)
class _Second:
    """The second person: an account, or a name with the reason why there is none."""

    account_id: int | None
    name: str
    reason: str


def record_visit(
    *,
    author: Author,
    owner: Owner,
    county: str,
    division: str,
    on: dt.date,
    first_id: int,
    findings: str,
    present: str,
    second_id: int | None = None,
    second_name: str = "",
    second_reason: str = "",
    differs: str = "",
    household_id: int | None = None,
    person_id: int | None = None,
    corrects_id: int | None = None,
) -> Visit:
    """Record a visit by two different persons, to be signed by both; Refused by one, in the future, or without words.

    A village worker without an account may be the second by name, with a reason; then the first signs for the record.
    `corrects_id` names a signed visit of the same owner that this one puts right, once.
    """
    second = _Second(second_id, second_name.strip()[:40], second_reason.strip()[:120])
    with transaction.atomic():
        _check_two(division, first_id, second)
        _check_words(on, present, findings)
        _check_correction(owner, corrects_id)
        change = open_change(
            author=author, verb="record_visit", reason="入户调查", source=f"{owner[0]}:{owner[1]}", rows=1
        )
        return Visit.objects.create(
            county=county,
            township=township_of(division),
            division_id=division,
            owner_kind=owner[0],
            owner_id=owner[1],
            household_id=household_id,
            person_id=person_id,
            visited_on=on,
            first_id=first_id,
            second_id=second.account_id,
            second_name=second.name,
            second_reason=second.reason,
            present=present.strip()[:200],
            findings=findings.strip(),
            differs=differs.strip(),
            corrects_id=corrects_id,
            change=change,
        )


def _check_two(division: str, first_id: int, second: _Second) -> None:
    path = division_by_code(division).path
    people = [account_by_id(pk) for pk in (first_id, second.account_id) if pk is not None]
    for one in people:
        if one is None or not one.is_active or not sees_path(one, path):
            raise Refused("visit.account", "调查人的账号已停用或管不到这个村居。", "请选择管辖该村居的人员。")
    first = people[0]
    same = second.account_id == first_id or (first and second.name and second.name == first.display_name)
    if same or (second.account_id is None and not second.name):
        raise Refused("visit.two", TWO, "请填写第二名调查人；村居人员没有账号的，填写姓名并说明。")
    if second.account_id is None and len(second.reason) < 2:
        raise Refused(
            "visit.reason", "第二名调查人没有账号，须说明情况。", "请填写其职务和原因，如“村民政协理员，未开通账号”。"
        )


def _check_words(on: dt.date, present: str, findings: str) -> None:
    if on > clock.today():
        raise Refused("visit.future", "入户日期不能晚于今天。", "请核对日期。")
    if not present.strip() or not findings.strip():
        raise Refused("visit.words", "须写明被访人和查看内容。", "请填写在场人员和调查情况。")


def _check_correction(owner: Owner, corrects_id: int | None) -> None:
    if corrects_id is None:
        return
    wrong = Visit.objects.filter(pk=corrects_id, owner_kind=owner[0], owner_id=owner[1]).first()
    if wrong is None or wrong.state != VisitState.SIGNED or wrong.corrections.exists():
        raise Refused("visit.corrects", "只能更正本事项中已签名且未被更正的入户记录。", "请选择最近一次已签名的记录。")


def amend_visit(*, author: Author, visit_id: int, present: str, findings: str, differs: str) -> Visit:
    """Change the words of a visit that is not signed by both; a signature given to the old words falls away."""
    with transaction.atomic():
        visit = _open(visit_id)
        _check_words(visit.visited_on, present, findings)
        visit.present, visit.findings, visit.differs = present.strip()[:200], findings.strip(), differs.strip()
        visit.first_signed_at = visit.second_signed_at = None
        visit.save(update_fields=["present", "findings", "differs", "first_signed_at", "second_signed_at"])
        _note(author, "amend_visit", "修改未签名的入户记录", visit, {"findings": ["…", "…"]})
    return visit


def sign_visit(*, account: Account, visit_id: int) -> Visit:
    """Sign as one of the two; the visit is signed when both did. Refused for anybody else, twice, or once signed.

    Where the second person has no account the first one's signature closes the record, which stays marked so.
    """
    with transaction.atomic():
        visit = _open(visit_id)
        signing = {visit.first_id: "first_signed_at", visit.second_id: "second_signed_at"}.get(account.pk)
        if signing is None:
            raise Refused("visit.signer", "只有参加入户的两名人员可以签名。", "请由调查人本人登录后签名。")
        if getattr(visit, signing):
            raise Refused("visit.signed_already", "您已经签过名了。", "请等另一名调查人签名。")
        now = clock.now()
        setattr(visit, signing, now)
        if visit.second_id is None:
            visit.second_signed_at = now
        if visit.first_signed_at and visit.second_signed_at:
            visit.state, visit.booked_month = VisitState.SIGNED, booking_month(visit.county, visit.visited_on)
        visit.save(update_fields=["first_signed_at", "second_signed_at", "state", "booked_month"])
        _note(author_of(account), "sign_visit", "入户记录签名", visit, {"signed": [None, account.pk]})
    return visit


def _open(visit_id: int) -> Visit:
    visit = Visit.objects.select_for_update().filter(pk=visit_id).first()
    if visit is None:
        raise Refused("visit.unknown", f"没有编号为 {visit_id} 的入户记录。", "请刷新页面再看。")
    if visit.state == VisitState.SIGNED:
        raise Refused("visit.signed", "入户记录已由两人签名，不能再改。", "如需更正，请另记一次入户调查。")
    return visit


def _note(author: Author, verb: str, reason: str, visit: Visit, diff: dict[str, list[object]]) -> None:
    change = open_change(author=author, verb=verb, reason=reason, source=f"visit:{visit.pk}")
    note_item(change=change, table="work_visit", record_id=visit.pk, action=verb[:12], diff=diff)
