"""Staff at their desks in a month county: cases moved by those whose turn it is."""

import datetime as dt
from typing import Any

from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.selectors import case_by_id
from nuanxin.kernel.casework.services import accept_application, move_case
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.models import Household, Person
from tests.factories.county import OTHER_TOWNSHIP, TOWNSHIP
from tests.factories.month import MonthCounty

PATH = "34.3402.340223"


class Desk:
    """A township clerk, another of the next township, an examiner and a chief of the county."""

    def __init__(self, county: MonthCounty) -> None:
        self.county = county
        self.clerk = county.account("township_clerk", area=f"{PATH}.{TOWNSHIP}")
        self.colleague = county.account("township_clerk", area=f"{PATH}.{TOWNSHIP}")
        self.other_clerk = county.account("township_clerk", area=f"{PATH}.{OTHER_TOWNSHIP}")
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

    def apply_for_dibao(self, **more: Any) -> Case:
        """Let a poor household apply at its township's counter."""
        home, members = self.home()
        given = {"account": self.clerk, "accepted_in": TOWNSHIP, "payee_id": self.county.payee(members[0])} | more
        return accept_application(benefit="dibao", person_id=members[0].pk, household_id=home.pk, **given)

    def move(self, case: Case, move: str, account: Any = None, note: str = "", **data: Any) -> Case:
        """Make a move on the newest version of a case."""
        fresh = case_by_id(case.pk)
        return move_case(
            account=account or self.clerk, case_id=case.pk, version=fresh.version, move=move, note=note, data=data
        )

    def visit(self, case: Case, first: Any = None, second: Any = None) -> None:
        """Let two people go there and sign."""
        from nuanxin.kernel.core.changes import author_of
        from nuanxin.kernel.work.services import record_visit, sign_visit

        one, other = first or self.clerk, second or self.colleague
        visit = record_visit(
            author=author_of(one), owner=("case", case.pk), county=case.county, division=case.handled_in_id,
            household_id=case.household_id, on=self.today, first_id=one.pk, second_id=other.pk,
            findings="家中两人，无收入来源", present="本人",
        )  # fmt: skip
        for account in (one, other):
            sign_visit(account=account, visit_id=visit.pk)
