"""A week at the counter of the demo's largest township, so that a visitor finds work in every state of a case."""

import datetime as dt
from collections.abc import Sequence

from nuanxin.demo.people import COUNTY
from nuanxin.interfaces.cli.officers import officer
from nuanxin.kernel.casework import selectors as cases
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.casework.types import Case
from nuanxin.kernel.casework.workflows import find_workflow
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services as registry_services
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.work import services as work

TOWNSHIP = f"{COUNTY}100"
POOR, OLD = 14, 10
LOOKED_AT = 4000
OLD_AGE = ("gaoling_jintie", "jujia_yanglao")
FINDINGS = "家中无固定收入，住房为旧砖房，与申报相符。"


def keep_counter(first: dt.date) -> int:
    """Take in applications from a Monday on and handle them until the next Thursday; return how many there are."""
    clock.move_to(first)
    poor = [one for home in _poor_homes(first) if (one := _poor_case(home, first)) is not None]
    old = [one for benefit in OLD_AGE for one in _old_cases(benefit, first)]
    clock.move_to(first + dt.timedelta(days=1))
    looked_into = [_next(one) for one in poor[2:]]
    for one in looked_into[2:]:
        _visit(one)
    published = [_next(one) for one in looked_into[4:]]
    clock.move_to(first + dt.timedelta(days=9))
    casework.close_due_notices(county=COUNTY, on=clock.today())
    for one in published[2:5]:
        _approve(one)
    for one in looked_into[3:4]:
        _next(one)
    for one in old[len(old) // 2 :]:
        _next(one)
    _ask_for_papers(poor[1:2])
    return len(poor) + len(old)


def _poor_homes(on: dt.date) -> list[tuple[int, list[int]]]:
    """Return small households of old people in the township that receive nothing by the household."""
    found = []
    path = registry.division(TOWNSHIP).path
    for home in registry.households_in(path)[:LOOKED_AT].iterator(chunk_size=500):
        members = list(registry.members_of(home.pk, on))
        births = [one.person.birth for one in members if one.person.birth]
        old = bool(births) and len(births) == len(members) <= 2 and max(births).year < on.year - 60
        if old and not any(grants.covered_persons(code, [m.person_id for m in members]) for code in ("dibao", "tekun")):
            found.append((home.pk, [one.person_id for one in members]))
        if len(found) == POOR:
            break
    return found


def _poor_case(home: tuple[int, list[int]], on: dt.date) -> Case | None:
    household_id, people = home
    clerk = officer("township_clerk")
    if find_workflow(COUNTY, "dibao", "apply", on) is None:
        return None
    with one_act(author=author_of(clerk), verb="record_circumstance", reason="受理申请", source="本人申报") as change:
        record, checked = registry_services.record_circumstance, "家庭经济状况核对"
        for kind, value in (("assistance_file", None), ("property_ok", 1)):
            record(change=change, kind=kind, household_id=household_id, valid_from=on, level=value, source=checked)
        record(change=change, kind="transfer_year", person_id=people[0], valid_from=on, amount_fen=310_000)
    _open_accounts(people, on)
    return casework.accept_application(
        account=clerk, benefit="dibao", person_id=people[0], household_id=household_id, accepted_in=TOWNSHIP,
        filed_on=on,
    )  # fmt: skip


def _open_accounts(people: Sequence[int], on: dt.date) -> None:
    """Register the account that each applicant without one opened, as the clerk does on the person's page."""
    clerk = officer("township_clerk")
    for one in people:
        if not registry.accounts_of(one, on):
            with one_act(author=author_of(clerk), verb="add_account", reason="受理申请", source="窗口") as change:
                registry_services.add_account(
                    change=change, county=COUNTY, bank_code="102", number=f"62170{one:014d}", holder_id=one
                )


def _old_cases(benefit: str, on: dt.date) -> list[Case]:
    """Let some old people who are entitled but never asked apply for an allowance."""
    run = rulebook.latest_run(COUNTY, add_months(on.replace(day=1), -1))
    if run is None or find_workflow(COUNTY, benefit, "apply", on) is None:
        return []
    asking = _entitled(str(rulebook.receipt_file(run, benefit)), benefit)
    _open_accounts(asking[: OLD // 2], on)
    return [
        casework.accept_application(
            account=officer("township_clerk"), benefit=benefit, person_id=one, accepted_in=TOWNSHIP, filed_on=on
        )
        for one in asking[: OLD // 2]
    ]


def _entitled(path: str, benefit: str) -> list[int]:
    with opened(scanner=False) as con:
        query = f"select subject_id from read_parquet('{path}') where granted order by subject_id limit {LOOKED_AT}"
        ids = [row[0] for row in con.execute(query).fetchall()]
    taken = {one for _, one in grants.open_subjects(benefit, persons=ids)}
    here = registry.people_by_ids(one for one in ids if one not in taken)
    return [pk for pk, one in here.items() if one.division_id.startswith(TOWNSHIP) and one.death is None]


def _next(case: Case, username: str = "township_clerk") -> Case:
    """Make the primary move of whoever's turn it is; the case itself when something is missing."""
    fresh = cases.case_by_id(case.pk)
    account = officer(username)
    offer = next((one for one in cases.moves_for(fresh, account) if one.primary), None)
    if offer is None:
        return fresh
    papers = cases.missing_documents(fresh) if fresh.closed_on is None else []
    if offer.refusal is not None and not papers:
        return fresh
    return casework.move_case(
        account=account, case_id=fresh.pk, version=fresh.version, move=offer.id, note="材料齐全，情况属实",
        data={"documents_seen": papers},
    )  # fmt: skip


def _visit(case: Case) -> None:
    clerk = officer("township_clerk")
    visit = work.record_visit(
        author=author_of(clerk), owner=("case", case.pk), county=COUNTY, division=case.handled_in_id,
        household_id=case.household_id, on=clock.today(), first_id=clerk.pk, second_name="村救助协理员",
        second_reason="村级协理员没有账号", findings=FINDINGS, present="申请人本人",
    )  # fmt: skip
    work.sign_visit(account=clerk, visit_id=visit.pk)


def _approve(case: Case) -> None:
    for username in ("county_examiner", "section_chief"):
        _next(case, username)


def _ask_for_papers(some: Sequence[Case]) -> None:
    for case in some:
        fresh = cases.case_by_id(case.pk)
        for offer in cases.moves_for(fresh, officer("township_clerk")):
            if offer.id == "ask_documents" and offer.refusal is None:
                casework.move_case(
                    account=officer("township_clerk"), case_id=fresh.pk, version=fresh.version, move=offer.id
                )
