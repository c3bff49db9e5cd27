"""Two laws over one snapshot: whose result differs, by how much, and what that costs where."""

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.rulebook.assessing import attach, results_sql
from nuanxin.kernel.rulebook.releases import Law

TOWNSHIP_LENGTH = 9
COLUMNS = ("benefit", "pays", "subject_id", "township", "current", "before_fen", "after_fen", "before", "after")


@dataclass(frozen=True)
class Sum:
    """What changes for one benefit (or in one township): subjects, gainers, losers, who begins, who ends, fen a month.

    `current` counts those who have the benefit now; the others would have to apply.
    """

    key: str
    title: str
    subjects: int
    current: int
    gainers: int
    losers: int
    begin: int
    end: int
    before_fen: int
    after_fen: int

    @property
    def cost_fen(self) -> int:
        """Return what it costs more (or less) for those changed."""
        return self.after_fen - self.before_fen


@dataclass(frozen=True)
class Contrast:
    """The answer: by benefit, by township, and the Parquet file of every subject whose result differs."""

    county: str
    month: dt.date
    benefits: tuple[Sum, ...]
    townships: tuple[Sum, ...]
    subjects: Path
    current: int = 0
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def cost_fen(self) -> int:
        """Return what a month costs more (or less) for those who have the benefit now."""
        return sum(one.cost_fen for one in self.townships)


def contrast(before: Law, after: Law, files: dict[str, Path], month: dt.date, target: Path) -> Contrast:
    """Assess a snapshot under both laws and write every subject whose result differs to a Parquet file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sides = [target.with_name(f"{target.stem}.{name}.{os.getpid()}.tmp") for name in ("before", "after")]
    try:
        for law, path in zip((before, after), sides, strict=True):
            _results(law, files, month, path)
        titles = {code: plan.title for law in (before, after) for code, plan in law.plan.benefits.items()}
        with opened(scanner=False) as con:
            con.execute(f"create temp table changed as {_changed(sides, files, month)}")
            con.execute(f"copy (from changed order by benefit, subject_id) to '{target}' (format parquet)")
            current = int(con.execute("select count(*) from changed where current").fetchone()[0])
            by_benefit = _sums(con, "benefit", "true", titles)
            by_township = _sums(con, "coalesce(township, '')", "current", {})
            return Contrast(after.county, month, by_benefit, by_township, target, current, titles)
    finally:
        for path in sides:
            path.unlink(missing_ok=True)


def _results(law: Law, files: dict[str, Path], month: dt.date, path: Path) -> None:
    """Write every benefit's subjects with their result."""
    with opened(scanner=False) as con:
        attach(con, law, files, month, "month")
        con.execute(f"copy ({results_sql(law)}) to '{path}' (format parquet)")


def _changed(sides: list[Path], files: dict[str, Path], month: dt.date) -> str:
    before, after = (f"read_parquet('{path}')" for path in sides)
    places = " union all ".join(
        f"select '{pays}' as pays, id as subject_id, left(division_id::varchar, {TOWNSHIP_LENGTH}) as township "
        f"from read_parquet('{files[pays]}')"
        for pays in ("person", "household")
    )
    key = "benefit, pays, subject_id"
    grants = "select distinct '' as benefit, '' as pays, 0::bigint as subject_id where false"
    if "grant" in files:
        day = month_end(month).isoformat()
        grants = (
            "select distinct benefit, case when household_id is null then 'person' else 'household' end as pays, "
            f"coalesce(household_id, person_id) as subject_id from read_parquet('{files['grant']}') "
            f"where from_date <= date '{day}' and (to_date is null or to_date > date '{month.isoformat()}')"
        )
    return (
        f"select benefit, pays, subject_id, p.township, g.subject_id is not null as current, "
        "coalesce(b.amount_fen, 0)::bigint as before_fen, coalesce(a.amount_fen, 0)::bigint as after_fen, "
        "b.granted as before, a.granted as after "
        f"from {after} a full join {before} b using ({key}) left join ({places}) p using (pays, subject_id) "
        f"left join ({grants}) g using ({key}) "
        "where coalesce(a.amount_fen, 0) <> coalesce(b.amount_fen, 0) or a.granted is distinct from b.granted"
    )


def _sums(con: Any, key: str, where: str, titles: dict[str, str]) -> tuple[Sum, ...]:
    rows = con.execute(
        f"select {key}, count(*), count(*) filter (current), count(*) filter (after_fen > before_fen), "
        "count(*) filter (after_fen < before_fen), "
        "count(*) filter (after and not coalesce(before, false)), "
        "count(*) filter (before and not coalesce(after, false)), "
        f"sum(before_fen)::bigint, sum(after_fen)::bigint from changed where {where} group by 1 order by 1"
    ).fetchall()
    return tuple(Sum(row[0], titles.get(row[0], row[0]), *row[1:]) for row in rows)


def current_rows(paths: Iterable[Path], limit: int = 0, benefit: str = "") -> list[dict[str, Any]]:
    """Return the changed subjects who have the benefit now, as rows of `COLUMNS`."""
    rows: list[dict[str, Any]] = []
    with opened(scanner=False) as con:
        for path in paths:
            where = "where current" + (f" and benefit = '{benefit}'" if benefit else "")
            most = f" limit {limit}" if limit else ""
            found = con.execute(
                f"select {', '.join(COLUMNS)} from read_parquet('{path}') {where} order by benefit, subject_id{most}"
            )
            rows += [dict(zip(COLUMNS, row, strict=True)) for row in found.fetchall()]
    return rows
