"""All that can be wrong with the declarations, told at once: values, dates, names, expressions, examples."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault
from nuanxin.kernel.engine.expressions.compiler import BAND_SLOTS
from nuanxin.kernel.engine.expressions.parser import names_in
from nuanxin.kernel.engine.expressions.types import make_type
from nuanxin.kernel.rulebook.books import Books, Placed, Roots, open_books
from nuanxin.kernel.rulebook.compilation.build import compile_law
from nuanxin.kernel.rulebook.compilation.steps import texts_of
from nuanxin.kernel.rulebook.examples import run_all
from nuanxin.kernel.rulebook.law import LocalLaw, LocalParameter, layers_of, merged, resolve
from nuanxin.kernel.rulebook.schema import Benefit, DatedValue, Parameter
from nuanxin.kernel.rulebook.schema.benefits import ByParameter

Faults = Iterator[DeclarationFault]


@dataclass(frozen=True)
class Report:
    """What a check found: faults, and what is only worth knowing."""

    count: int
    faults: tuple[DeclarationFault, ...]
    remarks: tuple[str, ...]


def check_books(roots: Roots | None = None, with_examples: bool = True, county: str = "") -> Report:
    """Return every fault; expressions are compiled for each county, examples run when nothing else is wrong.

    With `county` only its law is compiled and only the instance's own examples run: what a draft of it can break.
    """
    books = open_books(roots)
    faults = [*books.faults, *_twice(books), *_parameters(books), *_versions(books), *_unused(books), *_orphans(books)]
    remarks: list[str] = []
    for code in [county] if county else counties(books):
        found, told = _compiled(resolve(books, code))
        faults += found
        remarks += told
    if not faults and with_examples:
        faults += [
            DeclarationFault(r.file, r.line, f"示例 {r.example.id}: {d}。")
            for r in run_all(roots, own=bool(county))
            for d in r.differences
        ]
    return Report(books.count, tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(remarks)))


def counties(books: Books) -> list[str]:
    """Return the counties that have declarations of their own."""
    shelves = (books.facts, books.parameters, books.values, books.benefits, books.exclusions)
    layers = {p.layer for shelf in shelves for _, p in shelf}
    return sorted({code for layer in layers if len(code := layer.removeprefix("home:")) == 6})


def _twice(books: Books) -> Faults:
    """Tell names declared twice in layers that one county sees."""
    for what, shelf in (("事实", books.facts), ("参数", books.parameters)):
        seen: dict[str, list[Placed]] = defaultdict(list)  # type: ignore[type-arg]
        for name, placed in shelf:
            if any(_together(placed.layer, p.layer) for p in seen[name]):
                yield placed.fault(f"{what}“{name}”已经声明过。请换一个名字, 或只写 values。")
            seen[name].append(placed)


def _together(one: str, other: str) -> bool:
    a, b = one.removeprefix("home:"), other.removeprefix("home:")
    return a.startswith(b) or b.startswith(a)


def _parameters(books: Books) -> Faults:
    declared = dict(books.parameters)
    for name, placed in books.parameters:
        yield from _type_fault(placed)
        if placed.item.by is not None and placed.item.codes is not None:
            yield placed.fault("by(分段)与 codes(代码表)只写其一。", "codes")
        del name
    for name, values in books.values:
        parameter = declared.get(name)
        if parameter is None:
            yield values.fault(f"不认识的参数“{name}”。请先在 parameters 里声明, 或改正名字。")
            continue
        yield from _values(name, parameter.item, values)
        yield from _dates(values, [(v.from_, v.to) for v in values.item], "取值")


def _type_fault(placed: Placed[Parameter]) -> Faults:
    try:
        make_type(placed.item.type, placed.item.unit)
    except ValueError as error:
        yield placed.fault(f"{error}。", "unit")


def _values(name: str, parameter: Parameter, placed: Placed[list[DatedValue]]) -> Faults:
    local = LocalParameter(name, parameter, ())
    for n, value in enumerate(placed.item):
        shape = next(s for s in ("value", "bands", "table") if getattr(value, s) is not None)
        if shape != parameter.shape:
            yield placed.fault(f"参数“{name}”应写 {parameter.shape}, 却写了 {shape}。", n, shape)
            continue
        try:
            local.cells(value)
        except ValueError as error:
            yield placed.fault(f"{error}。", n, shape)
        yield from _codes(name, parameter, value, placed, n)


def _codes(name: str, parameter: Parameter, value: DatedValue, placed: Placed[list[DatedValue]], n: int) -> Faults:
    codes = set(parameter.codes or ())
    if value.bands is not None and len(value.bands) > BAND_SLOTS:
        yield placed.fault(f"分段最多 {BAND_SLOTS} 档。", n, "bands")
    if value.table is not None and set(value.table) != codes:
        wrong = sorted(set(value.table) ^ codes)
        yield placed.fault(f"表“{name}”的代码与声明不一致: {'、'.join(wrong)}。请写全且只写声明过的代码。", n, "table")
    if parameter.type == "code" and codes and value.value not in codes:
        yield placed.fault(f"“{value.value}”不在 {'、'.join(sorted(codes))} 之中。", n, "value")


def _dates(placed: Placed, periods: list[tuple[dt.date, dt.date | None]], what: str) -> Faults:  # type: ignore[type-arg]
    """Tell overlaps and gaps of dated values in one layer; without `to` the next one takes over."""
    starts = Counter(start for start, _ in periods)
    for start in (s for s, count in starts.items() if count > 1):
        yield placed.fault(f"{what}在 {start} 开始的有两条。请删去一条。")
    ordered = sorted(periods)
    for (_, end), (start, _) in pairwise(ordered):
        if end is not None and end > start:
            yield placed.fault(f"{what}在 {start} 至 {end} 重叠。请改正 from 或 to。")
        if end is not None and end < start:
            yield placed.fault(f"{what}在 {end} 至 {start} 之间没有规定。请补上或改正日期。")


def _versions(books: Books) -> Faults:
    """Tell overlaps and gaps between the versions of one benefit in one layer."""
    shelves: dict[tuple[str, str], list[Placed]] = defaultdict(list)  # type: ignore[type-arg]
    for code, placed in books.benefits:
        shelves[placed.layer, code].append(placed)
    for (_, code), versions in shelves.items():
        ordered = sorted(versions, key=lambda p: p.item.in_force.from_)
        for earlier, later in pairwise(ordered):
            end, start = earlier.item.in_force.to, later.item.in_force.from_
            if end is None or end > start:
                yield later.fault(f"待遇“{code}”的两个版本在 {start} 重叠。请给前一个版本写 to: {start}。", "in_force")
            elif end < start:
                yield later.fault(f"待遇“{code}”在 {end} 至 {start} 之间没有版本。请改正日期。", "in_force")


def _orphans(books: Books) -> Faults:
    """Tell overrides that have nothing below, exclusions of unknown benefits, examples of unknown benefits."""
    known = {code for code, _ in books.benefits}
    for _, placed in books.benefits:
        if isinstance(placed.item, Benefit):
            continue
        rank = layers_of(placed.layer.removeprefix("home:"))
        below = [
            (0, p)
            for c, p in books.benefits
            if c == placed.item.benefit and isinstance(p.item, Benefit) and p.layer in rank
        ]
        if merged(placed, below) is None:  # type: ignore[arg-type]
            yield placed.fault("下层没有可以改动的版本。请写成完整的待遇。", "overrides")
    for example in books.examples:
        if example.item.benefit not in known:
            yield example.fault(f"没有待遇“{example.item.benefit}”。请改正代码。", "benefit")


def _unused(books: Books) -> Faults:
    """Tell parameters that nothing reads."""
    texts = [text for _, p in books.facts for text in p.item.texts]
    starts = set()
    for _, placed in books.benefits:
        item = placed.item
        texts += [t for part in _texts(item) for t in part]
        starts |= {item.starts.param} if isinstance(item.starts, ByParameter) else set()
        starts |= {item.review.param} if item.review and item.review.param else set()
        paid_in = getattr(item, "paid_in", None)
        starts |= {paid_in.param} if isinstance(paid_in, ByParameter) else set()
    used = {n for t in texts if t for n in names_in(t).plain} | starts
    for name, placed_ in books.parameters:
        if name not in used and placed_.item.read_by == "rules":
            yield placed_.fault(
                f"参数“{name}”没有被任何事实或待遇使用。请删去或改正名字; 由办案、发放读取的写 read_by。"
            )


def _texts(item: object) -> list[list[str]]:
    if isinstance(item, Benefit):
        return list(texts_of(item).values())
    parts = [getattr(item, "applies", None), getattr(item, "members", None), getattr(item, "amount", None)]
    for group in ("steps", "member_steps"):
        parts += [s.is_ for s in getattr(item, group).values()]
    parts += [c.holds for c in getattr(item, "conditions", ())] + [c.amount for c in getattr(item, "components", ())]
    return [[t for t in parts if t]]


def _compiled(law: LocalLaw) -> tuple[list[DeclarationFault], list[str]]:
    """Compile each version once: on the newest start and on the eve of every end; a reason is told of its first day."""
    periods = [p.item.in_force for versions in law.benefits.values() for _, p in versions]
    if not periods:
        return [], []
    days = {max(p.from_ for p in periods)} | {p.to - dt.timedelta(days=1) for p in periods if p.to}
    faults: list[DeclarationFault] = []
    told: dict[str, dt.date] = {}
    for day in sorted(days):
        try:
            for reason in compile_law(law, day).skipped.values():
                told.setdefault(reason, day)
        except DeclarationError as error:
            faults += error.faults
    return faults, [f"{law.county} {day}: {reason}" for reason, day in told.items()]
