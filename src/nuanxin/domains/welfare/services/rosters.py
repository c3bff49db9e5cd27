"""The roster of a village's resettlers: posted there, agreed to by a second person, then applied for in one act."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
from django.db import transaction

from nuanxin.domains.welfare.models import Roster, RosterRow
from nuanxin.domains.welfare.registers.resettler import Resettler
from nuanxin.domains.welfare.selectors import on_no_roster
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level, sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.services import load_applications
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import account_ids_of, division, people_by_ids
from nuanxin.kernel.rulebook.selectors import parameter_fen

BENEFIT, NOTICE_DAYS = "yimin_zhibu", "resettlement_notice_days"
DAY = dt.timedelta(days=1)


def post_roster(*, account: Account, village: str) -> Roster:
    """Post the village's recorded resettlers who are on no roster yet; it hangs as many days as the parameter says."""
    require(account, "registers.write")
    place, today = division(village), clock.today()
    _refuse_elsewhere(account, place.path)
    people = list(on_no_roster(place.code).order_by("id"))
    if not people:
        raise Refused("roster.empty", f"{place.name}没有未核定的移民。", "请先在“水库移民”台账登记或导入。")
    if Roster.objects.filter(division=place, state="posted").exists():
        raise Refused("roster.posted", f"{place.name}已有一份名册在公示。", "请等公示期满核定后，再公示新增人员。")
    with transaction.atomic():
        change = open_change(
            author=author_of(account), verb="post_roster", reason="移民名册公示", source=village, rows=len(people)
        )
        roster = Roster.objects.create(
            county=place.code[:6],
            township=place.code[:9],
            division=place,
            state="posted",
            posted_on=today,
            last_day=today + _days(place.code[:6], today) * DAY,
            persons=len(people),
            sm3=seal(people),
            maker=account,
            change=change,
        )
        for one in people:
            RosterRow.objects.create(roster=roster, resettler=one)
    return roster


def approve_roster(*, account: Account, roster_id: int) -> int:
    """Agree to a roster whose notice is over, as a second person of the county; returns the applications filed.

    Refused while it hangs, to who posted it, and when a record on it was changed or removed meanwhile.
    """
    require(account, "cases.check")
    if area_level(account) in ("township", "village"):
        raise Refused("roster.county", "移民名册由县级核定。", "请等县局核定。")
    with transaction.atomic():
        roster = _posted(account, roster_id)
        if clock.today() <= roster.last_day:
            raise Refused("roster.hangs", f"名册公示到 {roster.last_day} 为止。", "公示期满、没有异议后再核定。")
        people = list(Resettler.objects.filter(rows__roster=roster).order_by("id"))
        if seal(people) != roster.sm3:
            raise Refused("roster.changed", "公示后名册上的登记有改动。", "请退回名册，改正后重新公示。")
        change = _close(account, roster, "approved", "核定移民名册")
        return _apply(roster, people, change)


def return_roster(*, account: Account, roster_id: int, objections: str) -> Roster:
    """Take a roster down because of an objection or an error; its people may be posted again."""
    if not objections.strip():
        raise Refused("roster.reason", "退回须写明异议或原因。", "请写清是谁的哪一项不对。")
    require(account, "cases.check")
    with transaction.atomic():
        roster = _posted(account, roster_id)
        roster.objections = objections.strip()[:500]
        _close(account, roster, "returned", objections[:200])
    return roster


def seal(people: Sequence[Resettler]) -> str:
    """Return the SM3 of what a notice shows: who, which reservoir, since when, removed or void."""
    return sm3_hex(
        "\n".join(
            f"{one.pk}|{one.person_id}|{one.reservoir}|{one.completed_on}|{one.removed_on}|{one.state}"
            for one in people
        )
    )


def _apply(roster: Roster, people: Sequence[Resettler], change: Change) -> int:
    """File an application for everybody who is alive, paid to their own account; the month's run proposes the grant."""
    today = clock.today()
    known = people_by_ids([one.person_id for one in people])
    living = [one.person_id for one in people if known[one.person_id].death is None]
    accounts = account_ids_of(living, today)
    table = pa.table(
        {
            "county": [roster.county] * len(living),
            "benefit": [BENEFIT] * len(living),
            "person_id": pa.array(living, pa.int64()),
            "filed_on": pa.array([today] * len(living), pa.date32()),
            "payee_id": pa.array([accounts.get(one) for one in living], pa.int64()),
            "source": ["移民名册"] * len(living),
        }
    )
    return load_applications(change=change, table=table) if living else 0


def _posted(account: Account, roster_id: int) -> Roster:
    roster = Roster.objects.select_for_update().filter(pk=roster_id, state="posted").first()
    if roster is None:
        raise Refused("roster.unknown", "这份名册已经处理或不存在。", "请从名册列表重新打开。")
    _refuse_elsewhere(account, roster.division.path)
    if roster.maker_id == account.pk:
        raise Refused("roster.same_person", "公示名册的人不能自己核定或退回。", "请由另一位有审核权限的人员办理。")
    return roster


def _close(account: Account, roster: Roster, state: str, reason: str) -> Change:
    change = open_change(author=author_of(account), verb="close_roster", reason=reason, source=f"roster {roster.pk}")
    roster.state, roster.checker, roster.checked_on, roster.change = state, account, clock.today(), change
    roster.save(update_fields=["state", "checker", "checked_on", "objections", "change"])
    return change


def _days(county: str, today: dt.date) -> int:
    found = parameter_fen(county, NOTICE_DAYS, month_of(today))
    if found is None:
        raise Refused("roster.days", "没有移民名册公示天数。", "请在参数中登记 resettlement_notice_days。")
    return found[0]


def _refuse_elsewhere(account: Account, path: str) -> None:
    if not sees_path(account, path):
        raise Refused("roster.area", "该村不在您的辖区。", "请由该乡镇或县局的人员办理。")
