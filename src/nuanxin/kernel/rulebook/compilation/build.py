"""The compilation of the law of one county and day: benefits ordered by what they read, then one program."""

import datetime as dt
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault
from nuanxin.kernel.engine.relations import Column, Output, Program, Relation, in_order, settled, sources
from nuanxin.kernel.rulebook.compilation.asking import asks_of, fact_column, member_facts
from nuanxin.kernel.rulebook.compilation.facts import Asking, FactStage
from nuanxin.kernel.rulebook.compilation.order import Circle, closure, layers
from nuanxin.kernel.rulebook.compilation.plan import (
    RESULT_COLUMNS,
    BenefitPlan,
    ConditionWords,
    ExclusionWords,
    FactWords,
    Plan,
)
from nuanxin.kernel.rulebook.compilation.results import Done
from nuanxin.kernel.rulebook.compilation.settle import in_force_name, settle
from nuanxin.kernel.rulebook.compilation.steps import (
    Building,
    parameter_cells,
    plain_names,
    result_names,
    step_columns,
    texts_of,
)
from nuanxin.kernel.rulebook.compilation.subjects import add_shares, build_household, build_person
from nuanxin.kernel.rulebook.law import LocalLaw, fact_type
from nuanxin.kernel.rulebook.schema import Benefit, Exclusion

KEY = Column("subject_id", "number")


@dataclass
class Compilation:
    """Compiles the benefits of a day (all, or `only` some); `faults` gathers everything wrong with them."""

    law: LocalLaw
    date: dt.date
    only: frozenset[str] = frozenset()
    faults: list[DeclarationFault] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    plans: dict[str, BenefitPlan] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose what is in force and ready on the day."""
        self.chosen = {c: p for c, p in self.law.benefits_on(self.date).items() if not self.only or c in self.only}
        self._skip_unready()
        self.cells = [p for p in self.law.exclusions_on(self.date) if self._concerns(p.item)]

    @property
    def key(self) -> Hashable:
        """Return what the plan depends on: the same key, the same plan."""
        chosen = tuple((code, id(p.item)) for code, p in self.chosen.items())
        cells = tuple(id(p.item) for p in self.cells)
        return id(self.law.facts), id(self.law.benefits), chosen, cells, tuple(self.skipped.items())

    def run(self) -> Plan:
        """Return the plan; raise DeclarationError with every fault."""
        self._check_exclusions()
        asking = [Asking(p.item.pays, p.item.applies, p) for p in self.chosen.values()]
        self.stage = FactStage(self.law, self._facts_used(), self.faults, asking, self._facts_of_persons())
        self.stage.build()
        for code in self._order():
            self._benefit(code)
        if self.faults:
            raise DeclarationError(list(dict.fromkeys(self.faults)))
        return self._plan()

    def texts(self, benefit: Benefit) -> list[str]:
        """Return every expression of a benefit."""
        parts = texts_of(benefit)
        return parts["subject"] + parts["member"]

    def _parameters_of(self, benefit: Benefit) -> set[str]:
        reads = self.law.reads
        names = plain_names(self.texts(benefit))
        facts = closure(names & set(reads), reads)
        texts = [text for f in facts for text in self.law.facts[f].item.texts]
        return (names | plain_names(texts)) & set(self.law.parameters)

    def _skip_unready(self) -> None:
        """Leave out the benefits for which this county has no value of a parameter on this day."""
        for code, placed in list(self.chosen.items()):
            missing = [
                n for n in sorted(self._parameters_of(placed.item)) if self.law.parameters[n].on(self.date) is None
            ]
            if missing:
                labels = "、".join(self.law.parameters[n].declared.label for n in missing)
                self.skipped[code] = f"{placed.item.title}缺参数: {labels}({'、'.join(missing)})"
                del self.chosen[code]

    @property
    def absent(self) -> frozenset[str]:
        """Return the benefits that are declared somewhere but not offered here today."""
        return frozenset(set(self.law.benefits) - set(self.chosen))

    def _concerns(self, cell: Exclusion) -> bool:
        named = {c for c in (cell.drop, *cell.among) if c}
        return bool(named & set(self.chosen))

    def _check_exclusions(self) -> None:
        """Report unknown benefits, person against household, and two `highest` groups for one benefit."""
        grouped: Counter[str] = Counter(c for p in self.cells for c in p.item.among)
        for placed in self.cells:
            cell = placed.item
            codes = [c for c in (cell.drop, cell.keep, *cell.among) if c]
            unknown = [c for c in codes if c not in self.law.benefits]
            if unknown:
                self.faults.append(placed.fault(f"没有待遇“{unknown[0]}”。请改正代码或先声明它。"))
            pays = {self.chosen[c].item.pays for c in codes if c in self.chosen}
            if len(pays) > 1:
                self.faults.append(
                    placed.fault("个人待遇与家庭待遇不能直接互斥; 请在家庭待遇的 members 里写 not 个人待遇.granted。")
                )
            if any(grouped[c] > 1 for c in cell.among):
                self.faults.append(placed.fault("一个待遇只能在一个 highest 组里。请合并两组。", "among"))

    def _facts_used(self) -> set[str]:
        texts = [t for p in self.chosen.values() for t in self.texts(p.item)]
        names = plain_names(texts) & set(self.law.facts)
        return names | self._facts_kept()

    def _facts_kept(self) -> set[str]:
        """Return the facts by which exclusions tell what is in force."""
        kept = {str(p.item.keep) for p in self.cells if p.item.reads == "in_force"}
        return {n for n, p in self.law.facts.items() if p.item.coverage in kept}

    def _facts_of_persons(self) -> set[str]:
        """Return the facts that benefits read of persons: of their subjects, or of a household's members."""
        parts = (texts_of(p.item)["subject" if p.item.pays == "person" else "member"] for p in self.chosen.values())
        return plain_names([t for part in parts for t in part]) & set(self.law.facts) | self._facts_kept()

    def _reads(self) -> dict[str, set[str]]:
        """Return for each benefit the benefits that must be settled before it."""
        reads = {
            c: {b for b, _ in result_names(self.texts(p.item)) if b in self.chosen} for c, p in self.chosen.items()
        }
        for cell in (p.item for p in self.cells if p.item.how != "highest" and p.item.reads == "assessed"):
            if cell.drop in reads and cell.keep in reads:
                reads[str(cell.drop)].add(str(cell.keep))
        return reads

    def _groups(self) -> dict[str, list[str]]:
        return {c: p.item.among for p in self.cells if p.item.how == "highest" for c in p.item.among}

    def _order(self) -> list[str]:
        """Return the benefits in order; the rivals of a `highest` group are one node."""
        reads, groups = self._reads(), self._groups()
        node = {c: next((g for g in groups.get(c, ()) if g in reads), c) for c in reads}
        merged: dict[str, set[str]] = {}
        for code, needed in reads.items():
            merged.setdefault(node[code], set()).update(node[n] for n in needed if node[n] != node[code])
        try:
            order = [n for layer in layers(merged) for n in layer]
        except Circle as circle:
            first = self.chosen[circle.names[0]]
            self.faults.append(
                first.fault(
                    f"待遇互相引用或互斥成环: {circle}。请改为读取在享事实(…_in_force), 或改互斥的 reads: in_force。"
                )
            )
            order = sorted(merged)
        return [c for n in order for c in sorted(node) if node[c] == n]

    def _benefit(self, code: str) -> None:
        placed = self.chosen[code]
        building = Building(self.law, placed, self.stage.types, self.done, self.absent, self.faults)
        last = build_person(building) if placed.item.pays == "person" else build_household(building)
        cells = [p.item for p in self.cells]
        self._check_in_force(building)
        settle(building, last, cells, self._groups().get(code, []))
        if placed.item.pays == "household":
            add_shares(building)
        self._finish(building)

    def _check_in_force(self, building: Building) -> None:
        for placed in self.cells:
            cell = placed.item
            if (
                cell.drop == building.benefit.benefit
                and cell.reads == "in_force"
                and not in_force_name(building, str(cell.keep))
            ):
                self.faults.append(
                    placed.fault(f"没有“{cell.keep} 在享”的事实(coverage: {cell.keep})。请先在事实字典声明。", "reads")
                )

    def _finish(self, b: Building) -> None:
        """Add the result relation under the benefit's code, its outputs and its words."""
        benefit = b.benefit
        self.done[benefit.benefit] = Done(benefit, dict(b.step_types))
        columns = self._columns(b)
        sources = {
            **{f"f_{n}": n for n in self._fact_names(b)},
            **{f"r_{c}_{n}": f"{c}__{n}" for c, n in self._results(b)},
        }
        select = ",\n  ".join(f"{_cast(c, sources.get(c.name, c.name))} as {c.name}" for c in columns)
        b.add("", f"select {select}\nfrom {benefit.benefit}__settled")
        self.outputs.append(Output(benefit.benefit, tuple(columns), ("subject_id",)))
        if benefit.pays == "household":
            self.outputs.append(_members_output(b))
        self.relations += b.relations
        self.plans[benefit.benefit] = self._words(b)

    def _fact_names(self, b: Building) -> list[str]:
        """Return the facts a receipt of the subject shows: those read, and the base facts behind them."""
        names = closure(plain_names(texts_of(b.benefit)["subject"]) & set(b.facts), self.law.own_reads)
        return sorted(n for n in names if b.benefit.pays == "person" or b.law.facts[n].item.of == "household")

    def _results(self, b: Building) -> list[tuple[str, str]]:
        return sorted(r for r in result_names(texts_of(b.benefit)["subject"]) if r[0] in self.done)

    def _columns(self, b: Building) -> list[Column]:
        facts = [fact_column(b, n) for n in self._fact_names(b)]
        results = [
            Column(f"r_{c}_{n}", *_result_kind(self.done[c], n), label=f"{self.done[c].benefit.title} {n}")
            for c, n in self._results(b)
        ]
        household = b.benefit.pays == "household"
        sums = (
            (Column("members", "number", "人", 1, "计入人数"), *step_columns(b.benefit.member_steps, b.step_types))
            if household
            else ()
        )
        parts = [Column(f"c_{i}", "money", "", 1, says) for i, says in b.parts()]
        tests = [Column(f"k_{c.id}", "yesno", "", 1, c.says) for c in b.benefit.conditions]
        tests += [Column(f"n_{c.id}", "yesno", "", 1, c.says) for c in b.benefit.conditions if c.concerns]
        return [
            KEY,
            *RESULT_COLUMNS,
            *parts,
            *sums,
            *step_columns(b.benefit.steps, b.step_types),
            *tests,
            *facts,
            *results,
        ]

    def _words(self, b: Building) -> BenefitPlan:
        x = b.benefit
        cells = [p.item for p in self.cells if p.item.drop == x.benefit or x.benefit in p.item.among]
        return BenefitPlan(
            code=x.benefit, title=x.title, pays=x.pays, month=x.month, period=x.period, recognises=x.recognises,
            starts=x.starts if isinstance(x.starts, str) else f"param:{x.starts.param}", stops=tuple(x.stops),
            basis=tuple(basis.model_dump(mode="json") for basis in x.basis), components=tuple(b.parts()),
            steps=step_columns(x.steps, b.step_types), member_steps=step_columns(x.member_steps, b.step_types),
            conditions=tuple(ConditionWords(c.id, c.says, c.basis, c.concerns is not None) for c in x.conditions),
            facts=tuple(self._fact_names(b)), member_facts=tuple(member_facts(b)), asks=asks_of(b),
            results=tuple(self._results(b)),
            parameters=tuple(sorted(self._parameters_of(x) | _start_parameter(x))),
            exclusions=tuple(_exclusion_words(c, x.benefit) for c in cells), documents=tuple(x.documents),
            review=x.review.model_dump() if x.review else None, purpose=x.purpose,
            payee=tuple(str(one.value) for one in x.payee),
        )  # fmt: skip

    def _plan(self) -> Plan:
        used = sorted({p for plan in self.plans.values() for p in plan.parameters})
        columns = [
            Column(c, *_cell_kind(self.law, n, c)) for n in used for c in parameter_cells(self.law.parameters[n])
        ]
        needed = sorted(self.stage.used)
        facts = {n: _fact_words(self.law, n) for n in needed}
        kinds = sorted(
            {str(self.law.facts[n].item.circumstance) for n in needed if self.law.facts[n].item.circumstance}
        )
        program = Program(_kept([*self.stage.relations, *self.relations], self.outputs), tuple(self.outputs))
        return Plan(program, self.plans, facts, tuple(columns), tuple(kinds), self.skipped, reads_unverified=True)


def _cast(column: Column, source: str) -> str:
    return f"cast({source} as bigint)" if column.kind in ("money", "number", "rate", "date") else source


def _result_kind(done: Done, name: str) -> tuple[str, str]:
    if name in ("granted", "eligible"):
        return "yesno", ""
    if name in done.steps:
        return done.steps[name].type.kind.value, done.steps[name].type.unit
    return "money", done.money.unit


def _cell_kind(law: LocalLaw, name: str, cell: str) -> tuple[str, str]:
    parameter = law.parameters[name]
    if "__from" in cell and parameter.declared.shape == "bands":
        return "number", parameter.declared.by or ""
    return parameter.type.kind.value, parameter.type.unit


def _start_parameter(benefit: Benefit) -> set[str]:
    return set() if isinstance(benefit.starts, str) else {benefit.starts.param}


def _members_output(b: Building) -> Output:
    parts = [Column(f"c_{i}", "money", "", 1, says) for i, says in b.parts()]
    keys = [Column("household_id", "number"), Column("person_id", "number"), Column("counts", "yesno", label="计入")]
    steps = step_columns(b.benefit.member_steps, b.step_types)
    facts = [fact_column(b, n) for n in member_facts(b)]
    return Output(f"{b.benefit.benefit}__shares", (*keys, *parts, *steps, *facts), ("household_id", "person_id"))


def _exclusion_words(cell: Exclusion, code: str) -> ExclusionWords:
    keep = cell.keep or "、".join(c for c in cell.among if c != code)
    basis = "; ".join(f"{x.document} {x.article}".strip() for x in cell.basis)
    return ExclusionWords(cell.how, keep, cell.says, basis, cell.reads)


def _fact_words(law: LocalLaw, name: str) -> FactWords:
    fact = law.facts[name].item
    return FactWords(
        name, fact.label, fact.type, fact_type(fact).unit, fact.of, fact.ask, fact.purpose, fact.source,
        str(fact.circumstance or ""),
        fact.is_ or "", tuple(sorted(law.reads[name])), dict(fact.codes), fact.take or "",
        fact.opened_by or "",
    )  # fmt: skip


def _kept(relations: list[Relation], outputs: list[Output]) -> tuple[Relation, ...]:
    """Return the relations with those kept that are stored or read more than once; unread ones are left out."""
    words = Counter(source for r in relations for source in sources(r.sql))
    stored = {o.relation for o in outputs}
    kept = []
    for relation in in_order(relations):
        readers = words[relation.name]
        if readers or relation.name in stored:
            kept.append(settled(relation, relation.name in stored or readers > 1))
    return tuple(kept)


_plans: dict[Hashable, tuple[LocalLaw, Plan]] = {}
KEPT_PLANS = 64


def compile_law(law: LocalLaw, date: dt.date, only: frozenset[str] = frozenset()) -> Plan:
    """Return the compiled law of a county on a day, from the cache where nothing differs; raise DeclarationError.

    With `only`, other benefits count as not offered.
    """
    compilation = Compilation(law, date, only)
    if compilation.key not in _plans:
        while len(_plans) >= KEPT_PLANS:
            _plans.pop(next(iter(_plans)))
        _plans[compilation.key] = (law, compilation.run())
    return _plans[compilation.key][1]
