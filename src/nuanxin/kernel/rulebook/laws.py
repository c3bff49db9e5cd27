"""The resolved declarations of a county as text under their SM3, so that a law can be compiled when its files are gone.

A release holds one month's program; this holds what every month's program comes from: facts, parameters, benefits
and exclusions over all dates.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.declarations import Document
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.engine import store
from nuanxin.kernel.rulebook.books import NATIONAL, Placed
from nuanxin.kernel.rulebook.compilation.build import compile_law
from nuanxin.kernel.rulebook.law import LocalLaw, LocalParameter
from nuanxin.kernel.rulebook.releases import ENGINE_VERSION, Law, make_law
from nuanxin.kernel.rulebook.schema import Benefit, DatedValue, Exclusion, Fact, Parameter

FOLDER = "laws"
KERNEL = Path(__file__).resolve().parents[1]
ENGINE = ("rulebook/*.py", "rulebook/compilation/*.py", "engine/expressions/*.py", "engine/dialects.py")


def law_text(local: LocalLaw) -> str:
    """Return the declarations that hold in a county over all dates, as canonical text; steps keep their order."""
    parameters = {
        name: {
            "declared": _dump(p.declared, {"values"}),
            "values": [[r, _dump(v)] for r, v in sorted(p.values, key=lambda x: (x[0], x[1].from_))],
        }
        for name, p in sorted(local.parameters.items())
    }
    data = {
        "county": local.county,
        "facts": {name: _dump(placed.item) for name, placed in sorted(local.facts.items())},
        "parameters": parameters,
        "benefits": {code: _ranked(versions) for code, versions in sorted(local.benefits.items())},
        "exclusions": {name: _ranked(cells) for name, cells in sorted(local.exclusions.items())},
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _dump(item: Any, exclude: set[str] | None = None) -> dict[str, Any]:
    dumped: dict[str, Any] = item.model_dump(mode="json", by_alias=True, exclude=exclude)
    return dumped


def _ranked(versions: Iterable[tuple[int, Placed[Any]]]) -> list[list[Any]]:
    return [[rank, _dump(placed.item)] for rank, placed in versions]


def keep_law(local: LocalLaw) -> str:
    """Store the declarations, once; return their SM3."""
    text = law_text(local)
    sm3 = sm3_hex(text)
    path = _path(sm3)
    if not path.exists():
        store.write_whole(path, text.encode())
    return sm3


def _path(sm3: str) -> Path:
    return store.absolute(f"{FOLDER}/{sm3}.json")


def kept_law(sm3: str) -> LocalLaw:
    """Return declarations as kept; no file of today is read. Fault when the text was altered."""
    return _kept(str(_path(sm3)), sm3)


@lru_cache(maxsize=8)
def _kept(path: str, sm3: str) -> LocalLaw:
    text = Path(path).read_text(encoding="utf-8")
    if sm3_hex(text) != sm3:
        raise Fault(f"law {sm3} was altered")
    data = json.loads(text)
    parameters = {
        name: LocalParameter(
            name,
            Parameter.model_validate(one["declared"]),
            tuple((rank, DatedValue.model_validate(value)) for rank, value in one["values"]),
        )
        for name, one in data["parameters"].items()
    }
    return LocalLaw(
        county=data["county"],
        facts={name: _placed(Fact.model_validate(one)) for name, one in data["facts"].items()},
        parameters=parameters,
        benefits={c: [(r, _placed(Benefit.model_validate(b))) for r, b in v] for c, v in data["benefits"].items()},
        exclusions={
            n: [(r, _placed(Exclusion.model_validate(x))) for r, x in v] for n, v in data["exclusions"].items()
        },
    )


def _placed(item: Any) -> Placed[Any]:
    return Placed(item, NATIONAL, Document("kept"))


def kept_law_in(sm3: str, month: dt.date) -> Law:
    """Return kept declarations compiled for a month."""
    return law_in(kept_law(sm3), month)


def law_in(local: LocalLaw, month: dt.date) -> Law:
    """Return declarations compiled for a month; DeclarationError when they cannot be."""
    return make_law(local, compile_law(local, month))


@cache
def engine_sm3() -> str:
    """Return what the program that reads the law is known by: its version and its own text."""
    paths = sorted(path for pattern in ENGINE for path in KERNEL.glob(pattern))
    text = "".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in paths)
    return sm3_hex(f"{ENGINE_VERSION}\n{text}")


@dataclass(frozen=True)
class Amendment:
    """What differs between two sets of declarations: benefits touched, and for each the reasons in Chinese."""

    benefits: dict[str, tuple[str, ...]]


def amended(before: LocalLaw, after: LocalLaw, month: dt.date) -> Amendment:
    """Return the benefits that read something different, themselves or through other benefits, in a month."""
    law = law_in(after, month)
    reasons: dict[str, list[str]] = {code: [] for code in law.plan.benefits}
    told = _parameter_words(before, after)
    for code, plan in law.plan.benefits.items():
        reasons[code] += [told[name] for name in plan.parameters if name in told]
        if _dumped(before.benefits.get(code, [])) != _dumped(after.benefits.get(code, [])):
            reasons[code].append("待遇的规定有改动")
    if facts_differ(before, after):
        for code in reasons:
            reasons[code].append("事实的取数规定有改动")
    _exclusion_reasons(before, after, reasons)
    _spread({code: {r for r, _ in plan.results} for code, plan in law.plan.benefits.items()}, reasons, law)
    return Amendment({code: tuple(dict.fromkeys(why)) for code, why in reasons.items() if why})


def facts_differ(before: LocalLaw, after: LocalLaw) -> bool:
    """Tell whether a fact is read in another way or is gone; a new one changes nothing by itself."""
    return any(
        n not in after.facts or plain(after.facts[n].item) != plain(placed.item) for n, placed in before.facts.items()
    )


def plain(item: Any) -> dict[str, Any]:
    """Return a declaration as data: two files that say the same are the same."""
    return _dump(item)


def _dumped(versions: Iterable[tuple[int, Placed[Any]]]) -> list[Any]:
    return [plain(placed.item) for _, placed in versions]


def _parameter_words(before: LocalLaw, after: LocalLaw) -> dict[str, str]:
    """Return in words each parameter that has other values: those that are new, and those that are gone."""
    told = {}
    for name, parameter in after.parameters.items():
        old = before.parameters.get(name)
        now, then = set(_values(parameter)), set(_values(old) if old else ())
        if old is not None and _dump(old.declared, {"values"}) != _dump(parameter.declared, {"values"}):
            told[name] = f"{parameter.declared.label}的声明有改动"
        elif now != then:
            new, gone = "、".join(sorted(now - then)), "、".join(sorted(then - now))
            told[name] = f"{parameter.declared.label}：{'新 ' + new if new else ''}{'；去掉 ' + gone if gone else ''}"
    return told


def _values(parameter: LocalParameter) -> list[str]:
    return [f"{v.from_}起 {_shown(v)}" for _, v in parameter.values]


def _shown(value: DatedValue) -> str:
    many = value.table if value.table is not None else value.bands
    return value.value if many is None else ",".join(f"{k}={v}" for k, v in many.items())  # type: ignore[return-value]


def _exclusion_reasons(before: LocalLaw, after: LocalLaw, reasons: dict[str, list[str]]) -> None:
    for name in set(before.exclusions) | set(after.exclusions):
        old, new = before.exclusions.get(name, []), after.exclusions.get(name, [])
        if _dumped(old) != _dumped(new):
            cells = [placed.item for _, placed in (*old, *new)]
            for code in {c for cell in cells for c in (cell.drop, *cell.among) if c}:
                reasons.setdefault(code, []).append("与其他待遇的关系有改动")


def _spread(reads: dict[str, set[str]], reasons: dict[str, list[str]], law: Law) -> None:
    """Tell benefits that read the result of one that is touched."""
    for code, plan in law.plan.benefits.items():
        reads[code] |= {keep for x in plan.exclusions for keep in x.keep.split("、")}
    for _ in law.plan.benefits:
        for code, others in reads.items():
            touched = next((o for o in sorted(others) if o != code and reasons.get(o)), None)
            if touched and not reasons.get(code):
                reasons[code] = [f"随“{law.plan.benefits[touched].title}”而变"]
