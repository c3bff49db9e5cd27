import datetime as dt

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.periods import parse_period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-03", (2024, 3), (2024, 3)),
        ("2024Q3", (2024, 7), (2024, 9)),
        ("2024H1", (2024, 1), (2024, 6)),
        ("2024h2", (2024, 7), (2024, 12)),
        ("2024", (2024, 1), (2024, 12)),
    ],
)
def test_periods_are_whole_months(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    period = parse_period(text)
    assert (period.first, period.last) == (dt.date(*first, 1), dt.date(*last, 1))


def test_a_period_names_itself_in_chinese() -> None:
    assert parse_period("2024H1").title == "2024年1—6月"
    assert parse_period("2024-06").title == "2024年6月"
    assert parse_period("2024H1").end == dt.date(2024, 6, 30)


@pytest.mark.parametrize("text", ["", "2024H3", "2024-13", "24H1", "2024-3", "上半年", "2024Q5"])
def test_other_writings_are_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_period(text)
    assert refused.value.code == "period.format"
    assert "2024H1" in refused.value.todo
