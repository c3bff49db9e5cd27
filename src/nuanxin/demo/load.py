"""Writing the world through the registry's and the civil domain's own verbs, opening first, then month by month."""

import datetime as dt

import pyarrow as pa
from django.db import transaction

from nuanxin.demo.accounts import accounts_table
from nuanxin.demo.happenings import Happenings
from nuanxin.demo.people import COUNTY
from nuanxin.demo.register_office import Registration, until_month
from nuanxin.demo.world import World
from nuanxin.domains.civil import services as civil
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.selectors import account_ids_of

AUTHOR = Author(label="演示数据")
SOURCE = "合成县"


def _change(verb: str, reason: str, rows: int = 0) -> Change:
    return open_change(author=AUTHOR, verb=verb, reason=reason, source=SOURCE, rows=rows)


def load_people(world: World) -> int:
    """Write people, households and who lives where; return how many people."""
    people = sum(table.num_rows for table in world.person_tables)
    change = _change("load_people", "合成县的居民与家庭", people)
    for table in world.person_tables:
        registry.load_people(change=change, table=table)
    registry.load_households(change=change, table=world.household_table)
    registry.load_memberships(change=change, table=world.membership_table)
    return people


def load_opening(world: World) -> int:
    """Write what was known at the end of 2023 and the register office's last weeks; return how many circumstances."""
    table = world.needs.opening.table(world.numbered)
    change = _change("load_circumstances", "2023年末已核实的情况", table.num_rows)
    registry.load_circumstances(change=change, table=table)
    if world.parent_facts.num_rows:
        registry.load_circumstances(change=change, table=world.parent_facts)
    registry.load_relations(change=change, table=world.parent_relations)
    registry.load_accounts(change=change, table=accounts_table(world))
    _load_registrations(world, until_month(world.acts, dt.date(2023, 12, 1)))
    return int(table.num_rows)


def load_month(world: World, index: int) -> int:
    """Write one of the six months (0 is January), all or nothing; return how many events and requests."""
    month = world.months[index]
    with transaction.atomic():
        _load_facts(world, month)
        _load_leavers(world, month)
        _load_deaths(world, month)
        acts = until_month(world.acts, month.month)
        _load_registrations(world, acts)
        _load_applications(world, month)
    return len(month.asked) + len(month.cremations) + len(acts)


def _load_facts(world: World, month: Happenings) -> None:
    table = month.facts.table(world.numbered)
    if table.num_rows:
        change = _change("load_circumstances", f"{month.month:%Y年%m月}核实的情况", table.num_rows)
        registry.load_circumstances(change=change, table=table)


def _load_leavers(world: World, month: Happenings) -> None:
    if month.moved_out:
        _confirm(world, "move_out", month.moved_out, "户籍迁出")
    if not month.left_home:
        return
    change = _change("end_membership", f"{month.month:%Y年%m月}成员离家另立门户", len(month.left_home))
    homes = [world.numbered.village[world.county.roll.household[position]] for position, _ in month.left_home]
    units = pa.table({"county": pa.repeat(COUNTY, len(homes)), "division": homes})
    for (position, on), household in zip(
        month.left_home, registry.load_households(change=change, table=units).to_pylist(), strict=True
    ):
        person = world.person_id(position)
        registry.end_membership(change=change, person_id=person, on=on)
        registry.add_member(change=change, household_id=household, person_id=person, role="head", valid_from=on)


def _load_deaths(world: World, month: Happenings) -> None:
    if month.uncremated:
        _confirm(world, "death", month.uncremated, "村委会报告, 土葬")
    if not month.cremations:
        return
    rows = [
        {
            "county": COUNTY,
            "deceased_id": world.person_id(one.person),
            "died_on": one.died,
            "cremated_on": one.cremated,
            "applicant_id": world.person_id(one.applicant),
            "parlour": "南陵县殡仪馆",
            **{f"{item}_fen": yuan * 100 for item, yuan in one.charges.items()},
        }
        for one in month.cremations
    ]
    change = _change("load_cremations", f"{month.month:%Y年%m月}火化登记", len(rows))
    civil.load_cremations(change=change, table=pa.Table.from_pylist(rows))


def _confirm(world: World, kind: str, happened: list[tuple[int, dt.date]], source: str) -> None:
    rows = [
        {"kind": kind, "person_id": world.person_id(position), "on": on, "source": source} for position, on in happened
    ]
    change = _change("confirm_events", source, len(rows))
    registry.confirm_events(change=change, table=pa.Table.from_pylist(rows))


def _load_registrations(world: World, acts: list[Registration]) -> None:
    if not acts:
        return
    names = world.numbered.names
    rows = [
        {
            "county": COUNTY,
            "division": COUNTY,
            "kind": act.kind,
            "registered_on": act.on,
            "party_a_name": names[act.first],
            "party_b_name": names[act.second] if act.second is not None else names[-1 - act.first % 5000],
            "party_a_id": world.person_id(act.first),
            "party_b_id": world.person_id(act.second) if act.second is not None else None,
            "cross_region": act.cross_region,
            "quality_passed": True,
            "certificate_no": f"J{COUNTY}-{act.on.year}-{act.first % 1_000_000:06d}",
        }
        for act in acts
    ]
    change = _change("load_marriages", "婚姻登记", len(rows))
    civil.load_marriages(change=change, table=pa.Table.from_pylist(rows))


def _load_applications(world: World, month: Happenings) -> None:
    payees = account_ids_of((world.person_id(asked.payee) for asked in month.asked), clock.today())
    rows = [
        {
            "county": COUNTY,
            "benefit": asked.benefit,
            "person_id": world.person_id(asked.person),
            "household_id": None if asked.household is None else world.household_id(asked.household),
            "filed_on": asked.on,
            "payee_id": payees.get(world.person_id(asked.payee)),
            "source": "殡仪馆" if asked.benefit == "huimin_binzang" else "乡镇窗口",
        }
        for asked in month.asked
    ]
    if rows:
        change = _change("load_applications", f"{month.month:%Y年%m月}受理的申请", len(rows))
        casework.load_applications(change=change, table=pa.Table.from_pylist(rows))
