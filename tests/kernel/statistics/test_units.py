from decimal import Decimal
from fractions import Fraction

import pytest

from nuanxin.kernel.statistics.enums import Unit
from nuanxin.kernel.statistics.units import base, round_half_up, shown, text


@pytest.mark.parametrize(
    ("fen", "printed"),
    [
        (9_558_860_000, "9558.86"),
        (3_100_260_00, "310.03"),
        (5_000, "0.01"),
        (4_999, "0.00"),
        (-5_000, "-0.01"),
        (0, "0.00"),
    ],
)
def test_wan_yuan_is_rounded_half_up_from_fen(fen: int, printed: str) -> None:
    assert shown(fen, Unit.WAN_YUAN) == Decimal(printed)


def test_a_ratio_prints_in_percent_with_two_places() -> None:
    assert shown(Fraction(6947, 10000), Unit.RATIO) == Decimal("69.47")
    assert shown(Fraction(2, 3), Unit.RATIO) == Decimal("66.67")
    assert shown(Fraction(1), Unit.RATIO) == Decimal("100.00")


def test_heads_stay_whole() -> None:
    assert shown(18285, Unit.PERSONS) == 18285
    assert str(shown(18285, Unit.PERSONS)) == "18285"


def test_amounts_beyond_double_precision_stay_exact() -> None:
    assert shown(9_007_199_254_740_995_00, Unit.YUAN) == Decimal("9007199254740995.00")


def test_base_is_the_inverse_of_shown() -> None:
    assert base(Decimal("832.94"), Unit.WAN_YUAN) == 832_940_000
    assert base(Decimal("69.47"), Unit.RATIO) == Fraction(6947, 10000)


def test_half_is_rounded_away_from_zero() -> None:
    assert round_half_up(Fraction(5, 2), 0) == 3
    assert round_half_up(Fraction(-5, 2), 0) == -3


def test_text_writes_a_dash_for_nothing() -> None:
    assert text(None, Unit.PERSONS) == "—"
    assert text(Decimal("9558.86"), Unit.WAN_YUAN) == "9,558.86 万元"
    assert text(Decimal("295.2"), Unit.WAN_YUAN) == "295.20 万元"
    assert text(Decimal("21.118"), Unit.WAN_YUAN) == "21.118 万元"
    assert text(Decimal("10000"), Unit.PERSONS) == "10,000 人"
