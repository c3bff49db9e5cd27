"""Staff at their desks in a month county: cases moved by those whose turn it is."""

import datetime as dt
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.selectors import case_by_id
from nuanxin.kernel.casework.services import accept_application, close_due_notices, move_case, open_case
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.grants.models import Grant
from nuanxin.kernel.registry.models import Household, Person
from nuanxin.kernel.work.services import record_visit, sign_visit
from tests.factories.county import COUNTY, OTHER_TOWNSHIP, TOWNSHIP
from tests.factories.month import MonthCounty

PATH = "34.3402.340223"
ACT = dt.date(2026, 7, 1)


def visited(case: Case, one: Account, other: Account) -> None:
    """Let two people visit the household of a case and sign."""
    visit = record_visit(
        author=author_of(one), owner=("case", case.pk), county=case.county, division=case.handled_in_id,
        household_id=case.household_id, on=clock.today(), first_id=one.pk, second_id=other.pk,
        findings="家中两人，无收入来源", present="本人",
    )  # fmt: skip
    for account in (one, other):
        sign_visit(account=account, visit_id=visit.pk)


class Desk:
    """Two clerks of a township, one of the next, a township leader, an examiner and a chief of the county."""

    def __init__(self, county: MonthCounty) -> None:
        self.county = county
        self.clerk = county.account("township_clerk", area=f"{PATH}.{TOWNSHIP}")
        self.colleague = county.account("township_clerk", area=f"{PATH}.{TOWNSHIP}")
        self.other_clerk = county.account("township_clerk", area=f"{PATH}.{OTHER_TOWNSHIP}")
        self.leader = county.account("township_leader", area=f"{PATH}.{TOWNSHIP}")
        self.examiner, self.chief = county.maker, county.checker

    @property
    def today(self) -> dt.date:
        return clock.today()

    def day(self, date: dt.date) -> None:
        """Let another day come."""
        clock.move_to(date)

    def home(self, people: int = 2, fen: int = 40000) -> tuple[Household, list[Person]]:
        """Register a household that the rules find poor."""
        members = [self.county.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(people)]
        home = self.county.household(*members)
        self.county.receipts.household("dibao", home.pk, {one.pk: {"basic": fen} for one in members})
        return home, members

    def apply_for_dibao(self, people: int = 2, **more: Any) -> Case:
        """Let a poor household apply at its township's counter."""
        home, members = self.home(people)
        given = {"account": self.clerk, "accepted_in": TOWNSHIP, "payee_id": self.county.payee(members[0])} | more
        return accept_application(benefit="dibao", person_id=members[0].pk, household_id=home.pk, **given)

    def apply(self, benefit: str, person: Person, **more: Any) -> Case:
        """Let a person apply at the township's counter."""
        given = {"account": self.clerk, "accepted_in": TOWNSHIP, "payee_id": self.county.payee(person)} | more
        return accept_application(benefit=benefit, person_id=person.pk, **given)

    def move(self, case: Case, move: str, account: Account | None = None, note: str = "", **data: Any) -> Case:
        """Make a move on the newest version of a case."""
        fresh = case_by_id(case.pk)
        return move_case(
            account=account or self.clerk, case_id=case.pk, version=fresh.version, move=move, note=note, data=data
        )

    def visit(self, case: Case, first: Account | None = None, second: Account | None = None) -> None:
        """Let two people go there and sign."""
        visited(case, first or self.clerk, second or self.colleague)

    def publish(self, case: Case) -> Case:
        """Take an application to its public notice."""
        self.move(case, "start_check")
        self.visit(case)
        return self.move(case, "publish")

    def end_notice(self, case: Case) -> Case:
        """Let the notice hang its full days and the clock take it down."""
        self.day(case.notices.get(closed_on=None).last_day + dt.timedelta(days=1))
        assert close_due_notices(county=COUNTY, on=self.today) == 1
        return case_by_id(case.pk)

    def grant_dibao(self, people: int = 2) -> tuple[Case, Grant]:
        """Take a household's application all the way."""
        case = self.publish(self.apply_for_dibao(people))
        self.end_notice(case)
        self.move(case, "agree", self.examiner)
        case = self.move(case, "approve", self.chief)
        return case, Grant.objects.get(household_id=case.household_id)

    def open(self, kind: str, grant: Grant, cause: str = "income", **more: Any) -> Case:
        """Open a case about a grant."""
        return open_case(
            author=author_of(self.clerk), county=COUNTY, kind=kind, benefit=grant.benefit, person_id=grant.person_id,
            household_id=grant.household_id, grant_id=grant.pk, cause=cause, opened_on=self.today, **more,
        )  # fmt: skip

    def rich(self, case_or_grant: Case | Grant) -> None:
        """Let the rules find a household of dibao no longer eligible."""
        self.county.receipts.household("dibao", case_or_grant.household_id, {}, granted=False, amount_fen=0)
