"""The facts stage: one grouped pass over circumstances, base facts, derived facts by depth, facts through relations."""

from dataclasses import dataclass, field, replace

from nuanxin.kernel.core.errors import DeclarationFault
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind
from nuanxin.kernel.engine.relations import Relation
from nuanxin.kernel.rulebook.books import Placed
from nuanxin.kernel.rulebook.compilation.order import Circle, closure, layers
from nuanxin.kernel.rulebook.compilation.scopes import RuleScope, compile_at
from nuanxin.kernel.rulebook.law import LocalLaw, absent_value, fact_type
from nuanxin.kernel.rulebook.schema import Fact

MEMBERSHIP_COLUMNS = ("counted", "role")
PERSON_COLUMNS = ("birth", "death", "sex", "hukou_county")
HOUSEHOLD_COLUMNS = ("opened", "closed")
HOMES = 1_000_000_000_000
MISSING = -(2**62)
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
class FactStage:
    """Compiles the facts that are used; `types` gives each as benefits see it."""

    law: LocalLaw
    used: set[str]
    faults: list[DeclarationFault]
    types: dict[str, Typed] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    parameters: dict[str, set[str]] = field(default_factory=dict)

    def build(self) -> None:
        """Fill `types` and `relations`; the last ones are membership_now, household_facts and person_facts."""
        self.reads = self.law.reads
        self.used = closure(self.used, self.reads) & set(self.law.facts)
        self._membership()
        self._households()
        self._persons()

    def parameters_of(self, names: set[str]) -> set[str]:
        """Return the parameters that some facts rest on."""
        return {p for n in closure(names, self.reads) for p in self.parameters.get(n, ())}

    def _facts(self, of: str, *sources: str) -> dict[str, Fact]:
        facts = {n: self.law.facts[n].item for n in sorted(self.used)}
        return {n: f for n, f in facts.items() if f.of == of and f.source in sources}

    def _add(self, name: str, sql: str, pinned: bool | None = None) -> None:
        self.relations.append(Relation(name, sql, pinned=pinned))

    def _membership(self) -> None:
        self._add(
            "membership_now",
            "select m.household_id, m.person_id, m.counted, m.role\nfrom membership m cross join period\n"
            f"where {IN_FORCE.format(c='m')}",
            pinned=True,
        )
        rank = "case when counted then 0 when counted is null then 1 else 2 end"
        self._add(
            "membership_ranked",
            f"select person_id,\n  min({rank} * {HOMES} + household_id) as home\n"
            "from membership_now\ngroup by person_id",
            pinned=True,
        )
        counted = f"case when home < {HOMES} then true when home >= 2 * {HOMES} then false end"
        self._add(
            "person_home",
            f"select person_id, home % {HOMES} as household_id,\n  {counted} as counted\nfrom membership_ranked",
        )

    def _circumstances(self, of: str, relation: str) -> bool:
        """Add the grouped pass over circumstances of persons or households; tell whether there is any to take."""
        facts = self._facts(of, "circumstance").values()
        if not facts:
            return False
        kinds = sorted({str(f.circumstance) for f in facts})
        there = sorted({str(f.circumstance) for f in facts if f.take == "exists"})
        columns = [f"max(case when kind = '{k}' then 1 end) as {k}__there" for k in there]
        for kind, take in sorted({(str(f.circumstance), str(f.take)) for f in facts if f.take != "exists"}):
            columns += _taken(kind, take)
        names = ", ".join(f"'{k}'" for k in kinds)
        select = ",\n  ".join([f"c.{of}_id", *columns])
        self._add(
            relation,
            f"select {select}\nfrom circumstance c cross join period\n"
            f"where c.{of}_id is not null and c.kind in ({names})\n"
            f"  and {IN_FORCE.format(c='c')}\ngroup by c.{of}_id",
            pinned=True,
        )
        return True

    def _coverages(self, of: str, relation: str) -> bool:
        facts = self._facts(of, "coverage").values()
        if not facts:
            return False
        columns = ",\n  ".join(
            f"max(case when c.benefit = '{b}' then 1 else 0 end) as {b}__covered"
            for b in sorted({str(f.coverage) for f in facts})
        )
        if of == "person":
            source, key = "coverage c cross join period", "c.person_id"
        else:
            source, key = (
                "coverage c join membership_now m on m.person_id = c.person_id cross join period",
                "m.household_id",
            )
        self._add(relation, f"select {key},\n  {columns}\nfrom {source}\nwhere {COVERED}\ngroup by {key}", pinned=True)
        return True

    def _base(self, of: str) -> list[str]:
        """Return the select columns of base facts and note their types."""
        columns = []
        for name, fact in self._facts(of, "column", "circumstance", "coverage").items():
            nullable = not (fact.source == "coverage" or fact.take == "exists")
            self._type(name, nullable)
            columns.append(f"{self._base_text(name, fact)} as {name}")
        return columns

    def _base_text(self, name: str, fact: Fact) -> str:
        if fact.source == "column":
            allowed = (*PERSON_COLUMNS, *MEMBERSHIP_COLUMNS) if fact.of == "person" else HOUSEHOLD_COLUMNS
            if fact.column not in allowed:
                message = f"没有列“{fact.column}”, 只有 {'、'.join(allowed)}。"
                self.faults.append(self.law.facts[name].fault(message, "column"))
            return f"{ {'counted': 'm', 'role': 'o'}.get(str(fact.column), 's') }.{fact.column}"
        if fact.source == "coverage":
            return f"coalesce(v.{fact.coverage}__covered, 0) = 1"
        if fact.take == "exists":
            return f"c.{fact.circumstance}__there is not null"
        test = " <> 0" if fact.type == "yesno" else ""
        return _found(str(fact.circumstance), str(fact.take), sql_value(self._absent(name, fact)), test)

    def _absent(self, name: str, fact: Fact) -> object:
        try:
            return absent_value(fact)
        except ValueError as error:
            self.faults.append(self.law.facts[name].fault(f"{error}。", "absent"))
            return None

    def _type(self, name: str, nullable: bool) -> None:
        try:
            self.types[name] = Typed(name, fact_type(self.law.facts[name].item), nullable)
        except ValueError as error:
            self.faults.append(self.law.facts[name].fault(f"{error}。", "unit"))

    def _households(self) -> None:
        base = self._base("household")
        joins = []
        if self._circumstances("household", "household_circumstances"):
            joins.append("left join household_circumstances c on c.household_id = s.household_id")
        if self._coverages("household", "household_coverage"):
            joins.append("left join household_coverage v on v.household_id = s.household_id")
        columns = ",\n  ".join(["s.household_id", *base])
        self._add("household_known", "\n".join([f"select {columns}", "from household s", *joins]))
        last = self._derived("household", "household_known", "household")
        self._add("household_facts", f"select * from {last}", pinned=True)

    def _persons(self) -> None:
        base = self._base("person")
        joins = ["left join person_home m on m.person_id = s.person_id"]
        if self._circumstances("person", "person_circumstances"):
            joins.append("left join person_circumstances c on c.person_id = s.person_id")
        if self._coverages("person", "person_coverage"):
            joins.append("left join person_coverage v on v.person_id = s.person_id")
        shared = [n for n in sorted(self.used) if self.law.facts[n].item.of == "household"]
        if shared:
            joins.append("left join household_facts h on h.household_id = m.household_id")
        if any(self.law.facts[n].item.column == "role" for n in self.used):
            joins.append("left join membership_now o on o.person_id = s.person_id and o.household_id = m.household_id")
        columns = ["s.person_id", "m.household_id", *base, *(self._of_household(n) for n in shared)]
        self._add("person_known", "\n".join([f"select {', '.join(columns)}", "from person s", *joins]))
        last = self._derived("person", "person_known", "person")
        self._add("person_facts", f"select * from {last}", pinned=True)

    def _of_household(self, name: str) -> str:
        fact = self.law.facts[name].item
        if fact.source == "is_":
            self.types[name] = replace(self.types.get(name, Typed(name, fact_type(fact))), nullable=True)
            return f"h.{name}"
        absent = self._absent(name, fact) if fact.source != "column" else None
        return f"case when h.household_id is null then {sql_value(absent)} else h.{name} end as {name}"

    def _derived(self, of: str, base: str, prefix: str) -> str:
        """Add derived and related facts by depth; return the last relation."""
        names = self._facts(of, "is_", "relation")
        try:
            depths = layers({n: self.reads[n] for n in names})
        except Circle as circle:
            first = self.law.facts[circle.names[0]]
            self.faults.append(first.fault(f"事实互相引用成环: {circle}。请改掉其中一个。", "is"))
            return base
        last = base
        for depth, layer in enumerate(depths, 1):
            for kind in ("is_", "relation"):
                chosen = [n for n in layer if names[n].source == kind]
                if chosen:
                    last = self._layer(f"{prefix}_{depth}{'r' if kind == 'relation' else ''}", last, chosen, kind)
        return last

    def _layer(self, name: str, last: str, chosen: list[str], kind: str) -> str:
        return self._related(name, last, chosen) if kind == "relation" else self._computed(name, last, chosen)

    def _visible(self, of: str, nullable: bool = False) -> dict[str, Typed]:
        names = {n: t for n, t in self.types.items() if of == "person" or self.law.facts[n].item.of == "household"}
        return {n: replace(t, nullable=True) for n, t in names.items()} if nullable else names

    def _computed(self, name: str, last: str, chosen: list[str]) -> str:
        columns, wide = [], False
        for fact_name in chosen:
            placed = self.law.facts[fact_name]
            scope = RuleScope(self.law, self._visible(placed.item.of))
            value = compile_at(scope, str(placed.item.is_), Kind(placed.item.type), placed, ("is",), self.faults)
            self._note(fact_name, placed, scope, value)
            columns.append(f"{value.sql} as {fact_name}")
            wide = wide or bool(scope.parameters or scope.period)
        one_row = " cross join period cross join parameter" if wide else ""
        text = ",\n  ".join(["f.*", *columns])
        self._add(name, f"select {text}\nfrom {last} f{one_row}", pinned=False)
        return name

    def _note(self, name: str, placed: Placed[Fact], scope: RuleScope, value: Typed) -> None:
        if not value.type.faulty and value.type.denominator != 1:
            self.faults.append(placed.fault("事实须是整数值; 请先 round_fen。", "is"))
        self.parameters[name] = scope.parameters
        self._type(name, value.nullable)

    def _related(self, name: str, last: str, chosen: list[str]) -> str:
        """Add counts (or sums of a fact) over related persons; an unknown among them makes the result unknown."""
        tests, sums, columns, wide = [], [], [], False
        for fact_name in chosen:
            placed = self.law.facts[fact_name]
            scope = RuleScope(self.law, self._visible("person", nullable=True))
            test = compile_at(scope, placed.item.where or "true", Kind.YESNO, placed, ("where",), self.faults)
            self._note(fact_name, placed, scope, replace(test, nullable=bool(placed.item.where or placed.item.sum_)))
            wide = wide or bool(scope.parameters or scope.period)
            counts, added = self._counted(fact_name, placed.item.sum_, test.sql)
            neither = "false" if placed.item.sum_ is None else "0"
            tests.append(
                f"case when r.kind <> '{placed.item.relation}' then {neither} else {counts} end as {fact_name}__is"
            )
            sums.append(
                f"case when count({fact_name}__is) < count(*) then null else {added} end as {fact_name}"
            )
            columns.append(f"case when r.person_id is null then 0 else r.{fact_name} end as {fact_name}")
        one_row = " cross join parameter" if wide else ""
        selected = ",\n  ".join(["r.person_id as from_person", *tests])
        self._add(
            f"{name}_known",
            f"select {selected}\nfrom relation r cross join period{one_row}\n"
            f"left join {last} o on o.person_id = r.other_id\nwhere {IN_FORCE.format(c='r')}",
        )
        counted = ",\n  ".join(["from_person as person_id", *sums])
        self._add(f"{name}_counts", f"select {counted}\nfrom {name}_known\ngroup by from_person")
        text = ",\n  ".join(["f.*", *columns])
        self._add(
            name, f"select {text}\nfrom {last} f left join {name}_counts r on r.person_id = f.person_id", pinned=False
        )
        return name


    def _counted(self, name: str, summed: str | None, test: str) -> tuple[str, str]:
        """Return what one related person brings, and how it is added up."""
        if summed is None:
            return test, f"sum(case when {name}__is then 1 else 0 end)"
        value = self.types.get(summed)
        if value is None or self.law.facts[summed].item.of != "person":
            self.faults.append(self.law.facts[name].fault(f"sum 里没有个人事实“{summed}”。请先声明它。", "sum"))
            return "0", "0"
        if value.type != fact_type(self.law.facts[name].item):
            self.faults.append(self.law.facts[name].fault(f"“{summed}”的类型或单位与合计不同。请改成相同。", "sum"))
        bringing = f"case when {test} then o.{summed} when not ({test}) then 0 end"
        return bringing, f"cast(sum({name}__is) as bigint)"


def _taken(kind: str, take: str) -> list[str]:
    """Return the aggregates of one kind: its lowest and highest value, a missing one standing as MISSING; or a sum."""
    value = f"case when kind = '{kind}' then {TAKES[take]} end"
    if take == "sum":
        gap = f"max(case when kind = '{kind}' then case when {TAKES[take]} is null then 1 else 0 end end)"
        return [f"cast(sum({value}) as bigint) as {kind}__sum", f"{gap} as {kind}__gap"]
    filled = f"case when kind = '{kind}' then coalesce({TAKES[take]}, {_missing(take)}) end"
    return [f"min({filled}) as {kind}__{take}_low", f"max({filled}) as {kind}__{take}_high"]


def _missing(take: str) -> str:
    """Return what stands for a value that a record lacks, while records are grouped."""
    return "''" if take == "code" else str(MISSING)


def _found(kind: str, take: str, absent: str, test: str) -> str:
    """Return the value of one kind: absent without a record; several that differ, or a missing one, are unknown."""
    if take == "sum":
        return f"case when c.{kind}__gap is null then {absent} when c.{kind}__gap = 0 then c.{kind}__sum{test} end"
    low, high = f"c.{kind}__{take}_low", f"c.{kind}__{take}_high"
    return (
        f"case when {low} is null then {absent} when {low} = {high} and {low} <> {_missing(take)} then {low}{test} end"
    )
