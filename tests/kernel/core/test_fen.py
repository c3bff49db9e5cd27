from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import LARGEST, capitals, parse_yuan, wan, yuan

amounts = st.integers(-LARGEST, LARGEST)


@given(amounts)
def test_what_is_shown_is_read_back(fen):
    assert parse_yuan(yuan(fen)) == fen
    assert parse_yuan(f"¥{yuan(abs(fen))}元") == abs(fen)


@given(amounts)
def test_wan_rounds_halves_away_from_nought(fen):
    exact = (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert Decimal(wan(fen).replace(",", "")) == exact
    assert wan(fen) != "-0.00"


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (173500, "1,735.00"), (-173505, "-1,735.05"), (10**11, "1,000,000,000.00")],
)
def test_yuan(fen, text):
    assert yuan(fen) == text


def test_wan_of_a_published_figure():
    assert wan(9_558_860_000) == "9,558.86"
    assert wan(4_999) == "0.00"
    assert wan(5_000) == "0.01"


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (173500, "壹仟柒佰叁拾伍元整"),
        (173505, "壹仟柒佰叁拾伍元零伍分"),
        (2000000, "贰万元整"),
        (0, "零元整"),
        (7, "柒分"),
        (70, "柒角整"),
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (1000000000, "壹仟万元整"),
        (10000000100, "壹亿零壹元整"),
        (1000000000000, "壹佰亿元整"),
        (10010000000, "壹亿零壹拾万元整"),
        (100000000000000, "壹万亿元整"),
        (100000001000000, "壹万亿零壹万元整"),
        (-100, "负壹元整"),
    ],
)
def test_capitals(fen, words):
    assert capitals(fen) == words


DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def spoken(words: str) -> int:
    """Read capitals back, by another way than they were written."""
    whole, _, rest = words.partition("元") if "元" in words else ("", "", words)
    total = section = digit = 0
    for letter in whole:
        if letter in DIGITS:
            digit = DIGITS[letter]
        elif letter in UNITS:
            section, digit = section + digit * UNITS[letter], 0
        elif letter == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif letter == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = (total + section + digit) * 100
    for letter, nextone in pairwise(rest):
        fen += DIGITS.get(letter, 0) * {"角": 10, "分": 1}.get(nextone, 0)
    return fen


@given(st.integers(0, LARGEST))
def test_capitals_say_the_amount(fen):
    words = capitals(fen)
    assert spoken(words) == fen
    assert "零零" not in words
    assert not words.startswith("零") or fen == 0


@pytest.mark.parametrize("text", ["", "一百", "1.005", "1,00", "1e3", "1.", ".5", "1 000", "--1", "1,7350", "9" * 30])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Refused) as caught:
        parse_yuan(text)
    assert caught.value.todo


@pytest.mark.parametrize(
    ("text", "fen"), [("1735", 173500), ("1735.5", 173550), (" ￥1,735.05 ", 173505), ("-3元", -300)]
)
def test_what_people_write(text, fen):
    assert parse_yuan(text) == fen
