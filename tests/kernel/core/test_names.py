import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nuanxin.kernel.core.names import LONGEST_NAME, name_faults, normal_name, normal_names, normal_number

POINTS = "·•‧∙⋅●・･․.．。"
INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u202e",
    "\x00",
    "\x1b",
    "\ufe00",
    "\u3164",
    "\U000e0100",
]
BLANKS = [" ", "\u3000", "\u00a0", "\t", "\n", "\u2009", "\u205f"]
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=8)


@pytest.mark.parametrize("point", POINTS)
def test_a_name_has_one_point_whatever_was_typed(point):
    for spelling in (
        f"阿卜杜{point}艾尼",
        f"阿卜杜 {point} 艾尼",
        f"阿卜杜{point}{point}艾尼",
        f"阿卜杜{point}\u200b艾尼{point}",
    ):
        assert normal_name(spelling) == "阿卜杜·艾尼"


@pytest.mark.parametrize("blank", BLANKS)
def test_no_blanks_stand_between_han_characters(blank):
    assert normal_name(f"{blank}张{blank}{blank}三丰{blank}") == "张三丰"


@given(han, st.sampled_from([*INVISIBLE, *BLANKS]), st.data())
def test_what_cannot_be_seen_is_not_part_of_a_name(name, nothing, data):
    place = data.draw(st.integers(0, len(name)))
    assert normal_name(name[:place] + nothing + name[place:]) == normal_name(name) == name


@given(st.text(st.characters(), max_size=60))
@example("Jean\u3000.·张")
@example("a\u0301 .王. .b")
def test_the_normal_form_of_a_name_is_its_own_normal_form(text):
    once = normal_name(text)
    assert normal_name(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(one) in ("Cc", "Cf") for one in once)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("李\ue863", "李䶮"),  # the private code of old input methods
        ("李\ue82b", "李\u9fb6"),
        ("李\ue816", "李\U00020087"),
        ("李\u2f83", "李自"),  # a radical, as copied out of a PDF
        ("李\uf9dc", "李隆"),  # a compatibility character
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
        ("J.R. Smith", "J.R. Smith"),
        ("张三。", "张三"),
        ("李㛃", "李㛃"),
        ("李𬭎", "李𬭎"),
        ("无名氏３号", "无名氏3号"),
        ("次仁 卓玛", "次仁卓玛"),
    ],
)
def test_names_as_they_come_in_lists(typed, kept):
    assert normal_name(typed) == kept
    assert name_faults(kept) == []
    assert normal_names([typed, kept, typed]) == [kept] * 3


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "不能为空"),
        ("李\ue000", "造字区"),
        ("张*丰", "遮住"),
        ("张?丰", "没有打出来"),
        ("张\ufffd", "没有打出来"),
        ("123", "没有文字"),
        ("长" * (LONGEST_NAME + 1), "最多50个字"),
    ],
)
def test_what_cannot_be_a_name_is_said(name, word):
    assert word in name_faults(normal_name(name))[0]


@pytest.mark.parametrize("blank", [*BLANKS, *INVISIBLE, "-", "－", "—", "–", "‑", "'", "’"])
def test_a_number_is_the_same_with_blanks_dashes_or_full_width(blank):
    assert normal_number(f"{blank}３３0522{blank}1950{blank}０３０７{blank}102ｘ") == "33052219500307102X"


@pytest.mark.parametrize("cross", ["×", "х", "Х", "Ⅹ", "x", "Ｘ", "ｘ"])
def test_the_check_letter_is_x_however_it_was_typed(cross):
    assert normal_number(f"33050219881231001{cross}") == "33050219881231001X"


@given(st.text(max_size=40))
def test_the_normal_form_of_a_number_is_its_own_normal_form(text):
    assert normal_number(normal_number(text)) == normal_number(text)


@given(st.text("0123456789X", min_size=1, max_size=20), st.data())
def test_digits_survive_every_grouping(number, data):
    groups = "".join(one + data.draw(st.sampled_from(["", " ", "-", "\u3000", "\u200b"])) for one in number)
    assert normal_number(groups) == number
