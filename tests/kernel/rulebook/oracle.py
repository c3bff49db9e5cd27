"""Four benefits written a second time in OpenFisca, from the law and not from our declarations; money is int64 fen."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Person = Entity("person", "people", "a person", "")
Household = GroupEntity("household", "households", "a household", "", roles=[{"key": "member", "label": "member"}])
MONTH = "2024-06"
MONTH_END = dt.date(2024, 6, 30)
LAST_MONTH_END = dt.date(2024, 5, 31)
# Nanling, June 2024, in fen; the limits by disability class 0 (none) to 7.
STANDARD = 77_000
RATES = {"disabled": 30, "ill": 20, "old": 20, "child": 20}
SEVERE = np.array([0, 2, 2, 2, 2, 3, 3, 2])
NURSED = np.array([0, 2, 2, 2, 2, 3, 3, 2])
ALLOWANCE = 8_600
BANDS = ((100, 30_000), (90, 10_000), (80, 5_000))


@dataclass
class OracleHousehold:
    """One random household: amounts in fen a year."""

    property_ok: bool
    people: list["OraclePerson"] = field(default_factory=list)


@dataclass
class OraclePerson:
    """One random member."""

    birth: dt.date
    wage: int
    transfer: int
    illness_cost: int
    level: int
    kind: int
    ill: bool
    custody: bool
    counted: bool
    on_dibao: bool
    local: bool
    work_injury: bool


class Fen(Variable):
    """A whole number of 64 bits; OpenFisca's own `int` has 32 and would overflow."""

    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH

    def __init__(self, baseline_variable: object = None) -> None:
        """Widen the type."""
        super().__init__(baseline_variable)
        self.dtype = np.int64


def _input(name: str, entity: object = Person) -> type[Variable]:
    body = {"value_type": int, "entity": entity, "definition_period": DateUnit.MONTH}
    return type(name, (Fen,), body)


INPUTS = ("age", "age_before", "wage", "transfer", "illness_cost", "level", "kind")
FLAGS = ("ill", "custody", "counted", "on_dibao", "local", "work_injury")


def _half_up(numerator: np.ndarray, denominator: int) -> np.ndarray:
    """Return whole fen of a fraction that is not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


class member(Fen):  # noqa: N801 - OpenFisca names variables by their class
    """Counts for dibao: a counted member at liberty."""

    value_type, entity, definition_period = int, Person, DateUnit.MONTH

    def formula(person, period):  # type: ignore[no-untyped-def] # noqa: N805
        return person("counted", period) * (1 - person("custody", period))


class supplement(Fen):  # noqa: N801
    """The highest of four extras, once."""

    value_type, entity, definition_period = int, Person, DateUnit.MONTH

    def formula(person, period):  # type: ignore[no-untyped-def] # noqa: N805
        level, age = person("level", period), person("age", period)
        disabled = (level >= 1) & (level <= SEVERE[person("kind", period)])
        rate = np.zeros(len(age), dtype=np.int64)
        for name, holds in (
            ("disabled", disabled), ("ill", person("ill", period) == 1), ("old", age >= 70), ("child", age < 18),
        ):  # fmt: skip
            rate = np.where(holds, np.maximum(rate, RATES[name]), rate)
        return _half_up(STANDARD * rate, 100) * person("member", period)


class dibao(Fen):  # noqa: N801
    """The monthly amount of a household; -1 when it is not owed."""

    value_type, entity, definition_period = int, Household, DateUnit.MONTH

    def formula(household, period):  # type: ignore[no-untyped-def] # noqa: N805
        counts = household.members("member", period)
        income = household.members("wage", period) + household.members("transfer", period)
        deducted = household.members("illness_cost", period)
        number = household.sum(counts).astype(np.int64)
        counted = np.maximum(0, _total(household, income * counts) - _total(household, deducted * counts))
        entitled = STANDARD * number * 12
        extra = _total(household, household.members("supplement", period))
        owed = (number > 0) & (counted < entitled) & (household("property_ok", period) == 1)
        amount = _half_up(np.maximum(0, entitled - counted), 12) + extra
        return np.where(owed & (amount > 0), amount, -1)


def _total(household: object, values: np.ndarray) -> np.ndarray:
    """Return exact household sums; `household.sum` would go through floating point."""
    ids = household.members_entity_id  # type: ignore[attr-defined]
    sums = np.zeros(household.count, dtype=np.int64)  # type: ignore[attr-defined]
    np.add.at(sums, ids, values)
    return sums


class gaoling_jintie(Fen):  # noqa: N801
    """The allowance of a month; -1 when it is not owed."""

    value_type, entity, definition_period = int, Person, DateUnit.MONTH

    def formula(person, period):  # type: ignore[no-untyped-def] # noqa: N805
        age = person("age_before", period)
        owed = (person("local", period) == 1) & (person("custody", period) == 0) & (age >= 80)
        amount = np.select([age >= start for start, _ in BANDS], [fen for _, fen in BANDS], 0)
        return np.where(owed, amount, -1)


class canji_shenghuo(Fen):  # noqa: N801
    """The living allowance; -1 when it is not owed."""

    value_type, entity, definition_period = int, Person, DateUnit.MONTH

    def formula(person, period):  # type: ignore[no-untyped-def] # noqa: N805
        owed = (person("level", period) >= 1) & (person("on_dibao", period) == 1) & _may_draw(person, period)
        return np.where(owed, ALLOWANCE, -1)


class canji_huli(Fen):  # noqa: N801
    """The nursing allowance; -1 when it is not owed."""

    value_type, entity, definition_period = int, Person, DateUnit.MONTH

    def formula(person, period):  # type: ignore[no-untyped-def] # noqa: N805
        level = person("level", period)
        owed = (level >= 1) & (level <= NURSED[person("kind", period)]) & _may_draw(person, period)
        return np.where(owed, ALLOWANCE, -1)


def _may_draw(person, period):  # type: ignore[no-untyped-def]
    free = (person("custody", period) == 0) & (person("work_injury", period) == 0)
    return free & (person("local", period) == 1)


def age_on(birth: dt.date, on: dt.date) -> int:
    """Return birthdays passed; 29 February passes on 1 March in common years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _columns(people: list[OraclePerson]) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {
        "age": [age_on(p.birth, MONTH_END) for p in people],
        "age_before": [age_on(p.birth, LAST_MONTH_END) for p in people],
    }
    for name in (*INPUTS[2:], *FLAGS):
        columns[name] = [int(getattr(p, name)) for p in people]
    return columns


def ask_openfisca(households: list[OracleHousehold]) -> dict[str, list[int | None]]:
    """Return fen a month of each benefit, None where not owed: dibao by household, the others by person in order."""
    system = TaxBenefitSystem([Person, Household])
    system.add_variables(*(_input(n) for n in (*INPUTS, *FLAGS)), _input("property_ok", Household))
    system.add_variables(member, supplement, dibao, gaoling_jintie, canji_shenghuo, canji_huli)
    people = [p for h in households for p in h.people]
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", range(len(people)))
    homes = builder.declare_entity("household", range(len(households)))
    of = [n for n, h in enumerate(households) for _ in h.people]
    builder.join_with_persons(homes, np.array(of), ["member"] * len(people))
    simulation = builder.build(system)
    for name, values in _columns(people).items():
        simulation.set_input(name, MONTH, np.array(values, dtype=np.int64))
    simulation.set_input("property_ok", MONTH, np.array([int(h.property_ok) for h in households], dtype=np.int64))
    names = ("dibao", "gaoling_jintie", "canji_shenghuo", "canji_huli")
    answers = {n: simulation.calculate(n, MONTH).tolist() for n in names}
    return {n: [None if v < 0 else v for v in values] for n, values in answers.items()}
