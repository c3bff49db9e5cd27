"""Loading a signed list: people, households, accounts, grants, debts; in batches that find what is loaded already."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa
from django.db import transaction

from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.identifiers import citizen_birth, citizen_is_male
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.cycle.takeover.check import Ledger
from nuanxin.kernel.cycle.takeover.rows import Book, GrantRow, HouseholdRow
from nuanxin.kernel.grants.selectors import taken_over_rows
from nuanxin.kernel.grants.services import award_grants
from nuanxin.kernel.grants.values import Award, Covered
from nuanxin.kernel.payments.services import book_debts
from nuanxin.kernel.payments.services.dues import Debt
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.selectors.money import accounts_by_numbers, homes_of, households_of

BATCH = 1500


class Loader:
    """Writes what a checked list states; called again after a kill it goes on with what is missing."""

    def __init__(
        self, *, county: str, as_of: dt.date, list_id: int, change: Change, rules: Mapping[str, BenefitRule]
    ) -> None:
        self.county, self.as_of, self.list_id, self.change, self.rules = county, as_of, list_id, change, rules

    def load(self, book: Book, ledger: Ledger) -> int:
        """Load everything and return the number of grants of the list."""
        self._people(book, ledger)
        self._households(book, ledger)
        accounts = self._accounts(book, ledger)
        made = self._grants(book, ledger, accounts)
        self._debts(book, ledger, accounts)
        return made

    def _people(self, book: Book, ledger: Ledger) -> None:
        """Register those whom nobody knows: name and village as stated, sex and birth from the number."""
        villages = {row.number: row.division for row in book.households}
        stated = {row.citizen_id: (row.name, row.division) for row in book.grants if row.citizen_id and row.division}
        stated |= {row.citizen_id: (row.name, villages[row.household]) for row in book.members}
        missing = [(number, *who) for number, who in sorted(stated.items()) if number not in ledger.persons]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            table = pa.table(
                {
                    "county": [self.county] * len(part),
                    "division": [village for _, _, village in part],
                    "name": [name for _, name, _ in part],
                    "sex": [1 if citizen_is_male(number) else 2 for number, _, _ in part],
                    "birth": pa.array([citizen_birth(number) for number, _, _ in part], pa.date32()),
                    "citizen_id": [number for number, _, _ in part],
                }
            )
            ids = registry.load_people(change=self.change, table=table).to_pylist()
            ledger.persons.update(zip((number for number, _, _ in part), ids, strict=True))
            ledger.homes.update(zip(ids, (village for _, _, village in part), strict=True))

    def _households(self, book: Book, ledger: Ledger) -> None:
        """Open the households nobody has, and let members without a household join; each batch whole or not at all."""
        rows = [row for row in book.households if row.number in ledger.members]
        for start in range(0, len(rows), BATCH):
            with transaction.atomic():
                self._open_households(
                    [r for r in rows[start : start + BATCH] if r.number not in ledger.households], ledger
                )
                self._join(rows[start : start + BATCH], ledger)

    def _open_households(self, rows: Sequence[HouseholdRow], ledger: Ledger) -> None:
        if not rows:
            return
        table = pa.table(
            {
                "county": [self.county] * len(rows),
                "division": [row.division for row in rows],
                "address": [row.address for row in rows],
                "opened": pa.array([month_of(self.as_of)] * len(rows), pa.date32()),
            }
        )
        ids = registry.load_households(change=self.change, table=table).to_pylist()
        ledger.households.update(zip((row.number for row in rows), ids, strict=True))

    def _join(self, rows: Sequence[HouseholdRow], ledger: Ledger) -> None:
        members = [member for row in rows for member in ledger.members[row.number]]
        housed = households_of([ledger.persons[member.citizen_id] for member in members], self.as_of)
        joining = [member for member in members if ledger.persons[member.citizen_id] not in housed]
        if not joining:
            return
        table = pa.table(
            {
                "household_id": pa.array([ledger.households[one.household] for one in joining], pa.int64()),
                "person_id": pa.array([ledger.persons[one.citizen_id] for one in joining], pa.int64()),
                "role": [one.role for one in joining],
                "valid_from": pa.array([month_of(self.as_of)] * len(joining), pa.date32()),
                "counted": [one.counted for one in joining],
                "exclusion_reason": [one.reason for one in joining],
            }
        )
        registry.load_memberships(change=self.change, table=table)

    def _accounts(self, book: Book, ledger: Ledger) -> dict[str, int]:
        """Return the accounts by number, adding those the registry lacks."""
        known = accounts_by_numbers(row.number for row in book.accounts)
        found = {number: pk for (_, number), pk in known.items()}
        missing = [row for row in book.accounts if (ledger.persons[row.citizen_id], row.number) not in known]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            table = pa.table(
                {
                    "county": [self.county] * len(part),
                    "holder_id": pa.array([ledger.persons[row.citizen_id] for row in part], pa.int64()),
                    "bank_code": [row.bank_code for row in part],
                    "number": [row.number for row in part],
                }
            )
            ids = registry.load_accounts(change=self.change, table=table).to_pylist()
            found.update(zip((row.number for row in part), ids, strict=True))
        return found

    def _grants(self, book: Book, ledger: Ledger, accounts: dict[str, int]) -> int:
        done = taken_over_rows(self.list_id)
        own = self._own_accounts(book, ledger, accounts)
        units = {row.number: row.division for row in book.households}
        self.homes = {**homes_of(ledger.persons.values()), **ledger.homes}
        groups = [rows for rows in ledger.grants.values() if rows[0].row not in done]
        for start in range(0, len(groups), BATCH):
            awards = [self._award(rows, ledger, accounts, own, units) for rows in groups[start : start + BATCH]]
            award_grants(change=self.change, awards=awards)
        return len(ledger.grants)

    def _own_accounts(self, book: Book, ledger: Ledger, accounts: dict[str, int]) -> dict[int, int]:
        own: dict[int, int] = {}
        for row in book.accounts:
            own.setdefault(ledger.persons[row.citizen_id], accounts[row.number])
        return own

    def _award(
        self,
        rows: list[GrantRow],
        ledger: Ledger,
        accounts: dict[str, int],
        own: dict[int, int],
        units: dict[str, str],
    ) -> Award:
        first, unit = rows[0], bool(rows[0].household)
        persons = self._persons(first, ledger)
        receiver = self._head(first, ledger) if unit else persons[0]
        home = units[first.household] if unit else self.homes[persons[0]]
        return Award(
            county=self.county,
            township=home[:9],
            division=home,
            benefit=first.benefit,
            pays=self.rules[first.benefit].pays,
            from_date=first.start,
            persons=split_shares(persons, [(row.component, row.fen) for row in rows if row.fen]),
            basis="takeover",
            person_id=None if unit else persons[0],
            household_id=ledger.households[first.household] if unit else None,
            payee_id=accounts[first.account] if first.account else own.get(receiver),
            takeover_list_id=self.list_id,
            takeover_row=first.row,
            booked_from=month_of(self.as_of),
        )

    def _persons(self, row: GrantRow, ledger: Ledger) -> list[int]:
        if not row.household:
            return [ledger.persons[row.citizen_id]]
        return sorted(ledger.persons[one.citizen_id] for one in ledger.members[row.household] if one.counted)

    def _head(self, row: GrantRow, ledger: Ledger) -> int:
        return next(ledger.persons[one.citizen_id] for one in ledger.members[row.household] if one.role == "head")

    def _debts(self, book: Book, ledger: Ledger, accounts: dict[str, int]) -> None:
        own = self._own_accounts(book, ledger, accounts)
        debts = [
            Debt(
                benefit=row.benefit,
                component=(self.rules[row.benefit].components or ("amount",))[0],
                township=self.homes[ledger.persons[row.citizen_id]][:9],
                person_id=ledger.persons[row.citizen_id],
                kind=row.kind,
                month=row.month,
                amount_fen=row.fen,
                account_id=own.get(ledger.persons[row.citizen_id]),
                note=row.note,
            )
            for row in book.debts
        ]
        book_debts(county=self.county, booked=add_months(month_of(self.as_of), 1), change=self.change, debts=debts)


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
