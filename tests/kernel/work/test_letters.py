import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import DeclarationError, Fault, Refused
from nuanxin.kernel.work import selectors, wording
from nuanxin.kernel.work.models import Letter
from nuanxin.kernel.work.services import issue_letters, mark_delivered, queue_letters, void_letter
from nuanxin.kernel.work.values import LetterDraft
from nuanxin.kernel.work.words import canonical, words_of
from tests.factories.county import COUNTY, TODAY, VILLAGE, SmallCounty
from tests.factories.effort import effort

pytestmark = [pytest.mark.django_db, pytest.mark.db]
AUTHOR = Author("测试")
APPROVED = {"name": "王小明", "benefit": "最低生活保障", "amount": "173505", "from_month": "2024-04"}


@pytest.fixture
def county():
    return SmallCounty()


def draft(key, kind="approved", values=APPROVED, owner=("case", 1)):
    return LetterDraft(COUNTY, VILLAGE, kind, owner, None, None, values, key)


def ids():
    return list(Letter.objects.order_by("id").values_list("pk", flat=True))


def test_letters_are_queued_once_by_their_key(county):
    assert queue_letters(change=county.change, drafts=[draft("a"), draft("b")]) == 2
    assert queue_letters(change=county.change, drafts=[draft("b"), draft("c"), draft("c")]) == 1
    assert [letter.key for letter in selectors.letters_of(("case", 1))] == ["c", "b", "a"]


def test_a_letter_says_the_amount_in_figures_and_capitals_and_how_to_object(county):
    queue_letters(change=county.change, drafts=[draft("a")])
    issue_letters(author=AUTHOR, letter_ids=ids())
    words = selectors.letter_words(selectors.letters_by_ids(ids())[0])
    assert words.number == "南民救确〔2024〕1号"
    assert (words.issuer, words.title) == ("南陵县民政局", "最低生活保障确认通知书")
    assert words.to == "王小明："
    assert words.on == "2024年3月15日"
    text = "\n".join(words.paragraphs)
    assert "人民币1,735.05元（大写：壹仟柒佰叁拾伍元零伍分）" in text
    assert "待遇自2024年4月起计发" in text
    assert "60日内向南陵县人民政府申请行政复议" in text
    assert "6个月内依法向人民法院提起行政诉讼" in text
    assert "{" not in text


def test_what_was_queued_stays_as_it_was_worded(county, settings):
    queue_letters(change=county.change, drafts=[draft("a")])
    before = selectors.letter_words(selectors.letters_by_ids(ids())[0])
    own = settings.NUANXIN_HOME / "counties" / COUNTY / "letters" / "approved.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("letter: approved\nversions:\n  - {from: 2024-01-01, closing: 此致。, title: '{benefit}批准书'}\n")
    queue_letters(change=county.change, drafts=[draft("b")])
    first, second = selectors.letters_by_ids(ids())
    assert selectors.letter_words(first) == before
    changed = selectors.letter_words(second)
    assert (changed.closing, changed.title) == ("此致。", "最低生活保障批准书")
    assert changed.paragraphs == before.paragraphs


def test_a_new_law_is_named_from_its_day(county):
    before = json.loads(wording.frozen_wording("refused", COUNTY, dt.date(2026, 6, 30)).text)
    after = json.loads(wording.frozen_wording("refused", COUNTY, dt.date(2026, 7, 1)).text)
    assert "社会救助法" not in before["remedy"]["text"]
    assert "社会救助法》第七十六条" in after["remedy"]["text"]
    assert after["remedy"]["assumption"] is True


def test_a_value_missing_or_of_the_wrong_type_is_our_fault(county):
    with pytest.raises(Fault):
        queue_letters(change=county.change, drafts=[draft("a", values={**APPROVED, "amount": "about 1"})])
    with pytest.raises(Fault):
        queue_letters(change=county.change, drafts=[draft("a", values={**APPROVED, "from_month": "April"})])
    with pytest.raises(Fault):
        queue_letters(change=county.change, drafts=[draft("a", values={"name": "王小明"})])
    with pytest.raises(Fault):
        queue_letters(change=county.change, drafts=[draft("a", kind="nonesuch")])
    assert not ids()


def test_every_kind_has_words_with_only_what_it_needs_and_with_everything(county):
    samples = {"text": "某事", "money": "20000000", "date": "2024-07-01", "month": "2024-07", "list": "甲\n乙"}
    for kind, file in wording.load_letters().kinds.items():
        for only_needed in (True, False):
            values = {n: samples[v.type] for n, v in file.values.items() if not (only_needed and v.optional)}
            for on in (dt.date(2024, 3, 1), dt.date(2026, 8, 1)):
                frozen = wording.frozen_wording(kind, COUNTY, on)
                words = words_of(
                    wording=frozen.text, values=canonical(values, frozen.types), year=2024, number=7, on=on
                )
                text = "\n".join((words.title, words.to, *words.paragraphs))
                assert "{" not in text
                assert "贰拾万元整" in text or "money" not in {v.type for n, v in file.values.items() if n in values}
                assert words.number.endswith("〔2024〕7号")
                if not only_needed:
                    assert "1. 甲；" in words.paragraphs or "list" not in {v.type for v in file.values.values()}


def test_an_amount_may_come_as_fen_or_as_yuan_with_two_places_and_unknown_values_are_left_out(county):
    given = [{**APPROVED, "case": "7"}, {**APPROVED, "amount": "1,735.05"}]
    queue_letters(change=county.change, drafts=[draft(f"a{n}", values=values) for n, values in enumerate(given)])
    one, two = selectors.letters_by_ids(ids())
    assert one.values == two.values
    assert "case" not in one.values


def test_numbers_run_without_a_gap_by_series_and_year(county):
    queue_letters(change=county.change, drafts=[draft(f"a{n}") for n in range(3)])
    refused = {"name": "王小明", "benefit": "低保", "reasons": "超过标准"}
    queue_letters(change=county.change, drafts=[draft("r", "refused", refused)])
    first, second, third, other = ids()
    assert issue_letters(author=AUTHOR, letter_ids=[third, other, third]) == 2
    void_letter(author=AUTHOR, letter_id=third, reason="写错了")
    assert issue_letters(author=AUTHOR, letter_ids=[first, third]) == 1
    assert issue_letters(author=AUTHOR, letter_ids=[second], on=dt.date(2025, 1, 2)) == 1
    numbers = dict(Letter.objects.values_list("pk", "number"))
    assert numbers == {first: 2, second: 1, third: 1, other: 1}


def test_a_letter_is_delivered_once_after_it_was_issued(county):
    queue_letters(change=county.change, drafts=[draft("a")])
    (one,) = ids()
    with pytest.raises(Refused):
        mark_delivered(author=AUTHOR, letter_id=one, on=TODAY, method="handed")
    issue_letters(author=AUTHOR, letter_ids=[one])
    for on, method in ((TODAY - dt.timedelta(1), "handed"), (TODAY + dt.timedelta(1), "handed"), (TODAY, "pigeon")):
        with pytest.raises(Refused):
            mark_delivered(author=AUTHOR, letter_id=one, on=on, method=method)
    assert mark_delivered(author=AUTHOR, letter_id=one, on=TODAY, method="handed").state == "delivered"
    for act in (
        lambda: mark_delivered(author=AUTHOR, letter_id=one, on=TODAY, method="handed"),
        lambda: void_letter(author=AUTHOR, letter_id=one, reason="写错了"),
    ):
        with pytest.raises(Refused):
            act()


def test_an_altered_letter_is_not_issued(county):
    queue_letters(change=county.change, drafts=[draft("a")])
    Letter.objects.update(values=json.dumps({**APPROVED, "amount": "999999"}))
    with pytest.raises(Refused, match="不一致"):
        issue_letters(author=AUTHOR, letter_ids=ids())


@given(name=st.text(max_size=12), reason=st.text(max_size=40))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_values_are_text_whatever_they_hold(county, name, reason):
    frozen = wording.frozen_wording("refused", COUNTY, TODAY)
    values = canonical({"name": f"王{name}", "benefit": "{name}#<b>", "reasons": f"因{reason}"}, frozen.types)
    assert values == canonical(json.loads(values), frozen.types)
    words = words_of(wording=frozen.text, values=values)
    assert words.title.endswith("{name}#<b>不予确认通知书")


def test_faults_of_an_areas_wording_are_told_with_file_and_line(county, settings):
    own = settings.NUANXIN_HOME / "counties" / COUNTY / "letters" / "approved.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "letter: approved\nversions:\n  - from: 2024-01-01\n    closing: '{nobody}'\n    remedy: none_such\n"
    )
    faults = wording.check_letters()
    assert [fault.line for fault in faults] == [3, 5]
    assert all(fault.file == str(own) for fault in faults)
    with pytest.raises(DeclarationError):
        queue_letters(change=county.change, drafts=[draft("a")])


def test_letters_are_queued_in_batches_however_many(county):
    drafts = [draft(f"k{n}", values={**APPROVED, "name": f"王{n}"}) for n in range(4_000)]
    with effort() as spent:
        assert queue_letters(change=county.change, drafts=drafts) == 4_000
    assert spent.statements <= 4_000 / 100
