"""Grants in force and debts as a load states them, made in batches that find what its list has made already."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.cycle.loading.writing import Progress
from nuanxin.kernel.grants.selectors import taken_over_rows
from nuanxin.kernel.grants.services import award_grants
from nuanxin.kernel.grants.values import Award, Covered
from nuanxin.kernel.payments.services import book_debts
from nuanxin.kernel.payments.services.dues import Debt
from nuanxin.kernel.registry.selectors import account_ids_of, matching
from nuanxin.kernel.registry.selectors.money import homes_of_households

BATCH = 1500


class Stated(NamedTuple):
    """One component of a grant as stated: `place` is the row, counted on over several files."""

    benefit: str
    subject: str
    household: str
    home_id: int | None
    person_id: int | None
    home: str | None
    place: int
    start: dt.date
    account: str
    component: str
    fen: int


class GrantWriter:
    """Writes the grants and debts of a load whose people, households and accounts are registered."""

    def __init__(self, staging: Staging, change: Change, list_id: int, progress: Progress) -> None:
        self.staging, self.change, self.list_id, self.progress = staging, change, list_id, progress
        self.county, self.month = staging.terms.county, staging.terms.month

    def write(self) -> None:
        """Make the grants that the list has not made, then the debts."""
        self._accounts()
        self._grants()
        self._debts()

    def _accounts(self) -> None:
        """Know each account by number, and each person's own: of the list the first, else the registered one."""
        numbers = [number for (number,) in self.staging.rows(
            "select number from t_accounts union select account from t_grants"
        ) if number]  # fmt: skip
        held = list(matching.account_holders(numbers))
        self.numbers = {number: pk for number, pk, _, _ in held}
        ids = [pk for (pk,) in self.staging.rows(
            "select distinct p.id from (select pid from m_grants union select pid from m_debts union "
            "select pid from counted) join person_id p using (pid)"
        )]  # fmt: skip
        self.own = account_ids_of(ids, self.staging.terms.today)
        stated = self.staging.rows(
            "select p.id, m.number from m_accounts m join person_id p using (pid) order by m.file desc, m.row desc"
        )
        self.own.update({person: self.numbers[number] for person, number in stated if number in self.numbers})

    def _grants(self) -> None:
        done = taken_over_rows(self.list_id)
        rows = [Stated(*row) for row in self.staging.rows(
            "select s.benefit_v, s.subject, s.household, h.id, p.id, p.division, s.place, s.start_v, s.account, "
            "s.part, s.stated from stated_grant s left join person_id p using (pid) left join home_id h on "
            "h.household = nullif(s.household, '') "
            "where (s.benefit_v, s.subject) not in (select benefit_v, subject from passed) order by s.place"
        )]  # fmt: skip
        groups: dict[tuple[str, str], list[Stated]] = defaultdict(list)
        for row in rows:
            groups[row.benefit, row.subject].append(row)
        left = [group for group in groups.values() if group[0].place not in done]
        self._members(left)
        for start in range(0, len(left), BATCH):
            self.progress("待遇", start, len(left))
            awards = [self._award(group) for group in left[start : start + BATCH]]
            award_grants(change=self.change, awards=awards)

    def _members(self, groups: Sequence[Sequence[Stated]]) -> None:
        """Know the counted members of each household, and who heads it; and where the households are."""
        self.members: dict[str, list[int]] = defaultdict(list)
        for household, person in self.staging.rows(
            "select c.household, p.id from counted c join person_id p using (pid) union "
            "select c.household, c.pid from counted c where c.pid > 0"
        ):
            self.members[household].append(person)
        self.heads = dict(self.staging.rows(
            "select m.household, p.id from m_members m join person_id p using (pid) where m.role_v = 'head' and "
            f"(m.until_v is null or m.until_v > date '{self.staging.terms.as_of}') union "
            "select household, pid from counted where role = 'head' and pid > 0"
        ))  # fmt: skip
        self.homes = homes_of_households([group[0].home_id for group in groups if group[0].home_id is not None])

    def _award(self, rows: Sequence[Stated]) -> Award:
        first = rows[0]
        rule = self.staging.terms.rules[first.benefit]
        unit = rule.pays == "household"
        persons = sorted(self.members[first.household]) if unit else [first.person_id or 0]
        receiver = self.heads.get(first.household, 0) if unit else persons[0]
        home = self.homes[first.home_id or 0] if unit else first.home or ""
        return Award(
            county=self.county,
            township=home[:9],
            division=home,
            benefit=first.benefit,
            pays=rule.pays,
            from_date=month_of(first.start),
            persons=split_shares(persons, [(row.component, row.fen) for row in rows if row.fen]),
            basis="takeover",
            person_id=None if unit else persons[0],
            household_id=first.home_id if unit else None,
            payee_id=self.numbers[first.account] if first.account else self.own.get(receiver),
            takeover_list_id=self.list_id,
            takeover_row=first.place,
            booked_from=self.month,
        )

    def _debts(self) -> None:
        rows = self.staging.rows(
            "select m.benefit_v, p.division, p.id, m.kind_v, m.month_v, m.fen_v, m.note from m_debts m "
            "join person_id p using (pid) order by m.file, m.row"
        )
        debts = [
            Debt(
                benefit=benefit,
                component=(self.staging.terms.rules[benefit].components or ("amount",))[0],
                township=home[:9],
                person_id=person,
                kind=kind,
                month=month,
                amount_fen=fen,
                account_id=self.own.get(person),
                note=note,
            )
            for benefit, home, person, kind, month, fen, note in rows
        ]
        if debts:
            book_debts(county=self.county, booked=add_months(self.month, 1), change=self.change, debts=debts)


def split_shares(persons: Sequence[int], amounts: Sequence[tuple[str, int]]) -> tuple[Covered, ...]:
    """Split each component equally over the persons in whole fen, the rest to the smallest id; sums stay exact."""
    shares: dict[int, list[tuple[str, int]]] = defaultdict(list)
    ordered = sorted(persons)
    for component, fen in amounts:
        part, rest = divmod(fen, len(ordered))
        for place, person in enumerate(ordered):
            amount = part + (rest if place == 0 else 0)
            if amount:
                shares[person].append((component, amount))
    return tuple(Covered(person, tuple(shares[person])) for person in ordered)
