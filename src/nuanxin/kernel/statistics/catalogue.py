"""All declared indicators, loaded strictly and checked against the tallies that the rooms registered."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nuanxin
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.declarations import load_all
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault, Refused
from nuanxin.kernel.core.tallies import StockTally, Tally, all_tallies
from nuanxin.kernel.statistics.enums import Flow, Kind, Unit
from nuanxin.kernel.statistics.filters import FilterFault, compile_filter
from nuanxin.kernel.statistics.schema import SHAPE, Awaited, AwaitedFile, CircumstanceColumn, Indicator
from nuanxin.kernel.statistics.sources import Source, source_of

DOMAINS = Path(nuanxin.__file__).parent / "domains"
AWAITED = "_awaited.yaml"
MEASURE = ("kind", "over", "flow", "of", "where", "circumstances")


@dataclass(frozen=True)
class Catalogue:
    """The indicators that are counted and those that still await their register, by code."""

    indicators: dict[str, Indicator]
    awaited: dict[str, Awaited]

    @property
    def leaves(self) -> list[Indicator]:
        """Return the indicators counted from tallies themselves, by code."""
        return [i for _, i in sorted(self.indicators.items()) if i.leaf]

    def get(self, code: str) -> Indicator:
        """Return the indicator of a code; Refused where there is none."""
        if code not in self.indicators:
            why = "尚未计数" if code in self.awaited else "没有声明"
            raise Refused("indicator.unknown", f"指标“{code}”{why}。", "请用 nuanxin figures 查看可用的指标。")
        return self.indicators[code]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the packaged indicators; DeclarationError carries every fault of every file."""
    return load_catalogue(DOMAINS)


def load_catalogue(domains: Path) -> Catalogue:
    """Return the indicators under `<domains>/*/indicators/`; DeclarationError carries every fault of every file."""
    paths = sorted(domains.glob("*/indicators/*.yaml"))
    indicators = load_all([p for p in paths if p.name != AWAITED], Indicator)
    awaited = {
        code: a for f in load_all([p for p in paths if p.name == AWAITED], AwaitedFile) for code, a in f.awaited.items()
    }
    known = {i.indicator: i for i in indicators}
    faults = [fault for i in indicators for fault in _faults(i, known, awaited)] + _circumstance_faults(indicators)
    if len(known) < len(indicators):
        faults += _doubles(indicators)
    if faults:
        raise DeclarationError(faults)
    return Catalogue(known, awaited)


def measure_digest(indicator: Indicator) -> str:
    """Return the SM3 of what decides a leaf's value; a closed cell counted by another definition is not used."""
    body = indicator.model_dump(mode="json", include=set(MEASURE))
    return sm3_hex(json.dumps(body, ensure_ascii=False, sort_keys=True).encode())


def definition_digest(code: str) -> str:
    """Return the SM3 of all that an indicator means, its parts' meaning included; empty where none is declared."""
    one = catalogue().indicators.get(code)
    if one is None:
        return ""
    body = one.model_dump(mode="json", include={*SHAPE, "kind", "title", "unit", "definition", "places"})
    parts = [definition_digest(part) for part in one.parts]
    return sm3_hex(json.dumps([body, parts], ensure_ascii=False, sort_keys=True).encode())


def available_columns(indicator: Indicator, source: Source) -> set[str]:
    """Return the names an indicator's filter may use."""
    return set(source.columns) | set(indicator.circumstances)


def filter_sql(indicator: Indicator, source: Source) -> str:
    """Return a leaf's filter as SQL over its frozen file; `true` without one."""
    return compile_filter(indicator.where, available_columns(indicator, source)) if indicator.where else "true"


def _doubles(indicators: list[Indicator]) -> list[DeclarationFault]:
    seen: set[str] = set()
    faults = []
    for one in indicators:
        if one.indicator in seen:
            faults.append(one.document.fault(f"指标“{one.indicator}”声明了两次。请删去一个。", "indicator"))
        seen.add(one.indicator)
    return faults


def _circumstance_faults(indicators: list[Indicator]) -> list[DeclarationFault]:
    """Return where one name reads two different circumstances of a tally: all its indicators share one scan."""
    meant: dict[tuple[str | None, str], CircumstanceColumn] = {}
    faults = []
    for one in indicators:
        for name, column in one.circumstances.items():
            if meant.setdefault((one.over, name), column) != column:
                faults.append(
                    one.document.fault(f"“{name}”在别的指标里读的是另一种情况。请换一个列名。", "circumstances", name)
                )
    return faults


def _faults(one: Indicator, known: dict[str, Indicator], awaited: dict[str, Awaited]) -> list[DeclarationFault]:
    faults = _file_faults(one, awaited)
    if one.leaf:
        return faults + _leaf_faults(one)
    for key in ("numerator", "denominator", "of", "plus", "minus"):
        for code in [
            c
            for c in _codes(getattr(one, key))
            if c not in known or (one.kind is not Kind.TARGET and not known[c].leaf)
        ]:
            faults.append(one.document.fault(f"“{code}”不是直接计数的指标。请先声明它, 或改正代码。", key))
    if one.kind is Kind.RATIO and one.unit is not Unit.RATIO:
        faults.append(one.document.fault("比率的单位须是 %。请改正 unit。", "unit"))
    return faults


def _codes(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(value) if isinstance(value, list) else []


def _file_faults(one: Indicator, awaited: dict[str, Awaited]) -> list[DeclarationFault]:
    faults = []
    if Path(one.document.file).stem != one.indicator:
        faults.append(one.document.fault(f"文件名须与指标代码一致: {one.indicator}.yaml。", "indicator"))
    if one.indicator in awaited:
        faults.append(one.document.fault(f"“{one.indicator}”还列在 {AWAITED} 里。请从那里删去。", "indicator"))
    return faults


def _leaf_faults(one: Indicator) -> list[DeclarationFault]:
    tally = all_tallies().get(one.over or "")
    if tally is None:
        names = "、".join(all_tallies())
        return [one.document.fault(f"没有名为“{one.over}”的计数表。可用: {names}。", "over")]
    faults = []
    if isinstance(tally, Tally) and (one.kind is Kind.STOCK or one.flow):
        faults.append(one.document.fault(f"“{one.over}”只有发生数, 不能用 stock 或 flow。请改用 count、sum。", "over"))
    if isinstance(tally, StockTally) and one.kind is not Kind.STOCK and not one.flow:
        faults.append(one.document.fault(f"“{one.over}”是存量表, 请写明 flow: {Flow.IN} 或 flow: {Flow.OUT}。", "over"))
    if faults:
        return faults
    return _column_faults(one, source_of(one))


def _column_faults(one: Indicator, source: Source) -> list[DeclarationFault]:
    faults = []
    for name in set(one.circumstances) & set(source.columns):
        faults.append(one.document.fault(f"“{name}”已是“{one.over}”的列。请换一个列名。", "circumstances", name))
    if one.of and one.of not in source.columns:
        faults.append(one.document.fault(f"“{one.of}”不是“{one.over}”的列。可用: {'、'.join(source.columns)}。", "of"))
    try:
        filter_sql(one, source)
    except FilterFault as fault:
        faults.append(one.document.fault(f"{fault}。", "where"))
    return faults
