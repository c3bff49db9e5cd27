"""The facts stage: circumstances by groups of kinds, base facts, derived facts by depth, facts through relations.

Everybody's facts are known only as far as it takes to see whom a benefit asks (its `applies`); all the others are known
of those people, of the members of asked households and of their relations only: `person_reach`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from nuanxin.kernel.core.errors import DeclarationFault
from nuanxin.kernel.engine.expressions.parser import names_in
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind
from nuanxin.kernel.engine.relations import Relation
from nuanxin.kernel.rulebook.books import Placed
from nuanxin.kernel.rulebook.compilation.order import Circle, closure, layers
from nuanxin.kernel.rulebook.compilation.records import IN_FORCE, Records, sql_value
from nuanxin.kernel.rulebook.compilation.scopes import RuleScope, compile_at
from nuanxin.kernel.rulebook.law import LocalLaw, absent_value, fact_type
from nuanxin.kernel.rulebook.schema import Benefit, Fact

MEMBERSHIP_COLUMNS = ("counted", "role")
PERSON_COLUMNS = ("birth", "death", "sex", "hukou_county")
HOUSEHOLD_COLUMNS = ("opened", "closed")
HOMES = 1_000_000_000_000


@dataclass(frozen=True)
class Asking:
    """Whom a benefit asks: the persons or households for whom a text is true or unknown."""

    of: str
    text: str
    placed: Placed[Benefit]


@dataclass
class FactStage:
    """Compiles the facts that are used; `types` gives each as benefits see it."""

    law: LocalLaw
    used: set[str]
    faults: list[DeclarationFault]
    asking: Sequence[Asking] = ()
    of_persons: set[str] = field(default_factory=set)
    types: dict[str, Typed] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    parameters: dict[str, set[str]] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)

    def build(self) -> None:
        """Fill `types` and `relations`; the last ones are membership_now, household_facts and person_facts."""
        self.reads = self.law.reads
        self.shown = closure(self.of_persons, self.law.own_reads) & set(self.law.facts)
        self.used = closure(self.used, self.reads) & set(self.law.facts)
        self.records = Records({n: self.law.facts[n].item for n in sorted(self.used)}, self._add)
        self._membership()
        self._households()
        self._persons(self._reached())

    def parameters_of(self, names: set[str]) -> set[str]:
        """Return the parameters that some facts rest on."""
        return {p for n in closure(names, self.reads) for p in self.parameters.get(n, ())}

    def _facts(self, of: str, *sources: str, among: Collection[str] | None = None) -> dict[str, Fact]:
        facts = {n: self.law.facts[n].item for n in sorted(self.used) if among is None or n in among}
        return {n: f for n, f in facts.items() if f.of == of and f.source in sources}

    def _add(self, name: str, sql: str, pinned: bool | None = None) -> None:
        self.relations.append(Relation(name, sql, pinned=pinned))

    def _membership(self) -> None:
        role = ", m.role" if any(self.law.facts[n].item.column == "role" for n in self.used) else ""
        self._add(
            "membership_now",
            f"select m.household_id, m.person_id, m.counted{role}\nfrom membership m cross join period\n"
            f"where {IN_FORCE.format(c='m')}",
            pinned=True,
        )

    def _home(self, reach: str) -> None:
        """Add where each person (of those reached) is at home, unless it stands already."""
        if any(r.name == "person_home" for r in self.relations):
            return
        within = f" m join {reach} w on w.person_id = m.person_id" if reach else " m"
        rank = "case when counted then 0 when counted is null then 1 else 2 end"
        self._add(
            "membership_ranked",
            f"select m.person_id,\n  min({rank} * {HOMES} + household_id) as home\n"
            f"from membership_now{within}\ngroup by m.person_id",
            pinned=True,
        )
        counted = f"case when home < {HOMES} then true when home >= 2 * {HOMES} then false end"
        self._add(
            "person_home",
            f"select person_id, home % {HOMES} as household_id,\n  {counted} as counted\nfrom membership_ranked",
        )

    def _base(self, of: str, among: Collection[str] | None = None) -> list[str]:
        """Return the select columns of base facts and note their types."""
        columns = []
        for name, fact in self._facts(of, "column", "circumstance", "coverage", among=among).items():
            if name in self.carried:
                columns.append(f"s.{name}")
                continue
            self._type(name, nullable=fact.source != "coverage")
            columns.append(f"{self._base_text(name, fact)} as {name}")
        return columns

    def _base_text(self, name: str, fact: Fact) -> str:
        if fact.source == "column":
            allowed = (*PERSON_COLUMNS, *MEMBERSHIP_COLUMNS) if fact.of == "person" else HOUSEHOLD_COLUMNS
            if fact.column not in allowed:
                message = f"没有列“{fact.column}”, 只有 {'、'.join(allowed)}。"
                self.faults.append(self.law.facts[name].fault(message, "column"))
            return f"{ {'counted': 'm', 'role': 'o'}.get(str(fact.column), 's') }.{fact.column}"
        absent = sql_value(self._absent(name, fact)) if fact.take not in (None, "exists") else ""
        return self.records.text(fact, absent)

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
        joins = [*self.records.circumstances("household"), *self.records.coverages("household")]
        columns = ",\n  ".join(["s.household_id", *self._base("household")])
        self._add("household_known", "\n".join([f"select {columns}", "from household s", *joins]))
        last = self._derived("household", "household_known", "household")
        self._add("household_facts", f"select * from {last}", pinned=True)

    def _persons(self, reach: str) -> None:
        self._home(reach)
        among = self.used if self._nested() else self.shown
        self._add("person_known", self._person_select(among, "", reach, ("m.household_id",)))
        last = self._derived("person", "person_known", "person", among - self.carried)
        kept = [n for n in sorted(self.shown) if n in self.types]
        columns = ",\n  ".join(["f.person_id", "f.household_id", *(f"f.{n}" for n in kept)])
        self._add("person_facts", f"select {columns}\nfrom {last} f", pinned=True)

    def _nested(self) -> bool:
        """Tell whether a fact through a relation rests on another one."""
        related = set(self._facts("person", "relation"))
        return any(closure(self.reads[n], self.reads) & related for n in related)

    def _person_select(self, names: set[str], within: str, reach: str, extra: tuple[str, ...] = ()) -> str:
        """Return the select of some base facts of persons, of all or of those within a relation."""
        shared = [n for n in sorted(names) if self.law.facts[n].item.of == "household"]
        new = names - self.carried
        columns = {str(self.law.facts[n].item.column) for n in new if self.law.facts[n].item.of == "person"}
        joins = [f"join {within} w on w.person_id = s.person_id"] if within else []
        if extra or shared or columns & set(MEMBERSHIP_COLUMNS):
            self._home(reach)
            joins.append("left join person_home m on m.person_id = s.person_id")
        joins += [*self.records.circumstances("person", new, reach), *self.records.coverages("person", new)]
        if shared:
            joins.append("left join household_facts h on h.household_id = m.household_id")
        if "role" in columns:
            joins.append("left join membership_now o on o.person_id = s.person_id and o.household_id = m.household_id")
        taken = ["s.person_id", *extra, *self._base("person", names), *(self._of_household(n) for n in shared)]
        taken += [f"s.{n}" for n in self._facts("person", "is_", among=names & self.carried)]
        return "\n".join([f"select {', '.join(taken)}", f"from {reach or 'person'} s", *joins])

    def _reached(self) -> str:
        """Add whom the benefits can reach; return the relation, or nothing where that cannot be told beforehand."""
        asked = closure({n for a in self.asking if a.of == "person" for n in names_in(a.text).plain}, self.reads)
        asked &= set(self.law.facts)
        related = any(self.law.facts[n].item.source == "relation" for n in asked)
        if not self.asking or related or any(names_in(a.text).results for a in self.asking):
            return ""
        columns = self._facts("person", "column")
        carried = set(self._facts("person", "column", "circumstance", "coverage", "is_", among=asked))
        carried |= {n for n, f in columns.items() if f.column in PERSON_COLUMNS}
        self._add("person_first", self._person_select(asked | carried, "", ""))
        last = self._derived("person", "person_first", "asked", asked)
        tests, joins = [self._tests("person")], []
        if asked_homes := self._tests("household"):
            self._add_asked_members(asked_homes)
            joins.append("left join person_asked a on a.person_id = f.person_id")
            tests.append("a.person_id is not null")
        if kinds := sorted({str(f.relation) for f in self._facts("person", "relation").values()}):
            self._add("person_others", _others(kinds))
            joins.append("left join person_others x on x.person_id = f.person_id")
            tests.append("x.person_id is not null")
        self.carried = carried
        select = ",\n  ".join(["f.person_id", *(f"f.{n}" for n in sorted(carried))])
        source = "\n".join([f"from {last} f cross join period cross join parameter", *joins])
        where = " or ".join(t for t in tests if t)
        self._add("person_reach", f"select {select}\n{source}\nwhere {where}", pinned=True)
        return "person_reach"

    def _add_asked_members(self, tests: str) -> None:
        """Add the members of the households that a benefit asks."""
        rows = "from household_facts h cross join period cross join parameter"
        self._add("household_reach", f"select h.household_id\n{rows}\nwhere {tests}")
        joined = "join household_reach h on h.household_id = m.household_id"
        self._add("person_asked", f"select distinct m.person_id\nfrom membership_now m\n{joined}")

    def _tests(self, of: str) -> str:
        """Return the test of whether any benefit asks, true where it is unknown; empty when no benefit asks such."""
        tests = []
        for asking in (a for a in self.asking if a.of == of):
            scope = RuleScope(self.law, self._visible(of))
            value = compile_at(scope, asking.text, Kind.YESNO, asking.placed, ("applies",), [])
            tests.append(f"coalesce({value.sql}, true)" if value.nullable else value.wrapped)
        return " or ".join(dict.fromkeys(tests))

    def _of_household(self, name: str) -> str:
        fact = self.law.facts[name].item
        if fact.source == "is_":
            self.types[name] = replace(self.types.get(name, Typed(name, fact_type(fact))), nullable=True)
            return f"h.{name}"
        absent = self._absent(name, fact) if fact.source != "column" else None
        return f"case when h.household_id is null then {sql_value(absent)} else h.{name} end as {name}"

    def _derived(self, of: str, base: str, prefix: str, among: Collection[str] | None = None) -> str:
        """Add derived and related facts by depth; return the last relation."""
        names = self._facts(of, "is_", "relation", among=among)
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
        others = self._related_facts(name, last, chosen)
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
            sums.append(f"case when count({fact_name}__is) < count(*) then null else {added} end as {fact_name}")
            columns.append(f"case when r.person_id is null then 0 else r.{fact_name} end as {fact_name}")
        kinds = {str(self.law.facts[n].item.relation) for n in chosen}
        one_row = " cross join parameter" if wide else ""
        selected = ",\n  ".join(["r.person_id as from_person", *tests])
        self._add(
            f"{name}_known",
            f"select {selected}\nfrom relation r cross join period{one_row}\n"
            f"{others}where r.kind in ({_quoted(kinds)}) and {IN_FORCE.format(c='r')}",
        )
        counted = ",\n  ".join(["from_person as person_id", *sums])
        self._add(f"{name}_counts", f"select {counted}\nfrom {name}_known\ngroup by from_person")
        text = ",\n  ".join(["f.*", *columns])
        self._add(
            name, f"select {text}\nfrom {last} f left join {name}_counts r on r.person_id = f.person_id", pinned=False
        )
        return name

    def _related_facts(self, name: str, last: str, chosen: list[str]) -> str:
        """Return the join of what is asked of the related persons, known of those only; empty when nothing is asked."""
        needed = closure({r for n in chosen for r in self.reads[n]}, self.reads) & set(self.law.facts)
        if not needed:
            return ""
        if not self._nested():
            self._add(f"{name}_others", _others({str(self.law.facts[n].item.relation) for n in chosen}))
            reach = "person_reach" if any(r.name == "person_reach" for r in self.relations) else ""
            self._add(f"{name}_base", self._person_select(needed, f"{name}_others", reach))
            last = self._derived("person", f"{name}_base", f"{name}_of", needed - self.carried)
        return f"left join {last} o on o.person_id = r.other_id\n"

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


def _quoted(words: Collection[str]) -> str:
    return ", ".join(f"'{w}'" for w in sorted(words))


def _others(kinds: Collection[str]) -> str:
    """Return the select of the persons to whom somebody stands in one of some relations."""
    return (
        "select distinct r.other_id as person_id\nfrom relation r cross join period\n"
        f"where r.kind in ({_quoted(kinds)}) and {IN_FORCE.format(c='r')}"
    )
