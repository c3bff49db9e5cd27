"""The bureau's own list as of 31 December 2023: households, members, grants in force and accounts, as one workbook."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from nuanxin.demo.accounts import account_of
from nuanxin.demo.plan import OPENING
from nuanxin.demo.workbook import write_workbook
from nuanxin.demo.world import World
from nuanxin.kernel.registry.enums import MemberRole

Amount = Callable[[str, int], dict[str, int]]
Row = tuple[Any, ...]
HEADERS = {
    "家庭": ["家庭编号", "村(社区)代码", "地址"],
    "成员": ["家庭编号", "身份证号", "姓名", "与户主关系", "是否计入", "不计入原因"],
    "待遇": ["待遇", "家庭编号", "身份证号", "姓名", "村(社区)代码", "构成", "月金额", "开始日期", "收款账号"],
    "账户": ["身份证号", "银行代码", "账号"],
    "欠款": ["身份证号", "待遇", "种类", "所属月份", "金额", "说明"],
}


class TakeoverList:
    """Gathers the rows of the workbook, benefit by benefit and within each village by village, as ledgers are kept.

    `amount_of` gives the fen a month by component of a benefit and subject id.
    """

    def __init__(self, world: World, amount_of: Amount) -> None:
        """Use a source of its own for start dates and planted differences, so that the county stays the same."""
        self.world, self.amount_of = world, amount_of
        self.rng = Random(world.seed + 17)
        self.planted: list[dict[str, Any]] = []
        self.paid = sorted(world.county.paid_before, key=world.person_id)

    def rows(self) -> dict[str, list[Row]]:
        """Return the rows of each sheet."""
        households = list(self._households())
        grants = [*self._household_grants(households), *self._person_grants()]
        debts = self._debts(households)
        return {
            "家庭": [self._household_row(h) for _, h in households],
            "成员": [row for _, h in households for row in self._member_rows(h)],
            "待遇": grants,
            "账户": [self._account_row(position) for position in self.paid],
            "欠款": debts,
        }

    def _households(self) -> Iterator[tuple[str, int]]:
        for benefit, households in self.world.county.households_before.items():
            yield from ((benefit, household) for household in sorted(households, key=self.world.household_id))

    def _number(self, household: int) -> str:
        return f"D{self.world.household_id(household):07d}"

    def _household_row(self, household: int) -> Row:
        table_row = self.world.household_id(household)
        village = self.world.numbered.village[household]
        return self._number(household), village, f"{table_row % 40 + 1}组{table_row % 97 + 1}号"

    def _member_rows(self, household: int) -> Iterator[Row]:
        roll, numbered = self.world.county.roll, self.world.numbered
        for position in roll.members(household):
            role = MemberRole(roll.role[position]).label
            yield self._number(household), numbered.citizen_ids[position], numbered.names[position], role, "是", ""

    def _household_grants(self, households: list[tuple[str, int]]) -> Iterator[Row]:
        for benefit, household in households:
            subject = self.world.household_id(household)
            village = self.world.numbered.village[household]
            if benefit == "dibao_bianyuan":
                yield benefit, self._number(household), "", "", village, "", 0, self._start(), ""
                continue
            head = self.world.county.head(household)
            account = self._account(head)
            start = self._start()
            for component, fen in self._stated(benefit, subject).items():
                yield benefit, self._number(household), "", "", village, component, fen / 100, start, account

    def _person_grants(self) -> Iterator[Row]:
        for benefit, positions in self.world.county.persons_before.items():
            for position in sorted(positions, key=self.world.person_id):
                yield from self._person_rows(benefit, position)

    def _person_rows(self, benefit: str, position: int) -> Iterator[Row]:
        numbered = self.world.numbered
        village = numbered.village[self.world.county.roll.household[position]]
        start = self._eightieth(position) if benefit == "gaoling_jintie" else self._start_of(position)
        account = self._account(position)
        who = "", numbered.citizen_ids[position], numbered.names[position], village
        for component, fen in self._stated(benefit, self.world.person_id(position)).items():
            yield benefit, *who, component, fen / 100, start, account

    def _stated(self, benefit: str, subject: int) -> dict[str, int]:
        """Return the amounts the list states: what the rules say, but for one in a hundred of dibao and tekun."""
        amounts = {name: fen for name, fen in self.amount_of(benefit, subject).items() if fen}
        planting = self.rng.random() < 0.01 or not self.planted  # at least one, in however small a county
        if benefit in ("dibao", "tekun") and amounts and planting:
            first = next(iter(amounts))
            stated = max(1000, amounts[first] + self.rng.choice((-6000, -3000, -1000, 1000, 4000)))
            if stated != amounts[first]:
                row = {"benefit": benefit, "subject_id": subject, "component": first}
                self.planted.append({**row, "stated_fen": stated, "assessed_fen": amounts[first]})
                amounts[first] = stated
        return amounts

    def _start(self) -> str:
        return dt.date(self.rng.randint(2019, 2023), self.rng.randint(1, 11), 1).isoformat()

    def _start_of(self, position: int) -> str:
        """Return a start that is not before the month of birth: children get the disability subsidies, too."""
        born = dt.date.fromordinal(self.world.county.roll.birth[position])
        return max(self._start(), born.replace(day=1).isoformat())

    def _eightieth(self, position: int) -> str:
        """Return the first of the month after the 80th birthday, or of 2014 for those who were 80 before."""
        born = dt.date.fromordinal(self.world.county.roll.birth[position])
        month = born.month % 12 + 1
        start = dt.date(born.year + 80 + (born.month == 12), month, 1)
        return min(max(start, dt.date(2014, 1, 1)), OPENING.replace(day=1)).isoformat()

    def _account(self, position: int) -> str:
        return account_of(self.world.person_id(position))[1]

    def _account_row(self, position: int) -> Row:
        return self.world.numbered.citizen_ids[position], *account_of(self.world.person_id(position))

    def _debts(self, households: list[tuple[str, int]]) -> list[Row]:
        """A few months still owed to households on dibao."""
        numbered, rows = self.world.numbered, []
        owed = [h for benefit, h in households if benefit == "dibao"]
        for household in self.rng.sample(owed, min(len(owed), self.world.county.plan.part(24))):
            head = self.world.county.head(household)
            month = self.rng.choice(("2023-10", "2023-11", "2023-12"))
            why = "账户退票待补发"
            rows.append((numbered.citizen_ids[head], "dibao", "欠发", month, self.rng.randint(20, 60) * 10, why))
        return rows


def write_takeover_list(path: Path, sheets: dict[str, list[Row]]) -> None:
    """Write the workbook; numbers of people and accounts are text."""
    write_workbook(path, {name: [tuple(headers), *sheets[name]] for name, headers in HEADERS.items()})
