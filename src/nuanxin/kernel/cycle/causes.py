"""Why an amount changes: the inputs of the result in force beside the new ones, each change's part in fen.

The subjects whose amount changes are laid under the rules again with their facts as they were known when the share in
force was written, and then with one kind of change after the other, so that the parts sum to the difference. Facts
held back are those of a kind (`wage_year`), the members, relations, or other benefits; what the law's numbers do stands
by itself, and so does what time alone does (an age reached). Only changed subjects are computed, all in two runs.
"""

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.rulebook.releases import Law
from nuanxin.kernel.rulebook.scenarios import INPUTS, Amounts, amounts_under

STANDARD, TIME, TAKEOVER, MEMBER, DEATH = "standard", "time", "takeover", "member", "death"
Parts = list[tuple[str, int]]
FEW = 60
KEYS = {
    "person": "person_id", "household": "household_id", "membership": "household_id", "relation": "person_id",
    "coverage": "person_id", "subject_id": "subject_id",
}  # fmt: skip
SHIFT = 10**11  # a scenario's subjects are numbered scenario * SHIFT + id

# `base`: how far the records were written when the share in force was, and the month its numbers are of.
PREPARE = """
create temp table base as
select d.*, b.change_id as w, b.recorded_at as t, last_day(b.recorded_at::date) as m0, last_day(date '{month}') as m1
  from draft d join (
    select c.grant_id, max(s.change_id) as change_id, max(s.recorded_at) as recorded_at
      from {share} s join {coverage} c on c.id = s.coverage_id
     where s.to_date is null and s.superseded_at is null and c.to_date is null
       and c.grant_id in (select grant_id from draft) group by 1) b using (grant_id);
create temp table own as
select b.k, m.person_id from base b join {membership} m on m.household_id = b.household_id
union select k, person_id from base where person_id is not null;
create temp table home as
select o.k, m.household_id from own o join {membership} m using (person_id)
union select k, household_id from base where household_id is not null;
create temp table folk as
select h.k, m.person_id from home h join {membership} m using (household_id) union select k, person_id from own;
create temp table near as
select k, person_id from folk union select f.k, r.other_id from folk f join {relation} r using (person_id)
"""
# Two versions of every row: as known and valid then (`in0`, `to0`), and now (`in1`, `to1`).
TIMED = """
create temp table {name}_row as
select x.*, {cat} as cat, b.k,
       x.change_id <= b.w and (x.superseded_at is null or x.superseded_at > b.t) and x.valid_from <= b.m0 as in0,
       x.superseded_at is null and x.valid_from <= b.m1 as in1,
       case when x.valid_to > b.m0 then null else x.valid_to end as to0,
       case when x.valid_to > b.m1 then null else x.valid_to end as to1
  from base b join {link} l using (k) join {table} x on {on} where {where}
"""
COVERED = """
create temp table coverage_row as
select x.person_id, x.benefit, x.from_date, x.to_date, 'coverage' as cat, b.k,
       x.from_date <= b.m0 or x.benefit = b.benefit as in0, x.from_date <= b.m1 or x.benefit = b.benefit as in1,
       case when x.to_date > b.m0 then null else x.to_date end as to0,
       case when x.to_date > b.m1 then null else x.to_date end as to1
  from base b join near l using (k) join {coverage} x on x.person_id = l.person_id
"""
PEOPLE = """
create temp table person_row as
select x.*, b.k, 'member' as cat, x.change_id > b.w and x.death is not null as died
  from base b join near l using (k) join {person} x on x.id = l.person_id
"""
# What differs between the versions, in order: members first, kinds of circumstance, then what others receive. Who died
# or moved has often left the amount in force already: members are as they are now from the beginning (rank 0).
CHANGED = """
create temp table dead as
select distinct p.k from person_row p join own o on o.k = p.k and o.person_id = p.id where p.died;
create temp table changed as
select k, cat, row_number() over (partition by k order by cat <> 'member', cat = 'coverage', cat)
               - max((cat = 'member')::int) over (partition by k) as rank
  from (select k, cat from membership_row where {differs} union select k, cat from relation_row where {differs}
        union select k, cat from circumstance_row where {differs} union select k, cat from coverage_row where {differs}
        union select p.k, p.cat from person_row p where p.died);
create temp table scenario as
select row_number() over (order by b.k, j) as s, b.k, j
  from (select k, coalesce(max(rank), 0) as n from base left join changed using (k) group by k) b,
       unnest(range(0, greatest(n, 1))) as r(j)
"""
DIFFERS = "in0 <> in1 or (in0 and in1 and to0 is distinct from to1)"
NEW = "coalesce(c.rank, 0) <= s.j"
VERSION = f"case when {NEW} then x.in1 else x.in0 end"
UNTIL = f"case when {NEW} then x.to1 else x.to0 end"
LAID = "from scenario s join {name}_row x using (k) left join changed c on c.k = x.k and c.cat = x.cat"


@dataclass(frozen=True)
class Laws:
    """The law that assessed the month, and by a change's number and a month the one gone by when that was written."""

    now: Law
    earlier: Callable[[int, dt.date], Law]


def attribute(
    drafts: Sequence[Draft], tables: dict[str, Path], month: dt.date, laws: Laws, taken_over: Iterable[int] = ()
) -> dict[int, Parts]:
    """Return for changes and stops, by their place in `drafts`, the parts of the difference; they sum to it exactly.

    What cannot be told apart (a fact was unknown in between) falls to the next part.
    """
    chosen = {k: draft for k, draft in enumerate(drafts) if draft.kind in ("change", "stop") and draft.grant_id}
    if not chosen:
        return {}
    with tempfile.TemporaryDirectory(prefix="causes-") as scratch, opened(scanner=False) as con:
        _prepare(con, chosen, tables, month, laws.now)
        files = _write_scenarios(con, Path(scratch))
        known = _Known(con)
        before = _under_earlier_laws(known, files, month, laws)
        after = _results(laws.now, month, month, files, [s for s, k, _ in known.scenarios if known.kinds[k]])
    imported = set(taken_over)
    return {
        k: list(_parts(known, k, draft, before, after, draft.grant_id in imported))
        for k, draft in chosen.items()
        if k in known.base
    }


def _prepare(con: Any, chosen: dict[int, Draft], tables: dict[str, Path], month: dt.date, law: Law) -> None:
    columns = {
        "k": list(chosen),
        "grant_id": [one.grant_id for one in chosen.values()],
        "household_id": [one.household_id for one in chosen.values()],
        "person_id": [one.person_id if one.household_id is None else None for one in chosen.values()],
    }
    arrays = {name: pa.array(values, pa.int64()) for name, values in columns.items()}
    con.register("drafted", pa.table(arrays | {"benefit": pa.array([one.benefit for one in chosen.values()])}))
    con.execute("create temp table draft as select * from drafted")
    sources = {name: f"read_parquet('{path}')" for name, path in tables.items()}
    con.execute(PREPARE.format(month=month.isoformat(), **sources))
    kinds = ", ".join(f"'{kind}'" for kind in law.plan.circumstance_kinds) or "''"
    verified = f"x.kind in ({kinds}) and x.standing = 'verified'"
    for name, cat, link, on, where in (
        ("membership", "'member'", "home", "x.household_id = l.household_id", "true"),
        ("relation", "'relation'", "folk", "x.person_id = l.person_id", "true"),
        ("circumstance", "x.kind", "near", "x.person_id = l.person_id", verified),
    ):
        con.execute(TIMED.format(name=name, cat=cat, link=link, table=sources[name], on=on, where=where))
    homes = TIMED.format(
        name="circumstance", cat="x.kind", link="home", table=sources["circumstance"],
        on="x.household_id = l.household_id", where=verified,
    ).partition("as\n")[2]  # fmt: skip
    con.execute(f"insert into circumstance_row {homes}")
    con.execute(COVERED.format(**sources))
    con.execute(PEOPLE.format(**sources))
    con.execute(f"create temp table household_row as select x.*, h.k from home h join {sources['household']} x "
                "on x.id = h.household_id")  # fmt: skip
    con.execute(CHANGED.format(differs=DIFFERS))


def _write_scenarios(con: Any, folder: Path) -> dict[str, Path]:
    """Write the program's input tables with every scenario's rows."""
    files = {name: folder / f"{name}.parquet" for name in INPUTS}
    for name, select in _selects():
        con.execute(f"copy ({select}) to '{files[name]}' (format parquet)")
    return files


def _selects() -> Iterator[tuple[str, str]]:
    def key(column: str) -> str:
        return f"s.s * {SHIFT} + x.{column}"

    def day(expression: str) -> str:
        return f"(year({expression}) * 10000 + month({expression}) * 100 + day({expression}))::bigint"

    dates = f"{day('x.valid_from')} as valid_from, {day(UNTIL)} as valid_to"
    dead = f"case when x.died and not ({NEW}) then null else {day('x.death')} end"
    yield (
        "person",
        (
            f"select distinct {key('id')} as person_id, {day('x.birth')} as birth, {dead} as death, "
            f"x.sex::bigint as sex, nullif(x.hukou_county, '') as hukou_county {LAID.format(name='person')}"
        ),
    )
    yield (
        "household",
        (
            f"select distinct {key('id')} as household_id, {day('x.opened')} as opened, {day('x.closed')} as closed "
            "from scenario s join household_row x using (k)"
        ),
    )
    yield (
        "membership",
        (
            f"select {key('household_id')} as household_id, {key('person_id')} as person_id, x.role, x.counted, "
            f"{dates} {LAID.format(name='membership')} where {VERSION}"
        ),
    )
    yield (
        "relation",
        (
            f"select {key('person_id')} as person_id, {key('other_id')} as other_id, x.kind, {dates} "
            f"{LAID.format(name='relation')} where {VERSION}"
        ),
    )
    yield (
        "circumstance",
        (
            f"select {key('person_id')} as person_id, {key('household_id')} as household_id, x.kind, x.amount_fen, "
            f"x.level::bigint as level, x.code, {dates}, false as unverified "
            f"{LAID.format(name='circumstance')} where {VERSION}"
        ),
    )
    yield (
        "coverage",
        (
            f"select {key('person_id')} as person_id, x.benefit, {day('x.from_date')} as from_date, "
            f"{day(UNTIL)} as to_date {LAID.format(name='coverage')} where {VERSION}"
        ),
    )


class _Known:
    """What the preparation found: each draft's month of numbers, its kinds of change in order, its scenarios."""

    def __init__(self, con: Any) -> None:
        bases = con.execute("select k, w, m0 from base").fetchall()
        self.base: dict[int, tuple[int, dt.date]] = {k: (change, month_of(day)) for k, change, day in bases}
        self.kinds: dict[int, list[str]] = defaultdict(list)
        for k, cat in con.execute("select k, cat from changed where rank > 0 order by k, rank").fetchall():
            self.kinds[k].append(cat)
        self.scenarios: list[tuple[int, int, int]] = con.execute("select s, k, j from scenario").fetchall()
        self.place = {(k, j): s for s, k, j in self.scenarios}
        moved = con.execute("select k, k in (select k from dead) from changed where cat = 'member'").fetchall()
        self.first = {k: DEATH if died else MEMBER for k, died in moved}


def _under_earlier_laws(known: _Known, files: dict[str, Path], month: dt.date, laws: Laws) -> Amounts:
    """Return the amounts with all facts and numbers as they were, one run for those alike in law and numbers."""
    groups: dict[tuple[str, str], tuple[Law, dt.date, list[int]]] = {}
    for s, k, j in known.scenarios:
        if j == 0:
            change_id, written = known.base[k]
            earlier = min(written, month)
            law = laws.earlier(change_id, earlier)
            key = (law.plan.program.sm3, repr(sorted(law.row(earlier).items())))
            groups.setdefault(key, (law, earlier, []))[2].append(s)
    found: Amounts = {}
    for law, numbers_of, chosen in groups.values():
        found |= _results(law, month, numbers_of, files, chosen)
    return found


def _results(law: Law, month: dt.date, numbers_of: dt.date, files: dict[str, Path], chosen: Sequence[int]) -> Amounts:
    if not chosen:
        return {}
    listed = ", ".join(map(str, chosen))
    keys = {name: f"{column} // {SHIFT} in ({listed})" for name, column in KEYS.items()}
    keys["circumstance"] = f"coalesce(person_id, household_id) // {SHIFT} in ({listed})"
    return amounts_under(law, month, numbers_of, files, keys, few=len(chosen) <= FEW)


def _parts(
    known: _Known, k: int, draft: Draft, before: Amounts, after: Amounts, taken_over: bool
) -> Iterator[tuple[str, int]]:
    """Yield (cause, fen) of the steps from the amount in force to the new one, without those that do nothing."""
    kinds, subject = known.kinds[k], draft.household_id or draft.person_id or 0

    def amount(side: Amounts, j: int) -> int | None:
        return side.get((draft.benefit, known.place[k, j] * SHIFT + subject), 0)

    first = known.first.get(k, TAKEOVER if taken_over else TIME)
    steps: list[tuple[str, int | None]] = [(first, amount(before, 0))]
    steps.append((STANDARD, amount(after, 0) if kinds else draft.after_fen))
    steps += [(kind, amount(after, j)) for j, kind in enumerate(kinds[:-1], 1)]
    steps += [(kinds[-1], draft.after_fen)] if kinds else []
    now = draft.before_fen
    for name, value in steps:
        if value is not None and value != now:
            yield name, value - now
            now = value


def cause_of(draft: Draft, parts: Parts) -> str:
    """Return the one code under which a draft is listed: its main cause, or that the standard and the facts moved."""
    names = {name for name, _ in parts}
    if draft.kind != "change" or not names:
        return draft.cause
    if names == {STANDARD}:
        return STANDARD
    if STANDARD in names:
        return "several"
    if names & {MEMBER, DEATH}:
        return "membership"
    return "circumstance" if names - {TIME, TAKEOVER} else max(names)


__all__ = ["Laws", "Parts", "attribute", "cause_of"]
