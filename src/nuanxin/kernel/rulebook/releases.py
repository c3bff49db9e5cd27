"""Releases: everything a run used, canonical, under its SM3; a release alone recomputes the run."""

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import DeclarationError, Fault
from nuanxin.kernel.engine import store
from nuanxin.kernel.rulebook.books import Books, Roots, open_books
from nuanxin.kernel.rulebook.compilation.build import compile_law
from nuanxin.kernel.rulebook.compilation.plan import Plan
from nuanxin.kernel.rulebook.inputs import number_of
from nuanxin.kernel.rulebook.law import LocalLaw, LocalParameter, resolve
from nuanxin.kernel.rulebook.schema import DatedValue, Parameter

ENGINE_VERSION = "1"
FILE = "release.json"
T = TypeVar("T")


@dataclass(frozen=True)
class Law:
    """The compiled law of a county for a month, with the dated parameters it needs and its canonical text."""

    county: str
    plan: Plan
    parameters: dict[str, LocalParameter]
    canonical: str
    sm3: str

    def row(self, month: dt.date) -> dict[str, Any]:
        """Return the one row of the parameter table for a month; dates as yyyymmdd."""
        cells: dict[str, Any] = {}
        for parameter in self.parameters.values():
            cells |= parameter.cells(parameter.on(month))
        return {k: number_of(v) if isinstance(v, dt.date) else v for k, v in cells.items()}


def law_of(county: str, month: dt.date, roots: Roots | None = None) -> Law:
    """Return the compiled law of a county in a month; raise DeclarationError when the declarations are faulty."""
    return _law(open_books(roots), county, month)


@lru_cache(maxsize=64)
def _resolved(books: "_ById[Books]", county: str) -> LocalLaw:
    return resolve(books.thing, county)


@dataclass(frozen=True, eq=False)
class _ById(Generic[T]):
    """Books, a law or a plan as a cache key: alike only to itself."""

    thing: T

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.thing is self.thing


def local_law(county: str, roots: Roots | None = None) -> LocalLaw:
    """Return the resolved declarations of a county."""
    return _resolved(_ById(open_books(roots)), county)


def _law(books: Books, county: str, month: dt.date) -> Law:
    return _compiled(_ById(books), county, month)


@lru_cache(maxsize=64)
def _compiled(books: "_ById[Books]", county: str, month: dt.date) -> Law:
    if books.thing.faults:
        raise DeclarationError(books.thing.faults)
    local = _resolved(books, county)
    plan = compile_law(local, month)
    return _same_plan(_ById(local), _ById(plan))


@lru_cache(maxsize=64)
def _same_plan(local: "_ById[LocalLaw]", plan: "_ById[Plan]") -> Law:
    """Return the law of a plan: one for all the months that are compiled alike."""
    return make_law(local.thing, plan.thing)


def make_law(local: LocalLaw, plan: Plan) -> Law:
    """Return the law with its canonical text and SM3."""
    used = {p for b in plan.benefits.values() for p in b.parameters}
    parameters = {n: p for n, p in sorted(local.parameters.items()) if n in used}
    data = {
        "engine_version": ENGINE_VERSION,
        "county": local.county,
        "facts": {n: local.facts[n].item.model_dump(mode="json", by_alias=True) for n in sorted(plan.facts)},
        "parameters": {n: _dumped(p) for n, p in parameters.items()},
        "benefits": {
            code: [p.item.model_dump(mode="json", by_alias=True) for _, p in versions]
            for code, versions in sorted(local.benefits.items()) if code in plan.benefits
        },
        "plan": plan.to_json(),
    }  # fmt: skip
    canonical = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Law(local.county, plan, parameters, canonical, sm3_hex(canonical))


def _dumped(parameter: LocalParameter) -> dict[str, Any]:
    values = [[rank, v.model_dump(mode="json", by_alias=True)] for rank, v in parameter.values]
    declared = parameter.declared.model_dump(mode="json", by_alias=True, exclude={"values"})
    return {"declared": declared, "values": values}


def store_release(law: Law) -> str:
    """Write the canonical text to the store, once; return the folder."""
    folder = store.release_folder(law.sm3)
    path = store.absolute(folder) / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(law.canonical, encoding="utf-8")
        draft.rename(path)
    return folder


def read_release(sm3: str) -> Law:
    """Return the law that a release kept; no declaration of today is read. Fault when the text was altered."""
    return _read(str(store.absolute(store.release_folder(sm3)) / FILE), sm3)


@lru_cache(maxsize=16)
def _read(path: str, sm3: str) -> Law:
    canonical = Path(path).read_text(encoding="utf-8")
    if sm3_hex(canonical) != sm3:
        raise Fault(f"release {sm3} was altered")
    data = json.loads(canonical)
    parameters = {n: _parameter(n, p) for n, p in data["parameters"].items()}
    return Law(data["county"], Plan.from_json(data["plan"]), parameters, canonical, sm3)


def _parameter(name: str, data: dict[str, Any]) -> LocalParameter:
    values = tuple((rank, DatedValue.model_validate(v)) for rank, v in data["values"])
    return LocalParameter(name, Parameter.model_validate(data["declared"]), values)
