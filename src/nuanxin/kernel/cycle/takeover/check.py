"""Holding the rows against each other and the registry: doubles, unknown villages, torn households, the dead."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.cycle.takeover.rows import Book, GrantRow, MemberRow
from nuanxin.kernel.grants.selectors import covered_persons, open_subjects
from nuanxin.kernel.registry.selectors import division_names, holders_of
from nuanxin.kernel.registry.selectors.money import deaths_of, homes_of, households_of

T = TypeVar("T")


@dataclass
class Ledger:
    """What the registry knows of a list: persons by number, their homes and households; the grants in groups."""

    persons: dict[str, int] = field(default_factory=dict)
    homes: dict[int, str] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    members: dict[str, list[MemberRow]] = field(default_factory=dict)
    grants: dict[tuple[str, str], list[GrantRow]] = field(default_factory=dict)


def check_book(
    book: Book, county: str, as_of: dt.date, rules: Mapping[str, BenefitRule], *, own: bool = False
) -> Ledger:
    """Check the whole list and return what loading needs; faults are added to the book.

    `own` is for a list being loaded: grants it made already are no doubles.
    """
    ledger = Ledger()
    ledger.members, ledger.grants = _grouped(book.members, lambda row: row.household), _grants(book)
    _check_doubles(book)
    _check_households(book, ledger)
    _check_grants(book, ledger)
    _check_accounts(book)
    _match_people(book, ledger)
    _check_villages(book, county)
    _match_households(book, ledger, as_of)
    if not own:
        _check_in_force(book, ledger, rules)
    return ledger


def _grouped(rows: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def _grants(book: Book) -> dict[tuple[str, str], list[GrantRow]]:
    found: dict[tuple[str, str], list[GrantRow]] = defaultdict(list)
    for row in book.grants:
        found[row.subject].append(row)
    return dict(found)


def _doubled(
    book: Book, sheet: str, column: str, rows: Iterable[T], key: Callable[[T], Hashable], message: str
) -> None:
    first: dict[Hashable, int] = {}
    for row in rows:
        number: int = row.row  # type: ignore[attr-defined]
        if (at := first.setdefault(key(row), number)) != number:
            book.add_fault(sheet, number, column, f"{message}(与第 {at} 行)，请删去一行。")


def _check_doubles(book: Book) -> None:
    _doubled(book, "家庭", "家庭编号", book.households, lambda r: r.number, "家庭编号重复")
    _doubled(book, "成员", "身份证号", book.members, lambda r: r.citizen_id, "同一人出现两次")
    _doubled(book, "待遇", "待遇", book.grants, lambda r: (r.subject, r.component), "同一对象的同一待遇重复")
    _doubled(book, "账户", "账号", book.accounts, lambda r: r.number, "同一账号出现两次")
    _doubled(
        book, "欠款", "身份证号", book.debts, lambda r: (r.citizen_id, r.benefit, r.kind, r.month), "同一笔欠款重复"
    )


def _check_households(book: Book, ledger: Ledger) -> None:
    known = {row.number for row in book.households}
    for row in book.members:
        if row.household not in known:
            book.add_fault("成员", row.row, "家庭编号", f"“家庭”表里没有编号“{row.household}”，请补上该户。")
    for household in book.households:
        heads = sum(row.role == "head" for row in ledger.members.get(household.number, []))
        if heads != 1:
            book.add_fault("家庭", household.row, "家庭编号", f"这一户有 {heads} 个户主，应为一个，请核对“成员”表。")


def _check_grants(book: Book, ledger: Ledger) -> None:
    known = {row.number for row in book.households}
    for rows in ledger.grants.values():
        first = rows[0]
        if first.household and first.household not in known:
            book.add_fault("待遇", first.row, "家庭编号", f"“家庭”表里没有编号“{first.household}”，请补上该户。")
        elif first.household and not any(row.counted for row in ledger.members.get(first.household, [])):
            book.add_fault("待遇", first.row, "家庭编号", "这一户没有计入的成员，请核对“成员”表。")
        for row in rows[1:]:
            if (row.start, row.account) != (first.start, first.account):
                book.add_fault("待遇", row.row, "开始日期", f"与第 {first.row} 行是同一待遇，开始日期和账号应一致。")


def _check_accounts(book: Book) -> None:
    numbers = {row.number for row in book.accounts}
    for row in book.grants:
        if row.account and row.account not in numbers:
            book.add_fault("待遇", row.row, "收款账号", "“账户”表里没有这个账号，请补上。")


def _match_people(book: Book, ledger: Ledger) -> None:
    """Find everybody by number; shared numbers, dead people and people nobody can create are faults."""
    places = _places(book)
    holders = holders_of(places)
    dead = deaths_of(sorted({pk for ids in holders.values() for pk in ids}))
    for number, ids in holders.items():
        ledger.persons[number] = ids[0]
        if len(ids) > 1:
            book.add_fault(*places[number], f"这个号码登记在 {len(ids)} 个人名下，请先订正居民档案。")
        elif ids[0] in dead:
            book.add_fault(*places[number], f"此人已于 {dead[ids[0]].isoformat()} 死亡，请核对后删去。")
    named = {row.citizen_id for row in book.members}
    named |= {row.citizen_id for row in book.grants if row.citizen_id and row.name and row.division}
    for number, place in places.items():
        if number not in holders and number not in named:
            book.add_fault(*place, "居民档案里没有此人，请补填姓名和村(社区)代码。")
    ledger.homes = homes_of(ledger.persons.values())


def _places(book: Book) -> dict[str, tuple[str, int, str]]:
    """Return where each number stands first."""
    places: dict[str, tuple[str, int, str]] = {}
    sheets: tuple[tuple[str, Iterable[object]], ...] = (
        ("成员", book.members),
        ("待遇", book.grants),
        ("账户", book.accounts),
        ("欠款", book.debts),
    )
    for sheet, rows in sheets:
        for row in rows:
            number = str(getattr(row, "citizen_id", ""))
            if number:
                places.setdefault(number, (sheet, int(getattr(row, "row", 0)), "身份证号"))
    return places


def _check_villages(book: Book, county: str) -> None:
    stated = [("家庭", row.row, row.division) for row in book.households]
    stated += [("待遇", row.row, row.division) for row in book.grants if row.division]
    names = division_names(sorted({code for _, _, code in stated}))
    for sheet, row, code in stated:
        if code not in names or not code.startswith(county):
            book.add_fault(sheet, row, "村(社区)代码", f"本县没有代码为 {code} 的村(社区)，请查区划代码表。")


def _match_households(book: Book, ledger: Ledger, as_of: dt.date) -> None:
    """Match each household by the current household of its members; one that would be torn apart is a fault."""
    ids = [pk for row in book.members if (pk := ledger.persons.get(row.citizen_id)) is not None]
    current = households_of(ids, as_of)
    rows = {row.number: row.row for row in book.households}
    for number, members in ledger.members.items():
        found = {current[pk] for row in members if (pk := ledger.persons.get(row.citizen_id)) in current}
        if len(found) > 1:
            book.add_fault("家庭", rows.get(number, 0), "家庭编号", "成员现登记在不同的家庭，请先办理并户或更正名单。")
        elif found:
            ledger.households[number] = found.pop()
    shared = Counter(ledger.households.values())
    for number, household in ledger.households.items():
        if shared[household] > 1:
            book.add_fault("家庭", rows.get(number, 0), "家庭编号", "与另一编号对应同一个已登记的家庭，请合并。")


def _check_in_force(book: Book, ledger: Ledger, rules: Mapping[str, BenefitRule]) -> None:
    """Name the rows whose subject, or one of whose persons, has the benefit already."""
    for benefit in {benefit for benefit, _ in ledger.grants}:
        groups = [rows for (code, _), rows in ledger.grants.items() if code == benefit]
        subjects = {_subject(rows[0], ledger): rows[0].row for rows in groups}
        persons = [pk for kind, pk in subjects if kind == "person"]
        households = [pk for kind, pk in subjects if kind == "household"]
        taken = open_subjects(benefit, persons=persons, households=households)
        counted = {
            pk: rows[0].row
            for rows in groups
            for member in ledger.members.get(rows[0].household, [])
            if member.counted and (pk := ledger.persons.get(member.citizen_id)) is not None
        }
        faulty = {subjects[subject] for subject in taken if subject in subjects}
        faulty |= {counted[pk] for pk in covered_persons(benefit, list(counted))}
        for row in sorted(faulty):
            book.add_fault("待遇", row, "待遇", f"对象或其成员已在享{rules[benefit].title}，请删去这一行。")


def _subject(row: GrantRow, ledger: Ledger) -> tuple[str, int]:
    if row.household:
        return "household", ledger.households.get(row.household, 0)
    return "person", ledger.persons.get(row.citizen_id, 0)
