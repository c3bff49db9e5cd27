"""Every page × every role: who may open it, what lies outside an area does not exist, reading pages only read."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from nuanxin.interfaces.staff.urls import urlpatterns
from nuanxin.kernel.access.roles import ROLES
from tests.interfaces.staff.world import World, make_world

OPEN = {"login", "login-code", "login-demo", "logout", "language"}

# page → (permission, its arguments in the clerk's township, what it reads or writes)
PAGES: dict[str, tuple[str | None, str, str]] = {
    "home": (None, "", "r"),
    "my-account": (None, "", "rw"),
    "staff-accounts": ("accounts.manage", "", "r"),
    "staff-account-new": ("accounts.manage", "", "rw"),
    "staff-account": ("accounts.manage", "staff", "rw"),
    "account-unlock": ("accounts.approve", "staff", "w"),
    "account-requests": ("accounts.approve", "", "r"),
    "account-request-decide": ("accounts.approve", "asked", "w"),
    "logs": ("logs.read", "", "r"),
    "desk": (None, "", "r"),
    "answer": ("grants.read", "", "r"),
    "notices": ("grants.read", "", "r"),
    "cases": ("grants.read", "", "r"),
    "cases-bulk": ("grants.read", "", "w"),
    "case-new": ("cases.make", "", "rw"),
    "case": ("grants.read", "case", "r"),
    "case-move": ("grants.read", "case", "w"),
    "case-payee": ("cases.make", "case", "w"),
    "case-transfer": ("cases.make", "case", "w"),
    "case-stages": ("grants.read", "case", "w"),
    "case-take": ("grants.read", "case", "w"),
    "case-near-relative": ("cases.make", "case", "w"),
    "figures": ("figures.read", "", "r"),
    "figure": ("figures.read", "indicator", "r"),
    "figure-trace": ("figures.read", "indicator", "r"),
    "figure-records": ("figures.read", "indicator", "r"),
    "reports": ("reports.read", "", "r"),
    "report-write": ("reports.make", "", "w"),
    "report": ("reports.read", "report", "r"),
    "report-decide": ("reports.check", "report", "w"),
    "people": ("people.read", "", "r"),
    "person": ("people.read", "person", "r"),
    "disclose": ("disclose", "person", "w"),
    "person-new": ("people.write", "", "rw"),
    "person-correct": ("people.write", "person", "rw"),
    "person-relations": ("people.write", "person", "rw"),
    "person-memberships": ("people.write", "person", "rw"),
    "person-doubles": ("people.write", "person", "r"),
    "mergers": ("people.read", "", "r"),
    "merger": ("people.write", "pair", "rw"),
    "merger-confirm": ("cases.check", "asked", "w"),
    "merger-withdraw": ("people.read", "asked", "w"),
    "organisations": ("registers.read", "", "r"),
    "organisation-new": ("registers.write", "", "rw"),
    "organisation": ("registers.read", "organisation", "r"),
    "organisation-change": ("registers.write", "organisation", "w"),
    "facilities": ("registers.read", "", "r"),
    "facility-new": ("registers.write", "", "rw"),
    "facility": ("registers.read", "facility", "r"),
    "facility-change": ("registers.write", "facility", "w"),
    "divisions": ("registers.read", "", "r"),
    "divisions-load": ("month.run", "", "w"),
    "event-decide": ("people.write", "event", "w"),
    "account-new": ("people.write", "person", "w"),
    "account-change": ("people.write", "person", "rw"),
    "account-end": ("people.write", "account", "w"),
    "account-changes": ("people.read", "", "rw"),
    "grant-account": ("people.read", "grant", "r"),
    "many-paid": ("payments.reconcile", "", "rw"),
    "household-change": ("people.write", "household", "rw"),
    "facts": ("people.write", "household", "rw"),
    "facts-live": ("people.write", "household", ""),
    "facts-verify": ("people.write", "household", "w"),
    "households": ("people.read", "", "r"),
    "household": ("people.read", "household", "r"),
    "grants": ("grants.read", "", "r"),
    "grant": ("grants.read", "grant", "r"),
    "grant-case": ("cases.make", "grant", "w"),
    "payments": ("grants.read", "", "r"),
    "payment": ("grants.read", "run", "r"),
    "payment-release": ("payments.release", "run", "w"),
    "payment-write": ("payments.prepare", "run", "w"),
    "payment-file": ("disclose", "run", "w"),
    "payment-return-try": ("payments.prepare", "run", "w"),
    "bank-format": ("payments.reconcile", "", "r"),
    "bank-sample": ("payments.reconcile", "bank_file", "r"),
    "payment-return": ("payments.prepare", "run", "w"),
    "reserve": ("grants.read", "", "r"),
    "reserve-fund": ("grants.read", "reserve-fund", "r"),
    "reserve-pay": ("reserve.pay", "reserve-fund", "rw"),
    "reserve-ask": ("reserve.pay", "reserve-fund", "w"),
    "reserve-count": ("grants.read", "reserve-fund", "w"),
    "reserve-request": ("grants.read", "reserve-request", "r"),
    "reserve-check": ("reserve.check", "reserve-request", "w"),
    "reserve-entry": ("grants.read", "reserve-entry", "r"),
    "reserve-help": ("grants.read", "reserve-entry", "w"),
    "reserve-terms": ("budget.write", "", "w"),
    "reserve-terms-check": ("reserve.check", "reserve-fund", "w"),
    "funerals": ("registers.read", "", "r"),
    "funerals-claim": ("cases.make", "", "w"),
    "resettlement": ("registers.read", "", "r"),
    "roster-post": ("registers.write", "", "w"),
    "roster": ("registers.read", "roster", "r"),
    "roster-decide": ("cases.check", "roster", "w"),
    "reconciliation": ("payments.reconcile", "run", "rw"),
    "reconciliations": ("payments.reconcile", "", "r"),
    "budgets": ("money.audit", "", "rw"),
    "debts": ("grants.read", "", "r"),
    "debt": ("grants.read", "debt", "rw"),
    "redirections": ("grants.read", "", "rw"),
    "statement": ("people.read", "household", "r"),
    "registers": ("registers.read", "", "r"),
    "register": ("registers.read", "register", "r"),
    "record-new": ("registers.write", "register", "rw"),
    "register-import": ("registers.write", "register", "rw"),
    "register-template": ("registers.write", "register", "r"),
    "import-problems": ("registers.write", "register", "r"),
    "record": ("registers.read", "record", "r"),
    "record-move": ("registers.write", "record", "w"),
    "record-correct": ("registers.write", "record", "rw"),
    "rulebook": ("rulebook.read", "", "r"),
    "parameters": ("rulebook.read", "", "r"),
    "rulebook-try": ("rulebook.read", "", "r"),
    "standards": ("rulebook.read", "", "r"),
    "standard-new": ("rulebook.draft", "", "rw"),
    "standards-take": ("rulebook.draft", "", "w"),
    "standard": ("rulebook.read", "standard", "r"),
    "standard-act": ("rulebook.read", "standard", "w"),
    "adoptions": ("rulebook.read", "", "r"),
    "adoption-check": ("rulebook.draft", "", "w"),
    "adoption-agree": ("rulebook.approve", "adoption", "w"),
    "benefit": ("rulebook.read", "benefit", "r"),
    "month": ("grants.read", "", "r"),
    "month-of": ("grants.read", "month", "r"),
    "month-steps": ("grants.read", "month", "r"),
    "month-run": ("month.run", "month", "w"),
    "month-prepare": ("payments.prepare", "month", "w"),
    "month-close": ("month.close", "month", "w"),
    "exceptions": ("grants.read", "month", "r"),
    "proposals": ("grants.read", "month", "r"),
    "proposals-decide": ("grants.read", "month", "w"),
    "proposal": ("grants.read", "proposal", "r"),
    "proposal-withdraw": ("cases.make", "proposal", "w"),
    "decision": ("grants.read", "decision", "r"),
    "decision-recompute": ("grants.read", "decision", "r"),
    "takeovers": ("grants.read", "", "r"),
    "takeover": ("grants.read", "taken", "r"),
    "takeover-sign": ("month.run", "taken", "w"),
    "load-upload": ("month.run", "", "w"),
    "load-template": ("month.run", "", "r"),
    "load-progress": ("grants.read", "taken", "r"),
    "load-correct": ("month.run", "taken", "w"),
    "load-faults": ("disclose", "taken", "w"),
    "load-withdraw": ("month.run", "taken", "w"),
    "reassessments": ("grants.read", "", "r"),
    "reassessments-find": ("month.run", "", "w"),
    "reassessment": ("grants.read", "reassessment", "rw"),
    "reassess": ("cases.make", "grant", "rw"),
    "reviews": ("grants.read", "", "r"),
    "reviews-decide": ("grants.read", "", "w"),
    "reviews-propose": ("month.run", "", "w"),
    "review-round": ("grants.read", "round", "r"),
    "review": ("grants.read", "review", "rw"),
    "appeals": ("appeals.handle", "", "r"),
    "appeal-new": ("appeals.receive", "", "rw"),
    "appeal": ("appeals.handle", "appeal", "rw"),
    "samples": ("cases.sample", "", "r"),
    "samples-draw": ("cases.sample", "", "w"),
    "samples-drawn": ("cases.sample", "draw", "r"),
    "sample": ("cases.sample", "sample", "rw"),
    "letters": ("people.read", "", "r"),
    "letters-bulk": ("cases.make", "", "w"),
    "letter": ("people.read", "letter", "r"),
    "letter-act": ("cases.make", "letter", "w"),
    "letter-file": ("disclose", "letter_file", "r"),
    "attachment-add": ("cases.make", "", "w"),
    "attachment-open": ("disclose", "attachment", "w"),
    "attachment-void": ("cases.make", "attachment", "w"),
    "visit-new": ("cases.make", "", "w"),
    "visit-sign": ("people.read", "visit", "w"),
    "visit-amend": ("people.read", "visit", "w"),
    "handover": ("figures.read", "", "rw"),
}
OWN = (
    "reserve-fund", "reserve-request", "reserve-entry", "roster", "case", "review", "reassessment", "person",
    "account-change", "person-correct", "person-relations", "person-memberships", "person-doubles", "merger", "facility", "household", "grant", "record",
    "proposal", "decision", "decision-recompute", "letter",
)  # fmt: skip
LISTS = (
    "debts",
    "cases",
    "reviews",
    "reassessments",
    "people",
    "households",
    "grants",
    "register",
    "proposals",
    "takeover",
    "payment",
    "letters",
)


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    return make_world(accounts["county_examiner"])


def args(world: World, what: str, town: int = 0) -> list[Any]:
    place = world.places[town]
    known: dict[str, list[Any]] = {
        "": [],
        "staff": [place.decision.maker_id],
        "asked": [0],
        "indicator": ["dibao_persons"],
        "report": [world.report.pk],
        "person": [place.person.pk],
        "pair": [place.person.pk, place.person.pk],
        "organisation": [world.organisation.pk],
        "facility": [place.facility.pk],
        "account-change": [place.person.pk],
        "household": [place.household.pk],
        "event": [place.person.pk, 0],
        "account": [place.person.pk, 0],
        "case": [place.case.pk],
        "grant": [place.grant.pk],
        "run": [place.line.run_id],
        "bank_file": ["out"],
        "debt": [place.debt.pk],
        "statement": [place.household.pk],
        "register": ["cremation"],
        "record": ["cremation", place.record.pk],
        "benefit": ["dibao"],
        "month": ["2024-01"],
        "proposal": [place.proposal.pk],
        "decision": [place.decision.pk],
        "decision-recompute": [place.decision.pk],
        "taken": [world.taken.pk],
        "standard": [world.standard.pk],
        "adoption": [world.adoption.pk],
        "round": [3402231000012401],
        "review": [place.review.pk],
        "reassessment": [place.reassessment.pk],
        "appeal": [place.appeal.pk],
        "sample": [place.sample.pk],
        "draw": [place.sample.draw_id],
        "letter": [place.letter.pk],
        "letter_file": [place.letter.pk, "docx"],
        "attachment": [place.attachment.pk],
        "visit": [place.visit.pk],
        "reserve-fund": [place.reserves.fund.pk],
        "reserve-request": [place.reserves.asked.pk],
        "reserve-entry": [place.reserves.entry.pk],
        "roster": [place.reserves.roster.pk],
    }
    return known[what]


def test_the_table_names_every_page_and_its_permission() -> None:
    declared = {p.name: p.callback for p in urlpatterns if p.name not in OPEN}
    assert set(PAGES) == set(declared)
    for name, (permission, _, methods) in PAGES.items():
        view = declared[name]
        assert view.permission == permission, name
        assert ("POST" in view.writes) == ("w" in methods), name
        assert ("GET" in view.reads) == ("r" in methods), name


@pytest.mark.parametrize("role", ROLES)
def test_every_page_for_every_role(world: World, sign_in: Any, role: str) -> None:
    client, granted = sign_in(role), ROLES[role].permissions
    for name, (permission, what, methods) in PAGES.items():
        answer = client.get(reverse(name, args=args(world, what)))
        expected = {405} if "r" not in methods else {200, 302} if permission in (None, *granted) else {403}
        assert answer.status_code in expected, (name, answer.status_code)
        if "w" in methods and permission not in (None, *granted):
            assert client.post(reverse(name, args=args(world, what))).status_code == 403, name


@pytest.mark.parametrize("what", OWN)
def test_what_lies_in_another_township_does_not_exist_for_the_clerk(world: World, sign_in: Any, what: str) -> None:
    clerk, county = sign_in("township_clerk"), sign_in("county_examiner")
    page = reverse(what, args=args(world, PAGES[what][1], 1))
    assert clerk.get(page).status_code == 404
    assert county.get(page).status_code in (200, 302)
    assert clerk.get(reverse(what, args=args(world, PAGES[what][1], 0))).status_code in (200, 302)


def links(client: Client, page: str) -> str:
    return client.get(page).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_lists_and_exports_hold_the_own_township_only(world: World, sign_in: Any, name: str) -> None:
    page = reverse(name, args=args(world, PAGES[name][1]))
    clerk, county = links(sign_in("township_clerk"), page), links(sign_in("county_examiner"), page)
    assert clerk.count("data-href") == county.count("data-href") // 2 or name == "people"
    for what, row in (("person", world.other.person), ("household", world.other.household)):
        assert f'"{reverse(what, args=[row.pk])}"' not in clerk


def test_the_menu_of_places_offers_the_own_township_only(world: World, sign_in: Any) -> None:
    page = links(sign_in("township_clerk"), reverse("grants"))
    assert 'value="340223100"' in page
    assert 'value="340223101"' not in page


def test_an_area_below_the_county_sees_no_county_totals(world: World, sign_in: Any) -> None:
    run = reverse("payment", args=[world.mine.line.run_id])
    assert "run.total" not in links(sign_in("township_clerk"), run)
    assert links(sign_in("township_clerk"), reverse("payments")).count("金额（元）") == 0
    assert links(sign_in("county_examiner"), reverse("payments")).count("金额（元）") == 1


def test_names_are_masked_and_means_hidden_for_the_leader(world: World, sign_in: Any) -> None:
    page = links(sign_in("leader"), reverse("household", args=[world.mine.household.pk]))
    assert "张三" not in page
    assert "张*" in page
    assert "9,600.00" not in page
    assert "9,600.00" in links(sign_in("auditor"), reverse("household", args=[world.mine.household.pk]))
