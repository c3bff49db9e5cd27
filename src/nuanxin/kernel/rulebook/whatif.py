"""What if a parameter were different: gainers, losers, cost by township, and the list of households and people."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.rulebook.assessing import attach, results_sql
from nuanxin.kernel.rulebook.cases import with_values
from nuanxin.kernel.rulebook.inputs import COLUMNS
from nuanxin.kernel.rulebook.law import LocalParameter
from nuanxin.kernel.rulebook.releases import Law, law_of, local_law
from nuanxin.kernel.rulebook.standing import WHAT_IF

RELATIVE = re.compile(r"^([+-]\d+(?:\.\d+)?)\s*%$")
TOWNSHIP_LENGTH = 9


@dataclass(frozen=True)
class BenefitChange:
    """What changes for one benefit: how many gain, lose, begin, end; fen a month (or once) before and after."""

    benefit: str
    title: str
    pays: str
    counts: tuple[int, int, int, int]
    before_fen: int
    after_fen: int

    @property
    def gainers(self) -> int:
        """Return how many get more."""
        return self.counts[0]

    @property
    def losers(self) -> int:
        """Return how many get less."""
        return self.counts[1]

    @property
    def begin(self) -> int:
        """Return how many come in."""
        return self.counts[2]

    @property
    def end(self) -> int:
        """Return how many drop out."""
        return self.counts[3]

    @property
    def cost_fen(self) -> int:
        """Return what it costs more (or less)."""
        return self.after_fen - self.before_fen


@dataclass(frozen=True)
class TownshipChange:
    """What changes in one township, over all benefits."""

    township: str
    subjects: int
    cost_fen: int


@dataclass(frozen=True)
class WhatIf:
    """The answer: by benefit, by township, and the file of every subject whose amount changes."""

    county: str
    month: dt.date
    changes: dict[str, str]
    benefits: tuple[BenefitChange, ...]
    townships: tuple[TownshipChange, ...]
    subjects: Path

    @property
    def cost_fen(self) -> int:
        """Return the whole difference of a month in fen."""
        return sum(b.cost_fen for b in self.benefits)


def changed_law(county: str, month: dt.date, changes: Mapping[str, str]) -> Law:
    """Return the law with parameters changed: a value with its unit, `+10%`, `name.code` for one cell of a table."""
    law = law_of(county, month)
    local = local_law(county)
    for text, wanted in changes.items():
        name, _, cell = text.partition(".")
        parameter = local.parameters.get(name)
        if parameter is None or name not in law.parameters:
            raise Refused("whatif.parameter", f"没有待遇用到参数“{name}”。", "用 nuanxin check 或制度页查看参数名。")
        local = with_values(local, month, {name: _shape(parameter, month, cell, wanted)})
    return replace(law, parameters={n: local.parameters[n] for n in law.parameters})


def _shape(parameter: LocalParameter, month: dt.date, cell: str, wanted: str) -> Any:
    now = parameter.on(month)
    kind = parameter.declared.shape
    if now is None:
        raise Refused("whatif.parameter", f"参数“{parameter.name}”本县没有取值。", "请先写入取值。")
    if kind == "value":
        return _changed(str(now.value), wanted)
    held: dict[Any, str] = dict(now.table or now.bands or {})
    keys = [k for k in held if not cell or str(k) == cell]
    if not keys:
        raise Refused(
            "whatif.parameter", f"参数“{parameter.name}”没有“{cell}”这一档。", f"可用: {'、'.join(map(str, held))}。"
        )
    return held | {k: _changed(held[k], wanted) for k in keys}


def _changed(now: str, wanted: str) -> str:
    """Return the new text: the wanted one, or the present one changed by a percentage."""
    relative = RELATIVE.match(wanted.strip())
    if relative is None:
        return wanted
    found = re.match(r"^(-?[\d,.]+)\s*(.*)$", now.strip())
    if found is None:
        raise Refused("whatif.value", f"“{now}”不能按百分比改。", "请直接写出新的值。")
    step = (
        Decimal("0.01")
        if found[2].startswith("元") or (found[2] in ("%", "倍", "") and "." in found[1])
        else Decimal(1)
    )
    value = Decimal(found[1].replace(",", "")) * (1 + Decimal(relative[1]) / 100)
    return f"{value.quantize(step, ROUND_HALF_UP)} {found[2]}".strip()


def compare(
    law: Law, other: Law, files: dict[str, Path], month: dt.date, changes: Mapping[str, str], target: Path
) -> WhatIf:
    """Assess a snapshot under both laws and write every changed subject to a Parquet file.

    What somebody let be checked for one case only (facts with `purpose: consented`) is not read: it counts as unknown.
    """
    with opened(scanner=False) as con:
        for one, name in ((law, "before"), (other, "after")):
            attach(con, one, files, month, WHAT_IF)
            con.execute(f"create temp table {name} as {results_sql(one)}")
            _drop_inputs(con)
        con.execute(f"create temp table subject_place as {_places(files)}")
        con.execute(f"create temp table changed as {_changed_subjects()}")
        con.execute(
            f"copy (from changed order by benefit, subject_id) to '{target}' (format parquet, compression zstd)"
        )
        return WhatIf(law.county, month, dict(changes), _by_benefit(con, law), _by_township(con), target)


def _drop_inputs(con: Any) -> None:
    """Remove what one law was given, so that the other can stand in the same connection."""
    for view in COLUMNS:
        con.execute(f"drop view {view}")
    for table in ("period", "parameter"):
        con.execute(f"drop table {table}")


def _places(files: dict[str, Path]) -> str:
    return " union all ".join(
        f"select '{pays}' as pays, id as subject_id, left(division_id::varchar, {TOWNSHIP_LENGTH}) as township "
        f"from read_parquet('{files[pays]}')"
        for pays in ("person", "household")
    )


def _changed_subjects() -> str:
    key = "a.benefit = b.benefit and a.subject_id = b.subject_id"
    return (
        "select coalesce(a.benefit, b.benefit) as benefit, coalesce(a.pays, b.pays) as pays, "
        "coalesce(a.subject_id, b.subject_id) as subject_id, p.township, coalesce(b.amount_fen, 0) as before_fen, "
        "coalesce(a.amount_fen, 0) as after_fen, b.granted as before_granted, a.granted as after_granted\n"
        f"from after a full join before b on {key}\n"
        "left join subject_place p on p.pays = coalesce(a.pays, b.pays) "
        "and p.subject_id = coalesce(a.subject_id, b.subject_id)\n"
        "where coalesce(a.amount_fen, 0) <> coalesce(b.amount_fen, 0) or a.granted is distinct from b.granted"
    )


def _by_benefit(con: Any, law: Law) -> tuple[BenefitChange, ...]:
    totals = {b: (before, after) for b, before, after in con.execute(
        "select benefit, sum(case when side = 0 then amount_fen end)::bigint, "
        "sum(case when side = 1 then amount_fen end)::bigint from "
        "(select benefit, amount_fen, 0 as side from before union all select benefit, amount_fen, 1 from after) "
        "group by benefit"
    ).fetchall()}  # fmt: skip
    counts = {row[0]: row[1:] for row in con.execute(
        "select benefit, count(*) filter (after_fen > before_fen), count(*) filter (after_fen < before_fen), "
        "count(*) filter (after_granted and not coalesce(before_granted, false)), "
        "count(*) filter (before_granted and not coalesce(after_granted, false)) from changed group by benefit"
    ).fetchall()}  # fmt: skip
    return tuple(
        BenefitChange(code, plan.title, plan.pays, counts[code], totals[code][0] or 0, totals[code][1] or 0)
        for code, plan in law.plan.benefits.items()
        if code in counts
    )


def _by_township(con: Any) -> tuple[TownshipChange, ...]:
    rows = con.execute(
        "select coalesce(township, ''), count(distinct (pays, subject_id)), sum(after_fen - before_fen)::bigint "
        "from changed group by 1 order by 1"
    ).fetchall()
    return tuple(TownshipChange(*row) for row in rows)
