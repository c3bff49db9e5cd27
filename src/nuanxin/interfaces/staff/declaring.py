"""Incomes and circumstances typed at the counter: what stands, what was typed, what that changes, live receipts."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading, trial
from nuanxin.kernel.core import fen
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services as registry_services
from nuanxin.kernel.rulebook import selectors
from nuanxin.kernel.rulebook import services as rulebook
from nuanxin.kernel.rulebook.cases import LONG_AGO
from nuanxin.kernel.rulebook.household import Laid
from nuanxin.kernel.rulebook.inputs import date_of, number_of

PERSON = tuple(name for name in trial.PERSON if name not in ("birth", "no_obligor"))
HOUSEHOLD = trial.HOUSEHOLD
GROUPS = {
    "income": gettext_lazy("收入"), "cost": gettext_lazy("支出"), "health": gettext_lazy("残疾、疾病与自理"),
    "life": gettext_lazy("就学、居住与其他情形"), "property": gettext_lazy("财产"),
    "support": gettext_lazy("赡养、抚养义务人"),
    "emergency": gettext_lazy("急难情形"), "child": gettext_lazy("儿童保障"), "other": gettext_lazy("其他"),
}  # fmt: skip
PREFERRED = {"verified": 0, "declared": 1, "observed": 2}


@dataclass(frozen=True)
class Subject:
    """A member, or the household itself when `person_id` is None, with what stands of each fact as text."""

    person_id: int | None
    household_id: int | None
    name: str
    stands: Mapping[str, str]
    asked: tuple[str, ...]
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """Return what the subject's fields begin with."""
        return f"p{self.person_id}-" if self.person_id is not None else "h-"

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Return the facts asked of the subject, each with its field's name and what stands."""
        return [
            {"name": f"{self.prefix}{name}", "fact": fact, "value": self.stands.get(name, "")}
            for name, fact in trial.fields(self.asked)
        ]

    @property
    def certificates(self) -> list[dict[str, str]]:
        """Return the papers behind the facts asked, each with its field's name and the end that stands."""
        named = {str(fact.circumstance): fact.certificate for _, fact in trial.fields(self.asked) if fact.certificate}
        return [
            {"name": self.end_field(kind), "title": title, "value": self.ends.get(kind, "")}
            for kind, title in named.items()
        ]

    def end_field(self, kind: str) -> str:
        """Return what the field of a paper's end is called."""
        return f"{self.prefix}{kind}-until"

    def ends_otherwise(self, data: Mapping[str, str]) -> set[str]:
        """Return the kinds whose paper ends otherwise than it stands, of those the form asked."""
        kinds = {str(fact.circumstance) for _, fact in trial.fields(self.asked) if fact.certificate}
        return {
            kind for kind in kinds
            if str(data.get(self.end_field(kind), self.ends.get(kind, ""))).strip() != self.ends.get(kind, "")
        }  # fmt: skip

    @property
    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the facts asked by the parts of the application form, in its order."""
        parts = {code: [one for one in self.facts if one["fact"].group == code] for code in GROUPS}
        return [(str(GROUPS[code]), facts) for code, facts in parts.items() if facts]

    def changed(self, data: Mapping[str, str]) -> dict[str, str]:
        """Return the facts typed otherwise than they stand; an empty field that stood counts, too."""
        typed = {one["name"]: str(data.get(one["name"], "")).strip() for one in self.facts}
        return {
            name.removeprefix(self.prefix): value
            for name, value in typed.items()
            if value != self.stands.get(name.removeprefix(self.prefix), "")
        }


def asked_of(county: str, month: dt.date, benefit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facts asked of each member and of the household: those a benefit reads, else the usual ones."""
    if not benefit:
        return PERSON, tuple(name for name, fact in trial.fields(HOUSEHOLD) if not fact.opened_by)
    found = [
        (name, fact) for name, fact in trial.fields(selectors.recorded_facts(county, month, benefit)) if fact.asked
    ]
    told = {fact.circumstance for _, fact in found if fact.take != "exists"}
    known = [(name, fact) for name, fact in found if fact.take != "exists" or fact.circumstance not in told]
    people = tuple(name for name, fact in known if fact.of == "person")
    return people, tuple(name for name, fact in known if fact.of == "household")


def subjects_of(
    household_id: int, members: list[tuple[int, str]], on: dt.date, asked: tuple[tuple[str, ...], tuple[str, ...]]
) -> list[Subject]:
    """Return the household's members by name, then the household, with what stands on a day of the facts asked."""
    person, own = asked
    people = [
        Subject(pk, None, name, _stands(rows, person), person, _ends(rows))
        for pk, name in members
        for rows in [list(registry.circumstances_of(person_id=pk, on=on))]
    ]
    rows = list(registry.circumstances_of(household_id=household_id, on=on))
    return [*people, Subject(None, household_id, "", _stands(rows, own), own, _ends(rows))]


def _ends(rows: Any) -> dict[str, str]:
    """Return until when the record that stands of each kind is valid, where it ends."""
    best = {row.kind: row for row in sorted(rows, key=lambda one: -PREFERRED[one.standing])}
    return {kind: row.valid_to.isoformat() for kind, row in best.items() if row.valid_to}


def _stands(rows: Any, names: tuple[str, ...]) -> dict[str, str]:
    best: dict[str, Any] = {}
    for row in sorted(rows, key=lambda one: -PREFERRED[one.standing]):
        best[row.kind] = row
    return {name: text for name, fact in trial.fields(names) if (text := _text(fact, best.get(fact.circumstance)))}


def _text(fact: Any, row: Any) -> str:
    if row is None:
        return ""
    if fact.take == "exists":
        return "true"
    if fact.take in ("since", "until"):
        day = row.valid_from if fact.take == "since" else row.valid_to
        return day.isoformat() if day else ""
    value = {"amount": row.amount_fen, "sum": row.amount_fen, "level": row.level, "code": row.code}.get(fact.take)
    if value is None:
        return ""
    if fact.type == "money":
        return fen.yuan(value).replace(",", "")
    return str(bool(value)).lower() if fact.type == "yesno" else str(value)


def laid_over(county: str, subjects: list[Subject], data: Mapping[str, str]) -> list[Laid]:
    """Return what was typed otherwise than it stands as records to compute with; Refused in words.

    A kind of which every field was emptied has no record any more.
    """
    found: list[Laid] = []
    for subject in subjects:
        whose = {"person_id": subject.person_id, "household_id": subject.household_id}
        for kind, answers in _answers(subject, data):
            given = {one["fact_name"]: _as_written(one, data) for one in answers if one["typed"]}
            if given:
                read = rulebook.read_facts(county=county, given=given, **whose)
                found += [_checked(_until(one, subject, data)) for one in read]
            else:
                found.append(Laid(subject.person_id, subject.household_id, kind, None))
    return found


def _answers(subject: Subject, data: Mapping[str, str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each kind of circumstance of which a field was changed, with all its fields as typed."""
    changed = subject.changed(data)
    fields = [
        {**one, "fact_name": one["name"].removeprefix(subject.prefix), "typed": str(data.get(one["name"], "")).strip()}
        for one in subject.facts
    ]
    kinds = dict.fromkeys(str(one["fact"].circumstance) for one in fields if one["fact_name"] in changed)
    for kind in kinds | dict.fromkeys(sorted(subject.ends_otherwise(data))):
        yield kind, [one for one in fields if one["fact"].circumstance == kind]


def _as_written(one: Mapping[str, Any], data: Mapping[str, str]) -> str:
    """Return an answer as the dictionary reads it; Refused, at its field, where it is no amount or no number."""
    fact, name = one["fact"], one["name"]
    if fact.type == "money":
        return f"{fen.yuan(reading.fen(data, name)).replace(',', '')} {fact.unit}"
    if fact.type == "number":
        return str(reading.whole_number(data, name))
    return str(one["typed"])


def _until(one: Laid, subject: Subject, data: Mapping[str, str]) -> Laid:
    """Return the record with the end of its paper: as typed, else as it stands."""
    text = str(data.get(subject.end_field(one.kind), subject.ends.get(one.kind, ""))).strip()
    if one.cells is None or not text:
        return one
    day = reading.day({subject.end_field(one.kind): text}, subject.end_field(one.kind))
    return replace(one, cells=(*one.cells[:4], number_of(day)))


def _checked(one: Laid) -> Laid:
    """Return the record; Refused where its values cannot be."""
    if one.cells is not None:
        amount, level, code, _start, _end = one.cells
        registry_services.refuse_impossible(one.kind, amount_fen=amount, level=level, code=code)
    return one


def keep(*, change: Change, laid: list[Laid], since: dt.date, standing: str, source: str) -> int:
    """Record what was typed from a day on with its standing and source; returns how many."""
    for one in laid:
        whose = {"person_id": one.person_id, "household_id": one.household_id}
        if one.cells is None:
            registry_services.end_circumstance(change=change, kind=one.kind, on=since, standing=standing, **whose)
            continue
        amount, level, code, start, until = one.cells
        begins = since if start in (None, number_of(LONG_AGO)) else date_of(start)
        if until is not None and begins is not None and until <= (number_of(begins) or 0):
            raise Refused("facts.until", "有效期至应晚于起始日期。", "请核对证件上的有效期。")
        registry_services.record_circumstance(
            change=change, kind=one.kind, valid_from=begins or since, valid_to=date_of(until), amount_fen=amount,
            level=level, code=code, standing=standing, source=source, **whose,
        )  # fmt: skip
    return len(laid)
