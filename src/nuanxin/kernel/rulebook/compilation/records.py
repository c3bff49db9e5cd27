"""Records of persons and households grouped for the facts: circumstances few kinds at a time, coverages at once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nuanxin.kernel.rulebook.schema import Fact

MISSING = -(2**62)
KINDS_TOGETHER = 4
IN_FORCE = "{c}.valid_from <= period.month_end and ({c}.valid_to is null or {c}.valid_to > period.month_end)"
COVERED = "c.from_date <= period.month_end and (c.to_date is null or c.to_date > period.month_end)"
TAKES = {
    "amount": "amount_fen",
    "sum": "amount_fen",
    "level": "level",
    "code": "code",
    "since": "valid_from",
    "until": "valid_to",
}


def sql_value(value: object) -> str:
    """Return a value as SQL text; dates as yyyymmdd."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


@dataclass
class Records:
    """Adds grouped relations as facts come to need them; `aliases` says where each kind of circumstance stands."""

    facts: dict[str, Fact]
    add: Callable[[str, str, bool | None], None]
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    grouped: dict[str, str] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)

    def _of(self, of: str, source: str, among: Collection[str] | None = None) -> list[Fact]:
        facts = (f for n, f in self.facts.items() if among is None or n in among)
        return [f for f in facts if f.of == of and f.source == source]

    def circumstances(self, of: str, among: Collection[str] | None = None, reach: str = "") -> list[str]:
        """Return the joins to the grouped circumstances of some facts; those not grouped yet are, few kinds together.

        A group over many kinds at once is wide and mostly empty: several narrow ones cost a third of it. With `reach`
        only the circumstances of the persons in it are grouped.
        """
        kinds = sorted({str(f.circumstance) for f in self._of(of, "circumstance", among)})
        missing = [k for k in kinds if (of, k) not in self.aliases]
        for start in range(0, len(missing), KINDS_TOGETHER):
            self._group(of, missing[start : start + KINDS_TOGETHER], reach)
        chosen = dict.fromkeys(self.aliases[of, k] for k in kinds)
        return [f"left join {self.grouped[of + a]} {a} on {a}.{of}_id = s.{of}_id" for a in chosen]

    def _group(self, of: str, kinds: list[str], reach: str) -> None:
        """Add one grouped pass over the circumstances of some kinds."""
        if not self.grouped:
            self._add_now()
        alias = f"c{sum(g.startswith(of) for g in self.grouped) + 1}"
        relation = self.grouped[of + alias] = f"{of}_circumstances_{alias[1:]}"
        self.aliases |= {(of, kind): alias for kind in kinds}
        facts = [f for f in self._of(of, "circumstance") if f.circumstance in kinds]
        there = sorted({str(f.circumstance) for f in facts if f.take == "exists"})
        columns = [
            f"max(case when c.kind = '{k}' then case when c.unverified then 0 else 1 end end) as {k}__there"
            for k in there
        ]
        for kind, take in sorted({(str(f.circumstance), str(f.take)) for f in facts if f.take != "exists"}):
            columns += _taken(kind, take)
        names = ", ".join(f"'{k}'" for k in kinds)
        select = ",\n  ".join([f"c.{of}_id", *columns])
        within = f"\njoin {reach} w on w.{of}_id = c.{of}_id" if reach else ""
        self.add(
            relation,
            f"select {select}\nfrom circumstance_now c{within}\n"
            f"where c.{of}_id is not null and c.kind in ({names})\ngroup by c.{of}_id",
            None,
        )

    def _add_now(self) -> None:
        """Add what is in force; a record that nobody verified is there without a value: its facts are unknown."""
        takes = sorted({TAKES[str(f.take)] for f in self.facts.values() if f.take in TAKES})
        values = [f"case when c.unverified then null else c.{n} end as {n}" for n in takes]
        columns = ", ".join([*(f"c.{n}" for n in ("person_id", "household_id", "kind", "unverified")), *values])
        select = f"select {columns}\nfrom circumstance c cross join period\nwhere {IN_FORCE.format(c='c')}"
        self.add("circumstance_now", select, None)

    def coverages(self, of: str, among: Collection[str] | None = None) -> list[str]:
        """Return the join to the coverages grouped, which are added once."""
        if not self._of(of, "coverage", among):
            return []
        if of not in self.covered:
            self.covered.add(of)
            self._cover(of)
        return [f"left join {of}_coverage v on v.{of}_id = s.{of}_id"]

    def _cover(self, of: str) -> None:
        columns = ",\n  ".join(
            f"max(case when c.benefit = '{b}' then 1 else 0 end) as {b}__covered"
            for b in sorted({str(f.coverage) for f in self._of(of, "coverage")})
        )
        source, key = "coverage c cross join period", "c.person_id"
        if of == "household":
            source = "coverage c join membership_now m on m.person_id = c.person_id cross join period"
            key = "m.household_id"
        select = f"select {key},\n  {columns}\nfrom {source}\nwhere {COVERED}\ngroup by {key}"
        self.add(f"{of}_coverage", select, True)

    def text(self, fact: Fact, absent: str) -> str:
        """Return the text of a fact taken from a circumstance or a coverage."""
        if fact.source == "coverage":
            return f"coalesce(v.{fact.coverage}__covered, 0) = 1"
        column = f"{self.aliases[fact.of, str(fact.circumstance)]}.{fact.circumstance}"
        if fact.take == "exists":
            return f"case when {column}__there is null then false when {column}__there = 1 then true end"
        return _found(column, str(fact.take), absent, " <> 0" if fact.type == "yesno" else "")


def _taken(kind: str, take: str) -> list[str]:
    """Return the aggregates of one kind: its lowest and highest value, a missing one standing as MISSING; or a sum."""
    value = f"case when c.kind = '{kind}' then c.{TAKES[take]} end"
    if take == "sum":
        gap = f"max(case when c.kind = '{kind}' then case when c.{TAKES[take]} is null then 1 else 0 end end)"
        return [f"cast(sum({value}) as bigint) as {kind}__sum", f"{gap} as {kind}__gap"]
    filled = f"case when c.kind = '{kind}' then coalesce(c.{TAKES[take]}, {_missing(take)}) end"
    return [f"min({filled}) as {kind}__{take}_low", f"max({filled}) as {kind}__{take}_high"]


def _missing(take: str) -> str:
    """Return what stands for a value that a record lacks, while records are grouped."""
    return "''" if take == "code" else str(MISSING)


def _found(column: str, take: str, absent: str, test: str) -> str:
    """Return the value of one kind: absent without a record; several that differ, or a missing one, are unknown."""
    if take == "sum":
        return f"case when {column}__gap is null then {absent} when {column}__gap = 0 then {column}__sum{test} end"
    low, high = f"{column}__{take}_low", f"{column}__{take}_high"
    return (
        f"case when {low} is null then {absent} when {low} = {high} and {low} <> {_missing(take)} then {low}{test} end"
    )
