import duckdb
import pytest

from nuanxin.kernel.statistics.filters import FilterFault, compile_filter

COLUMNS = {"benefit", "kind", "self_care", "cross_region"}


@pytest.mark.parametrize(
    ("text", "benefit", "self_care", "holds"),
    [
        ("benefit = 'dibao'", "dibao", 0, True),
        ("benefit in ('dibao', 'tekun')", "gaoling_jintie", 0, False),
        ("benefit = 'tekun' and self_care >= 1", "tekun", 1, True),
        ("benefit = 'tekun' and self_care >= 1", "tekun", 0, False),
        ("benefit = 'tekun' and self_care >= 1", "tekun", None, None),
        ("not (benefit = 'dibao' or self_care < 4)", "tekun", 4, True),
    ],
)
def test_filters_are_three_valued_comparisons(
    text: str, benefit: str, self_care: int | None, holds: bool | None
) -> None:
    sql = compile_filter(text, COLUMNS)
    found = duckdb.execute(f"select {sql} from (select ? as benefit, ?::bigint as self_care)", [benefit, self_care])
    assert found.fetchone() == (holds,)


@pytest.mark.parametrize(
    "text",
    [
        "name = '张三'",
        "benefit = upper('dibao')",
        "benefit in (select 'dibao')",
        "benefit = 'dibao'; drop table x",
        "benefit like 'd%'",
        "self_care + 1 > 2",
        "other.benefit = 'dibao'",
        "'dibao'",
        "benefit = ",
        "1 = 1 or benefit = 'x' " * 40,
        "case when self_care > 1 then true end",
        "benefit = $1",
        "read_parquet('/etc/passwd')",
    ],
)
def test_anything_else_is_refused_in_chinese(text: str) -> None:
    with pytest.raises(FilterFault, match=r"[一-鿿]"):
        compile_filter(text, COLUMNS)


def test_an_unknown_column_is_told_the_known_ones() -> None:
    with pytest.raises(FilterFault, match="benefit、cross_region、kind、self_care"):
        compile_filter("benefits = 'dibao'", COLUMNS)
