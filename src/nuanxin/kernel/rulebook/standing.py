"""Which records count as verified, which leave a question open, and which are settled: the same rule live and stored.

A record that nobody verified leaves a question while it is in force and no verified record of the same kind and subject
answers it. A verified record answers what says the same and what was recorded before it. In the month a verified record
also answers whatever was merely observed: a feed alone never holds up a county (docs/adr/0011).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from nuanxin.kernel.registry.enums import Standing

MONTH, CASE, STATED, WATCH, WHAT_IF = "month", "case", "stated", "watch", "whatif"
DECISIONS = (MONTH, CASE, WHAT_IF)
STORED = ("standing", "id")
SUBJECT, VALUES, FROM, TO, STANDING, NUMBER = slice(0, 3), slice(3, 6), 6, 7, 8, 9
NEWEST = 2**62
Record = Sequence[Any]


def settle(records: Iterable[Record], purpose: str, day: int) -> list[list[Any]]:
    """Return rows for the program, each ending with whether it is unverified, of records with standing and id.

    `day` (yyyymmdd) is the last day of the month. For `stated`, what is in question counts as said, instead of the
    verified records it contradicts; for `watch`, what was observed counts beside what was verified.
    """
    found: list[list[Any]] = []
    subjects: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        subjects[tuple(record[SUBJECT])].append(record)
    for held in subjects.values():
        verified = [one for one in held if one[STANDING] == Standing.VERIFIED]
        others = [one for one in held if one[STANDING] != Standing.VERIFIED]
        if purpose == WATCH:
            verified, others = verified + [one for one in others if one[STANDING] == Standing.OBSERVED], []
        asked = open_records(verified, others, purpose, day)
        if purpose == STATED and asked:
            newest = max(asked, key=lambda one: one[NUMBER])
            verified, asked = [one for one in verified if not in_force(one, day)] + [newest], []
        found += [[*one[:STANDING], False] for one in verified]
        found += [[*one[:STANDING], True] for one in asked]
    return found


def open_records(verified: Sequence[Record], others: Sequence[Record], purpose: str, day: int) -> list[Record]:
    """Return the unverified records of one kind and subject that leave a question open on a day."""
    standing = [one for one in verified if in_force(one, day)]
    return [one for one in others if in_force(one, day) and not _answered(one, standing, purpose)]


def in_force(record: Record, day: int) -> bool:
    """Tell whether a record is valid on a day."""
    return bool(record[FROM] <= day and (record[TO] is None or record[TO] > day))


def _answered(one: Record, standing: Sequence[Record], purpose: str) -> bool:
    if standing and purpose in (MONTH, WHAT_IF) and one[STANDING] == Standing.OBSERVED:
        return True
    return any(held[NUMBER] > one[NUMBER] or list(held[VALUES]) == list(one[VALUES]) for held in standing)


def open_sql(table: str, columns: str, kinds: str, day: str) -> str:
    """Return the unverified records of a snapshot that leave a question open in the month ending on a day, as SQL."""
    mine, held = (
        f"{c}.superseded_at is null and {c}.kind in ({kinds}) and {c}.valid_from <= date '{day}'"
        f" and ({c}.valid_to is null or {c}.valid_to > date '{day}')"
        for c in ("u", "v")
    )
    same = " and ".join(f"v.{c} is not distinct from u.{c}" for c in ("amount_fen", "level", "code"))
    return (
        f"select {columns} from {table} u where u.standing <> '{Standing.VERIFIED.value}' and {mine} and not exists (\n"
        f"select 1 from {table} v where v.standing = '{Standing.VERIFIED.value}' and {held} and v.kind = u.kind\n"
        "and v.person_id is not distinct from u.person_id and v.household_id is not distinct from u.household_id\n"
        f"and (u.standing = '{Standing.OBSERVED.value}' or v.id > u.id or ({same})))"
    )
