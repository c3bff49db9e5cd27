"""A handful of people, grants and payments written straight into the tables, for tests of what reads them."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import count

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_end
from nuanxin.kernel.cycle.models import MonthRun, MonthStep
from nuanxin.kernel.cycle.selectors import STEPS
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.payments.models import Due, Line, PaymentRun
from nuanxin.kernel.registry.models import Circumstance, Division, Household, LifeEvent, Person

COUNTY = "340223"
TOWNSHIPS = ("340223100", "340223101")
COMPONENTS = {"tekun": "basic"}
NOON = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)


def month(number: int, year: int = 2024) -> dt.date:
    """Return the first day of a month of 2024."""
    return dt.date(year, number, 1)


@dataclass
class Walk:
    """One county with two townships, and verbs that put rows into it."""

    county: str = COUNTY
    change: Change = field(init=False)
    villages: list[Division] = field(default_factory=list)
    numbers: count = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
        parent = None
        for code, level in (("34", "province"), ("3402", "city"), (self.county, "county")):
            parent = self._division(code, level, parent)
        for code in TOWNSHIPS:
            town = self._division(code, "township", parent)
            self.villages.append(self._division(f"{code}001", "village", town))

    def _division(self, code: str, level: str, parent: Division | None) -> Division:
        path = f"{parent.path}.{code}" if parent else code
        values = {"name": f"地区{code}", "level": level, "parent": parent, "path": path, "source": "tests"}
        return Division.objects.get_or_create(code=code, defaults=values)[0]

    def account(self, role: str = "leader", area: str = "34.3402.340223") -> Account:
        name = f"{role}{next(self.numbers)}"
        return Account.objects.create(username=name, role=role, area=area, display_name="王某", title="测试")

    def person(self, town: int = 0, birth: dt.date = dt.date(1940, 1, 1)) -> Person:
        return Person.objects.create(
            county=self.county, division=self.villages[town], name="张三", sex=1, birth=birth, change=self.change
        )

    def household(self, town: int = 0) -> Household:
        return Household.objects.create(county=self.county, division=self.villages[town], change=self.change)

    def circumstance(self, person: Person, kind: str, **values: object) -> Circumstance:
        row = {"valid_from": dt.date(2020, 1, 1), "recorded_at": NOON, "standing": "verified", "source": "评估表"}
        return Circumstance.objects.create(
            county=self.county, person=person, kind=kind, change=self.change, **(row | values)
        )

    def grant(
        self,
        benefit: str,
        *people: Person,
        start: dt.date,
        end: dt.date | None = None,
        town: int = 0,
        fen: int = 5000,
        household: Household | None = None,
    ) -> Grant:
        """Award a grant with coverage and one share for each of the people."""
        place = {"county": self.county, "township": TOWNSHIPS[town], "benefit": benefit, "change": self.change}
        dates = {"from_date": start, "to_date": end, "booked_from": start, "booked_to": end}
        subject = (
            {"household": household, "pays": "household"} if household else {"person": people[0], "pays": "person"}
        )
        grant = Grant.objects.create(division=self.villages[town], basis="decision", **place, **dates, **subject)
        for person in people:
            coverage = Coverage.objects.create(grant=grant, person=person, **place, **dates)
            Share.objects.create(
                coverage=coverage,
                component="main",
                amount_fen=fen,
                from_date=start,
                recorded_at=NOON,
                change=self.change,
            )
        return grant

    def end(self, grant: Grant, on: dt.date) -> None:
        """End a grant and its coverage from a month on."""
        for rows in (Grant.objects.filter(pk=grant.pk), grant.coverages.filter(to_date=None)):
            rows.update(to_date=on, booked_to=on)

    def pay(self, grant: Grant, at: dt.date, paid: bool = True) -> list[Line]:
        """Make the month's dues of a grant and a line for each covered person."""
        run, _ = PaymentRun.objects.get_or_create(
            batch_no=f"{grant.benefit}-{at:%Y%m}",
            defaults={
                "county": self.county,
                "benefit": grant.benefit,
                "pay_month": at,
                "number": 1,
                "state": "returned",
                "change": self.change,
            },
        )
        return [self._line(run, grant, coverage, at, paid) for coverage in grant.coverages.order_by("id")]

    def _line(self, run: PaymentRun, grant: Grant, coverage: Coverage, at: dt.date, paid: bool) -> Line:
        place = {"county": self.county, "township": coverage.township, "benefit": grant.benefit}
        share = coverage.shares.get()
        money = {"person": coverage.person, "household": grant.household, "amount_fen": share.amount_fen}
        done = {"state": "paid", "paid_month": at, "paid_on": month_end(at)} if paid else {"state": "failed"}
        line = Line.objects.create(run=run, seq=next(self.numbers), **place, **money, **done)
        kind = "event" if grant.benefit in ("linshi_jiuzhu", "huimin_binzang") else "regular"
        when = {"entitlement_month": at, "booked_month": at, "state": "live", "kind": kind, "component": "main"}
        Due.objects.create(
            grant=grant, line=line, decision_id=grant.decision_id, change=self.change, **place, **money, **when
        )
        return line

    def death(self, person: Person, at: dt.date, town: int = 0, state: str = "confirmed") -> LifeEvent:
        return LifeEvent.objects.create(
            county=self.county,
            kind="death",
            person=person,
            on=at,
            state=state,
            source="测试",
            township=TOWNSHIPS[town],
            booked_month=at,
            change=self.change,
        )

    def months(self, first: int, last: int, *, undone: str = "") -> None:
        """Say that the months' runs are through, but for one step if named."""
        for number in range(first, last + 1):
            run = MonthRun.objects.create(county=self.county, month=month(number), change=self.change)
            MonthStep.objects.bulk_create(MonthStep(run=run, name=n, state="done") for n in STEPS if n != undone)


def opening_stock(walk: Walk) -> dict[str, Grant]:
    """Put in what stood before 2024: two dibao households, a pensioner of the village, a person on tekun in a home."""
    start = add_months(month(1), -12)
    couple = [walk.person(), walk.person()]
    single, old, cared = walk.person(town=1), walk.person(birth=dt.date(1930, 5, 1)), walk.person(town=1)
    walk.circumstance(cared, "self_care", level=4)
    walk.circumstance(cared, "residence_care", code="central")
    return {
        "couple": walk.grant("dibao", *couple, start=start, household=walk.household(), fen=40000),
        "single": walk.grant("dibao", single, start=start, household=walk.household(1), town=1, fen=60000),
        "old": walk.grant("gaoling_jintie", old, start=start, fen=10000),
        "cared": walk.grant("tekun", cared, start=start, town=1, fen=130000),
    }
