"""What people decide on the month's proposals is told in short letters: cause, calculation, amount, remedy."""

import datetime as dt
import json

import pytest

from nuanxin.kernel.casework.letter_lines import calculation_lines, cause_words
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.work.models import Letter
from nuanxin.kernel.work.words import words_of
from tests.factories.county import COUNTY

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
STEPS = {"counted_year": 1_080_000, "entitled_year": 1_920_000, "relief_year": 840_000}


@pytest.fixture
def home(county):
    county.receipts.said["dibao"] = list(STEPS)
    person = county.person("沈发庆", birth=dt.date(1970, 1, 1))
    unit = county.household(person)
    county.receipts.household("dibao", unit.pk, {person.pk: {"basic": 154_000}}, **STEPS)
    county.apply("dibao", person, unit)
    county.month(JANUARY)
    return unit, person


def decided(county, home, fen, **more):
    unit, person = home
    county.receipts.household("dibao", unit.pk, {person.pk: {"basic": fen} if fen else {}}, **STEPS, **more)
    county.month(FEBRUARY)
    cycle.build_dues(county=COUNTY, month=FEBRUARY, author=county.author)
    letter = Letter.objects.get(owner_kind="decision")
    return letter, words_of(wording=letter.wording.text, values=letter.values)


def test_the_letter_of_a_cut_tells_cause_calculation_amount_and_remedy_in_few_lines(county, home, monkeypatch):
    parts = [["wage_year", -24_000]]
    monkeypatch.setattr(type(county.receipts), "causes", lambda self, ground, drafts: {0: parts})
    letter, words = decided(county, home, 130_000)
    assert letter.kind == "changed"
    text = "\n".join(words.paragraphs)
    for said in ("1540.00元", "1300.00元", "“年工资性收入”有变化", "10800.00元", "19200.00元", "行政复议", "行政诉讼"):
        assert said in text.replace(",", ""), said
    assert "新标准" not in text
    assert "如下：\n1." in text
    assert len(words.paragraphs) <= 9


def test_the_letter_of_a_stop_has_reasons_and_remedy(county, home):
    letter, words = decided(county, home, 0, granted=False)
    assert letter.kind == "stopped"
    assert "按现在的情况不再符合条件" in "".join(words.paragraphs)
    assert "行政复议" in words.paragraphs[-1]


def test_no_letter_has_an_empty_calculation():
    assert calculation_lines("gaoling_jintie", json.dumps({"counting_age": 81, "c_basic": 5000}), 5000) == [
        "核定金额：50.00元"
    ]
    receipt = json.dumps({**STEPS, "c_supplement": 0, "unfit_single": 2})
    lines = calculation_lines("dibao", receipt, 70_000)
    assert len(lines) == 4
    assert "2" not in {line[-1] for line in lines}


def test_several_causes_stand_each_with_its_money():
    both = json.dumps([["standard", 6000], ["wage_year", -3000]])
    said = cause_words("several", both)
    assert "标准调整（+60.00元）" in said
    assert "−30.00元" in said
    assert cause_words("standard") == "标准调整"
