"""The expression language: what is refused and in which words; exact, typed and three-valued in both databases."""

import datetime as dt
import sqlite3
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuanxin.kernel.engine.dialects import render
from nuanxin.kernel.engine.expressions.compiler import BAND_SLOTS, Compiler, Table
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind, Type, make_type, parse_money, parse_rate, parse_value

MONTHLY, YEARLY, ONCE = make_type("money", "元/月"), make_type("money", "元/年"), make_type("money", "元")
AGE, COUNT, MONTHS = make_type("number", "岁"), make_type("number", "人"), make_type("number", "月")
NAMES = {
    "standard": MONTHLY, "other": MONTHLY, "income_year": YEARLY, "charge": ONCE, "age": AGE, "members": COUNT,
    "months": MONTHS, "share": Type(Kind.RATE, denominator=10_000), "birth": Type(Kind.DATE),
    "day": Type(Kind.DATE), "care": Type(Kind.CODE), "ok": Type(Kind.YESNO), "ill": Type(Kind.YESNO),
}  # fmt: skip
TABLES = {
    "bands": Table("bands", MONTHLY, AGE),
    "tiers": Table("tiers", MONTHLY, None, ("full", "half")),
}
CELLS = {f"bands__{part}{n}": None for n in range(1, BAND_SLOTS + 1) for part in ("from", "value")}
CELLS |= {"bands__from1": 80, "bands__value1": 5000, "bands__from2": 90, "bands__value2": 10000}
CELLS |= {"tiers__full": 22600, "tiers__half": 56500}


class Words:
    """A scope of fixed names."""

    def name(self, name: str) -> Typed | None:
        return Typed(name, NAMES[name]) if name in NAMES else None

    def result(self, benefit: str, name: str) -> Typed | None:
        return Typed("granted", Type(Kind.YESNO)) if (benefit, name) == ("dibao", "granted") else None

    def table(self, name: str) -> Table | None:
        return TABLES.get(name)

    def codes(self, name: str) -> tuple[str, ...]:
        return ("full", "half") if name == "care" else ()

    def known(self) -> list[str]:
        return list(NAMES)


def evaluate(text: str, **values: object) -> object:
    """Return the value of an expression, the same in DuckDB and SQLite; a fraction as Fraction."""
    compiler = Compiler(Words())
    value = compiler.compile(text)
    assert compiler.faults == []
    columns = {**dict.fromkeys(NAMES), **CELLS, **values}
    typed = ", ".join(f"cast(? as {_duck_type(n)}) as {n}" for n in columns)
    bare = ", ".join(f"? as {n}" for n in columns)
    duck = duckdb.execute(f"select {value.sql} from (select {typed})", list(columns.values())).fetchone()[0]
    sql = render(f"select {value.sql} from (select {bare})", "sqlite")
    lite = sqlite3.connect(":memory:").execute(sql, list(columns.values())).fetchone()[0]
    if isinstance(duck, bool):
        lite = None if lite is None else bool(lite)
    assert duck == lite
    assert type(duck) is type(lite)
    return Fraction(duck, value.type.denominator) if value.type.denominator > 1 and duck is not None else duck


def _duck_type(name: str) -> str:
    kind = NAMES[name].kind if name in NAMES else Kind.NUMBER
    return {Kind.YESNO: "boolean", Kind.CODE: "varchar"}.get(kind, "bigint")


def faults(text: str) -> str:
    compiler = Compiler(Words())
    compiler.compile(text)
    return " ".join(compiler.faults)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agee > 1", "是不是 age?"),
        ("qqq > 1", "事实字典或参数"),
        ("foo(age)", "没有函数“foo”"),
        ("greates(age, 1)", "是不是 greatest?"),
        ("coalesce(age, 0)", "没有函数“coalesce”"),
        ("now()", "没有函数“now”"),
        ("1.5 * standard", "只能写整数"),
        ("age > 60", "请声明为参数"),
        ("standard > 1", "金额请声明为参数"),
        ("age is null", "known("),
        ("standard / members", "写出来的整数"),
        ("age / 2", "写出来的整数"),
        ("standard / 0", "写出来的整数"),
        ("standard * standard", "不能乘以"),
        ("standard < income_year", "单位不一致"),
        ("standard + charge", "单位不一致"),
        ("age < months", "单位不一致"),
        ("age + birth", "类型不一致"),
        ("birth + day", "不能加减"),
        ("care > 'full'", "只能用 = 或 <>"),
        ("care = 'fulll'", "不在 full、half 之中"),
        ("care in ('full', 'none')", "不在 full、half 之中"),
        ("pick(tiers, 'none')", "没有代码“none”"),
        ("pick(bands, care)", "代码表参数"),
        ("band(tiers, age)", "分段参数"),
        ("band(bands, members)", "分段"),
        ("tiers", "是一张表"),
        ("case when ok then 1 end", "else 不能少"),
        ("case age when 1 then 2 else 3 end", "case 请写成"),
        ("case when age then 1 else 2 end", "应是是否"),
        ("not age", "应是是否"),
        ("round_fen(age)", "只用于金额"),
        ("age_on(birth)", "age_on 要"),
        ("cast(age as int)", "不在允许之列"),
        ("(select 1)", "不能写查询"),
        ("age; age", "须是一个表达式"),
        ("least(age", "读不懂"),
        ("age like 'a'", "不能模糊比较"),
        ("age % 2", "不能取余数"),
        ("age::int", "不能转换类型"),
        ("sum(age)", "没有函数“sum”"),
        ("age -> 1", "不在允许之列"),
        ("standard || 'a'", "不在允许之列"),
        ("tekun.granted", "tekun.granted"),
    ],
)
def test_a_fault_says_what_is_wrong(text: str, words: str) -> None:
    assert words in faults(text)


def test_one_fault_does_not_cascade() -> None:
    compiler = Compiler(Words())
    compiler.compile("greatest(0, agee * standard + income_year) < case when agee then 1 else standard end")
    assert compiler.faults[0].startswith("不认识名字“agee”")
    assert all("agee" in fault for fault in compiler.faults)


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("greatest(0, income_year)", {}, None),
        ("least(standard, other)", {"standard": 1}, None),
        ("case when ok then 1 else 2 end", {}, None),
        ("case when ill then 1 when ok then 2 else 3 end", {"ok": True}, None),
        ("case when ill then 1 when ok then 2 else 3 end", {"ok": True, "ill": False}, 2),
        ("case when known(birth) then 1 else 2 end", {}, 2),
        ("ok and ill", {"ok": False}, False),
        ("ok and ill", {"ok": True}, None),
        ("ok or ill", {"ok": True}, True),
        ("ok or ill", {"ok": False}, None),
        ("not ok", {}, None),
        ("care in ('full')", {}, None),
        ("age between 1 and 5", {}, None),
        ("age between 1 and 5", {"age": 5}, True),
        ("band(bands, age)", {}, None),
        ("band(bands, age)", {"age": 79}, 0),
        ("band(bands, age)", {"age": 80}, 5000),
        ("band(bands, age)", {"age": 89}, 5000),
        ("band(bands, age)", {"age": 103}, 10000),
        ("pick(tiers, care)", {"care": "half"}, 56500),
        ("pick(tiers, care)", {"care": "other"}, None),
        ("pick(tiers, 'full')", {}, 22600),
        ("round_fen(standard * share)", {"standard": 114500}, None),
    ],
)
def test_unknown_stays_unknown(text: str, values: dict[str, object], result: object) -> None:
    assert evaluate(text, **values) == result


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (19440615, 20240614, 79),
        (19440615, 20240615, 80),
        (20040229, 20250228, 20),
        (20040229, 20250301, 21),
        (19440229, 20240228, 79),
        (19440229, 20240229, 80),
    ],
)
def test_age_counts_birthdays(birth: int, day: int, age: int) -> None:
    assert evaluate("age_on(birth, day)", birth=birth, day=day) == age


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("months_between(birth, day)", {"birth": 20240110, "day": 20240710}, 6),
        ("months_between(birth, day)", {"birth": 20240110, "day": 20240709}, 5),
        ("add_years(birth, 2)", {"birth": 20240229}, 20260229),
        ("add_months(birth, 6)", {"birth": 20230831}, 20240229),
        ("add_months(birth, 1)", {"birth": 20231231}, 20240131),
        ("add_months(birth, 12)", {"birth": 20240229}, 20250228),
        ("income_year < standard * members * 12", {"income_year": 1, "standard": 1, "members": 1}, True),
        ("standard * months = charge", {"standard": 100, "months": 3, "charge": 300}, True),
        ("1 - share", {"share": 3000}, Fraction(7, 10)),
        ("standard * share * 12 / 12", {"standard": 100, "share": 3333}, Fraction(3333, 100)),
        ("round_yuan(standard * share)", {"standard": 114500, "share": 3000}, 34400),
        ("ceil_yuan(charge)", {"charge": 1}, 100),
        ("floor_yuan(charge)", {"charge": 199}, 100),
        ("round_fen(0 - standard / 8)", {"standard": 4}, -1),
    ],
)
def test_dates_and_fractions(text: str, values: dict[str, object], result: object) -> None:
    assert evaluate(text, **values) == result


dates = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


@settings(max_examples=60, deadline=None)
@given(dates, dates)
def test_days_between_counts_days(one: dt.date, other: dt.date) -> None:
    numbers = [d.year * 10000 + d.month * 100 + d.day for d in (one, other)]
    assert evaluate("days_between(birth, day)", birth=numbers[0], day=numbers[1]) == (other - one).days


@settings(max_examples=80, deadline=None)
@given(st.integers(-(10**10), 10**10), st.integers(0, 30_000), st.sampled_from([1, 2, 7, 12]))
def test_rounding_is_half_away_from_zero(fen: int, share: int, by: int) -> None:
    exact = Fraction(fen) * Fraction(share, 10_000) / by
    wanted = Decimal(exact.numerator) / Decimal(exact.denominator)
    rounded = int(wanted.quantize(Decimal(1), ROUND_HALF_UP))
    assert evaluate(f"round_fen(standard * share / {by})", standard=fen, share=share) == rounded


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**10), st.integers(0, 30_000), st.integers(0, 10**10))
def test_comparisons_are_exact(fen: int, share: int, other: int) -> None:
    exact = Fraction(fen) * Fraction(share, 10_000) / 12
    assert evaluate("standard * share / 12 <= other", standard=fen, share=share, other=other) is (exact <= other)


def test_overflow_is_an_error() -> None:
    with pytest.raises(duckdb.OutOfRangeException):
        evaluate("standard * share", standard=2**62, share=30_000)


@pytest.mark.parametrize(
    ("text", "fen", "period"),
    [("1145 元/月", 114500, "月"), ("1,145.50 元/人/月", 114550, "月"), ("3 万元", 3_000_000, ""), ("0.01 元", 1, "")],
)
def test_money_is_read_with_its_unit(text: str, fen: int, period: str) -> None:
    assert parse_money(text) == (fen, period)


@pytest.mark.parametrize("text", ["1145", "1145 元/周", "1.001 元", "元", "约 100 元"])
def test_money_without_unit_or_below_a_fen_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="元"):
        parse_money(text)


@pytest.mark.parametrize(("text", "parts"), [("30%", 3000), ("1.5 倍", 15000), ("0.3", 3000), ("三成", None)])
def test_rates_are_ten_thousandths(text: str, parts: int | None) -> None:
    if parts is None:
        with pytest.raises(ValueError, match="比例"):
            parse_rate(text)
    else:
        assert parse_rate(text) == parts


def test_a_value_needs_its_declared_unit() -> None:
    with pytest.raises(ValueError, match="单位应为 元/月"):
        parse_value(MONTHLY, "100 元/年")
