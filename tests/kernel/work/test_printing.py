import datetime as dt
import io
import zipfile

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.models import Letter
from nuanxin.kernel.work.printing.pdf import choose_fonts, make_pdf
from nuanxin.kernel.work.printing.word import make_docx
from nuanxin.kernel.work.services import issue_letters, letter_file, letters_file, queue_letters
from nuanxin.kernel.work.words import LetterWords, clean
from tests.factories.county import SmallCounty
from tests.kernel.work.test_letters import draft

ON = dt.date(2024, 3, 15)
NASTY = "#set page(fill: red) $x$ *b* _i_ `c` <w:p> &amp; \\ {name} @ref [x] // <l> ${1}"


def words(*paragraphs, to="王小明：", on="2024年3月15日"):
    return LetterWords(
        "南民救确〔2024〕1号", "确认通知书", to, paragraphs or ("现予确认。",), "特此通知。", "南陵县民政局", on
    )


def pages(pdf):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text):
    return "".join(text.split())


def test_a_pdf_holds_the_words_in_their_order_on_a4():
    made = make_pdf([words("金额1,735.05元（大写：壹仟柒佰叁拾伍元零伍分）。")], name="x", on=ON)
    (text,) = pages(made)
    said = [
        "南陵县民政局",
        "南民救确〔2024〕1号",
        "确认通知书",
        "王小明：",
        "壹仟柒佰叁拾伍元零伍分",
        "特此通知。",
        "2024年3月15日",
        "—1—",
    ]
    places = [squeezed(text).index(one) for one in said]
    assert places == sorted(places)
    box = pypdf.PdfReader(io.BytesIO(made)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_a_page_holds_twenty_two_lines_of_twenty_eight_characters():
    text = pages(make_pdf([words("民" * 28 * 60)], name="x", on=ON))[1]
    lines = [line.strip() for line in text.splitlines() if "民" in line]
    assert set(map(len, lines)) == {28}
    assert len(lines) == 22


def test_many_letters_are_one_pdf_each_from_its_page_one():
    made = pages(make_pdf([words("民" * 1200, to="甲："), words(to="乙：")], name="x", on=ON))
    assert [squeezed(page)[-3:] for page in made[:-1]] == ["—1—", "—2—", "—3—"][: len(made) - 1]
    assert squeezed(made[-1]).endswith("—1—")
    assert "乙：" in made[-1]


def test_the_seal_does_not_stand_alone():
    for count in range(8, 30):
        last = squeezed(pages(make_pdf([words(*["因故调整。"] * count)], name="x", on=ON))[-1])
        assert "因故调整。特此通知。" in last


def test_an_ordinary_decision_fits_on_one_page():
    assert len(pages(make_pdf([words(*["因故调整。"] * 9, "如不服本决定，" * 11)], name="x", on=ON))) == 1


def test_the_same_words_are_the_same_bytes():
    for make in (lambda: make_pdf([words()], name="x", on=ON), lambda: make_docx(words(), name="x", on=ON)):
        assert make() == make()


def test_a_docx_opens_and_says_the_same():
    paper = docx.Document(io.BytesIO(make_docx(words(NASTY), name="x", on=ON)))
    texts = [line.text for line in paper.paragraphs if line.text]
    assert texts == [
        "南陵县民政局",
        "南民救确〔2024〕1号",
        "确认通知书",
        "王小明：",
        NASTY,
        "特此通知。",
        "南陵县民政局",
        "2024年3月15日",
    ]
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.left_margin.mm), round(section.top_margin.mm)) == (210, 28, 37)
    assert paper.settings.odd_and_even_pages_header_footer


@given(st.text(max_size=40))
@hypothesis_settings(max_examples=40, deadline=None)
def test_no_value_breaks_a_docx_or_a_pdf(value):
    said = clean(value + NASTY)
    assert make_pdf([words(said, to=f"{said}：")], name="x", on=ON).startswith(b"%PDF-")
    paper = docx.Document(io.BytesIO(make_docx(words(said), name="x", on=ON)))
    assert squeezed(said) in squeezed("".join(line.text for line in paper.paragraphs))


def test_markup_in_a_value_is_shown_not_obeyed():
    (text,) = pages(make_pdf([words(NASTY)], name="x", on=ON))
    assert squeezed("#set page(fill: red) $x$ *b* _i_ `c` <w:p>") in squeezed(text)


def test_without_a_han_font_one_is_told_and_no_boxes_are_printed():
    with pytest.raises(Refused, match="没有中文字体"):
        choose_fonts(["DejaVu Sans", "Noto Serif"])
    assert choose_fonts(["FangSong", "Noto Sans CJK SC"])["body"] == ["FangSong", "Noto Sans CJK SC"]


@pytest.mark.django_db
@pytest.mark.db
class TestFiles:
    @pytest.fixture
    def ids(self):
        county = SmallCounty()
        queue_letters(change=county.change, drafts=[draft("a"), draft("b")])
        return list(Letter.objects.order_by("pk").values_list("pk", flat=True))

    def test_a_draft_says_it_has_no_number_and_an_issued_letter_says_which(self, ids):
        name, made = letter_file(letter_id=ids[0], format="pdf")
        assert name == "待编号确认通知书.pdf"
        assert "待编号" in squeezed(pages(made)[0])
        issue_letters(author=Author("测试"), letter_ids=ids)
        name, made = letter_file(letter_id=ids[1], format="pdf")
        assert name == "南民救确〔2024〕2号确认通知书.pdf"
        assert "〔2024〕2号" in squeezed(pages(made)[0])
        assert letter_file(letter_id=ids[1], format="pdf") == (name, made)
        name, made = letter_file(letter_id=ids[1], format="docx")
        assert zipfile.ZipFile(io.BytesIO(made)).testzip() is None
        assert name.endswith("号确认通知书.docx")

    def test_only_numbered_letters_are_printed_together(self, ids):
        with pytest.raises(Refused, match="尚未编号"):
            letters_file(letter_ids=ids)
        issue_letters(author=Author("测试"), letter_ids=ids)
        assert len(pages(letters_file(letter_ids=[*reversed(ids)])[1])) == 2
        for wrong in ([], range(10_000, 10_400)):
            with pytest.raises(Refused):
                letters_file(letter_ids=wrong)
        with pytest.raises(Refused):
            letter_file(letter_id=ids[0], format="odt")

    def test_an_altered_letter_is_not_made(self, ids):
        letter = selectors.letters_by_ids(ids)[0]
        Letter.objects.filter(pk=letter.pk).update(values=letter.values.replace("王小明", "王大明"))
        with pytest.raises(Refused, match="不一致"):
            letter_file(letter_id=letter.pk, format="pdf")
