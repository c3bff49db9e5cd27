import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.core import identifiers as ids
from nuanxin.kernel.core.errors import Refused

ON = dt.date(2024, 6, 30)
CITIZENS = [
    "330522195003071029",
    "340223195003071020",
    "440303195003071024",
    "330502198812310016",
    "330602197001010029",
    "340221195003071028",
]
ORGANISATIONS = [
    "51330522MJ1234561N",
    "52330522MJ1234561K",
    "53330522MJ1234561G",
    "51340223MJ1234561R",
    "52440303MJ1234561K",
]
births = st.dates(dt.date(1900, 1, 1), ON)
regions = st.integers(110000, 829999).map(str)
sequences = st.integers(0, 999)


@pytest.mark.parametrize("number", CITIZENS)
def test_good_numbers_pass_those_of_dissolved_counties_too(number):
    assert ids.check_citizen_id(number, ON) == []


@given(regions, births, sequences)
def test_a_made_number_is_good_and_tells_birth_and_sex(region, birth, seq):
    number = ids.make_citizen_id(region, birth, seq)
    assert ids.check_citizen_id(number, ON) == []
    assert ids.citizen_birth(number) == birth
    assert ids.citizen_is_male(number) == bool(seq % 2)


@given(regions, births, sequences, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(region, birth, seq, place, shift):
    number = ids.make_citizen_id(region, birth, seq)
    wrong = f"{number[:place]}{(int(number[place]) + shift) % 10}{number[place + 1 :]}"
    assert ids.check_citizen_id(wrong, ON)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("33052219500307102", "18位"),
        ("33052219500307102x", "18位"),
        ("３３0522195003071029", "18位"),
        ("330522195002301027", "不存在"),
        ("330522209903071029", "晚于"),
        ("330522195003071028", "校验位"),
    ],
)
def test_each_fault_is_named(number, word):
    assert any(word in fault for fault in ids.check_citizen_id(number, ON))


def test_a_person_born_today_has_a_good_number_and_one_born_tomorrow_not():
    assert ids.check_citizen_id(ids.make_citizen_id("340223", ON, 2), ON) == []
    assert ids.check_citizen_id(ids.make_citizen_id("340223", ON + dt.timedelta(days=1), 2), ON)


def test_blanks_full_width_and_a_small_x_are_normalised():
    number = ids.make_citizen_id("340223", dt.date(1950, 3, 7), 4)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number.lower())
    assert ids.normalise_citizen_id(f" {wide[:6]} {wide[6:]}　") == number
    assert ids.normalise_citizen_id("11010519491231002x") == "11010519491231002X"


@given(regions, st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), sequences)
def test_old_numbers_become_the_new_ones(region, birth, seq):
    new = ids.make_citizen_id(region, birth, seq)
    assert ids.upgrade_citizen_id(new[:6] + new[8:17]) == new


@pytest.mark.parametrize("old", ["33052250030710", "330522500230102", "33052250030710X"])
def test_bad_old_numbers_are_refused(old):
    with pytest.raises(Refused):
        ids.upgrade_citizen_id(old)


@pytest.mark.parametrize(("region", "seq"), [("34022", 1), ("340223", 1000), ("340223", -1)])
def test_a_number_is_not_made_of_bad_parts(region, seq):
    with pytest.raises(Refused):
        ids.make_citizen_id(region, ON, seq)


@pytest.mark.parametrize("code", ORGANISATIONS)
def test_good_credit_codes_pass_and_a_changed_end_fails(code):
    assert ids.check_uscc(code) == []
    for letter in set(ids.USCC_ALPHABET) - {code[-1]}:
        assert ids.check_uscc(code[:-1] + letter)


@given(st.sampled_from(["51", "52", "53"]), regions, st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
def test_a_made_credit_code_is_good(kind, region, organisation):
    assert ids.check_uscc(ids.make_uscc(kind, region, organisation)) == []


@pytest.mark.parametrize("code", ["", "51330522MJ1234561", "51330522MJ123456IN", "5133O522MJ1234561N"])
def test_what_is_no_credit_code(code):
    assert ids.check_uscc(code)


@pytest.mark.parametrize(
    ("card", "faults"),
    [
        ("33052219500307102942", 0),
        ("33052219500307102942B1", 0),
        ("34022319500307102042", 1),
        ("33052219500307102902", 1),
        ("33052219500307102945", 1),
        ("33052219500307102985", 2),
        ("3305221950030710294", 1),
    ],
)
def test_disability_cards(card, faults):
    assert len(ids.check_disability_card(card, "330522195003071029")) == faults


@given(st.integers(10**17, 10**18 - 1))
def test_luhn_finds_a_wrong_digit(body):
    card = ids.make_luhn(str(body))
    assert ids.luhn_ok(card)
    assert not ids.luhn_ok(card[:-1] + str((int(card[-1]) + 1) % 10))


def test_what_is_no_card():
    assert not ids.luhn_ok("")
    assert not ids.luhn_ok("6222 0212 3456 7890")
