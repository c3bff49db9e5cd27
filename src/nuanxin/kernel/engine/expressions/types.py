"""Types and units of the expression language; money is fen, a rate is ten-thousandths, months and years do not mix."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

RATE_SCALE = 10_000
LARGEST = 10**15
PERIODS = ("月", "年", "天")
NOT_A_PERIOD = ("人", "户", "次", "具", "公里", "张", "餐", "项", "床", "件")
MONEY = re.compile(r"^(-?[\d,]*\.?\d+)\s*(万?元(?:/[^\s/]+)*)$")
RATE = re.compile(r"^(-?\d*\.?\d+)\s*(%|倍|成)?$")
NUMBER = re.compile(r"^(-?\d+)\s*(\S*)$")


class Kind(StrEnum):
    """What a value is."""

    MONEY = "money"
    NUMBER = "number"
    RATE = "rate"
    YESNO = "yesno"
    DATE = "date"
    CODE = "code"
    FAULTY = "faulty"


LABELS = {
    Kind.MONEY: "金额",
    Kind.NUMBER: "整数",
    Kind.RATE: "比例",
    Kind.YESNO: "是否",
    Kind.DATE: "日期",
    Kind.CODE: "代码",
    Kind.FAULTY: "有错的表达式",
}


@dataclass(frozen=True)
class Type:
    """A kind, its unit (money: the period; number: the counted thing) and the denominator the compiler carries."""

    kind: Kind
    unit: str = ""
    denominator: int = 1
    literal: int | None = None

    @property
    def faulty(self) -> bool:
        """Tell whether a fault was already reported here; it fits anything so that one error does not cascade."""
        return self.kind is Kind.FAULTY

    def plain(self) -> "Type":
        """Return the type of a stored result: no literal, no denominator."""
        return replace(self, denominator=1, literal=None)

    def __str__(self) -> str:
        """Return the Chinese name, with the unit."""
        return LABELS[self.kind] + (f"({self.unit_label})" if self.unit_label else "")

    @property
    def unit_label(self) -> str:
        """Return the unit as people write it: 元/月, 岁."""
        if self.kind is Kind.MONEY:
            return f"元/{self.unit}" if self.unit else "元"
        return self.unit


FAULTY = Type(Kind.FAULTY)
YESNO = Type(Kind.YESNO)


def money_unit(text: str) -> str:
    """Return the period of a money unit such as `元/人/月` (月), or raise ValueError naming what is not known."""
    parts = text.removeprefix("万").split("/")
    if parts[0] != "元":
        raise ValueError(f"金额单位“{text}”须以元开头, 如 元/月")
    periods = [p for p in parts[1:] if p in PERIODS]
    strange = [p for p in parts[1:] if p not in PERIODS and p not in NOT_A_PERIOD]
    if strange or len(periods) > 1:
        raise ValueError(f"金额单位“{text}”不认识; 可用 元 元/月 元/年 元/天 元/人/月 元/次 等")
    return periods[0] if periods else ""


def make_type(kind: str, unit: str = "") -> Type:
    """Return the type of a declared kind and unit; raise ValueError with a Chinese sentence on a bad unit."""
    which = Kind(kind)
    if which is Kind.MONEY:
        return Type(which, money_unit(unit or "元"))
    if unit and which is not Kind.NUMBER:
        raise ValueError(f"{LABELS[which]}没有单位, 请去掉“{unit}”")
    return Type(which, unit)


def parse_money(text: str) -> tuple[int, str]:
    """Return (fen, period) of `1,145.50 元/月`; the unit is compulsory and fen must be whole."""
    found = MONEY.match(text.strip())
    if not found:
        raise ValueError(f"“{text}”不是金额; 请连单位写出, 如 1145 元/月")
    fen = Decimal(found[1].replace(",", "")) * (1_000_000 if found[2].startswith("万") else 100)
    if fen != fen.to_integral_value():
        raise ValueError(f"“{text}”不足一分的部分无法保存")
    return _bounded(int(fen), text), money_unit(found[2])


def parse_rate(text: str) -> int:
    """Return ten-thousandths of `30 %`, `1.5 倍` or `0.3`; more than four decimals are refused."""
    found = RATE.match(text.strip())
    if not found:
        raise ValueError(f"“{text}”不是比例; 请写成 30%、1.5 倍 或 0.3")
    scale = {"%": 100, "成": 1000}.get(found[2] or "", RATE_SCALE)
    value = Decimal(found[1]) * scale
    if value != value.to_integral_value():
        raise ValueError(f"比例“{text}”超过四位小数")
    return _bounded(int(value), text)


def _bounded(value: int, text: str) -> int:
    """Return the value, or raise ValueError where sums and products of such values could leave int64."""
    if abs(value) > LARGEST:
        raise ValueError(f"“{text[:30]}”太大, 请检查是否多写了位数")
    return value


def parse_number(text: str) -> tuple[int, str]:
    """Return (whole number, unit) of `80 岁` or `80`."""
    found = NUMBER.match(text.strip())
    if not found:
        raise ValueError(f"“{text}”不是整数; 小数请用 rate 或 money")
    return _bounded(int(found[1]), text), found[2]


def parse_yesno(text: str) -> bool:
    """Return the truth of true/false or 是/否."""
    known = {"true": True, "是": True, "false": False, "否": False}
    if text.strip().lower() not in known:
        raise ValueError(f"“{text}”不是是否; 请写 true 或 false")
    return known[text.strip().lower()]


def parse_date(text: str) -> dt.date:
    """Return the date of `2024-07-01`."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"“{text}”不是日期; 请写成 2024-07-01") from None


Value = int | bool | dt.date | str


def parse_value(type_: Type, text: str) -> Value:
    """Return the stored value of a declared text: fen, ten-thousandths, whole number, truth, date or code."""
    try:
        if type_.kind is Kind.MONEY:
            fen, period = parse_money(text)
            if period != type_.unit:
                raise ValueError(f"“{text}”的单位应为 {type_.unit_label}")
            return fen
        if type_.kind is Kind.NUMBER:
            number, unit = parse_number(text)
            if unit and unit != type_.unit:
                raise ValueError(f"“{text}”的单位应为 {type_.unit or '(无)'}")
            return number
        return _parse_other(type_, text)
    except InvalidOperation:
        raise ValueError(f"“{text}”不是数") from None


def _parse_other(type_: Type, text: str) -> Value:
    if type_.kind is Kind.RATE:
        return parse_rate(text)
    if type_.kind is Kind.YESNO:
        return parse_yesno(text)
    if type_.kind is Kind.DATE:
        return parse_date(text)
    return text.strip()


def show_value(type_: Type, value: Value | None) -> str:
    """Return the value as a clerk reads it: 1,735.00 元/月, 30%, 是, 未知."""
    if value is None:
        return "未知"
    if type_.kind is Kind.MONEY:
        return f"{Decimal(int(value)) / 100:,.2f} {type_.unit_label}"  # type: ignore[arg-type]
    if type_.kind is Kind.RATE:
        return f"{(Decimal(int(value)) / 100).normalize():f}%"  # type: ignore[arg-type]
    if type_.kind is Kind.YESNO:
        return "是" if value else "否"
    return f"{value} {type_.unit}".strip()
