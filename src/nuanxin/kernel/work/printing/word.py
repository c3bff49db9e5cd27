"""DOCX by python-docx: the same words in the same layout, for those who must add a line."""

import datetime as dt
import io
import zipfile
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from nuanxin.kernel.work.words import LetterWords

BODY, TITLE = "仿宋_GB2312", "方正小标宋简体"
SIZE3, SIZE2, SIZE4, HEAD, PITCH = Pt(16), Pt(22), Pt(14), Pt(26), Pt(28.95)
ZIP_START = (1980, 1, 1, 0, 0, 0)
CENTER, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
CHARACTER_TWIPS = 320  # one character of 3号 (16 pt)


def make_docx(words: LetterWords, *, name: str, on: dt.date) -> bytes:
    """Return a letter as a Word file; the same words and date give the same bytes."""
    paper = docx.Document()
    _set_page(paper)
    _set_style(paper)
    properties = paper.core_properties
    properties.title, properties.author, properties.last_modified_by = name, words.issuer, words.issuer
    properties.created = properties.modified = dt.datetime.combine(on, dt.time())
    _write(paper, words)
    file = io.BytesIO()
    paper.save(file)
    return _same_bytes(file.getvalue())


def _write(paper: Any, words: LetterWords) -> None:
    _line(paper, words.issuer, align=CENTER, font=TITLE, size=HEAD)
    _rule_below(_line(paper, words.number, align=CENTER))
    _line(paper, "")
    _line(paper, words.title, align=CENTER, font=TITLE, size=SIZE2)
    _line(paper, "")
    _line(paper, words.to)
    said = [text for text in (*words.paragraphs, words.closing) if text]
    for place, text in enumerate(said, start=1):
        _indent_first(_line(paper, text, keep=place == len(said)))
    _line(paper, "", keep=True)  # the seal lies over issuer and date
    date = words.on or "　　　　年　　月　　日"
    for text, keep in ((words.issuer, True), (date, False)):
        block = _line(paper, text, align=RIGHT, keep=keep)
        _indent(block, "right", 4)


def _set_page(paper: Any) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    paper.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.alignment = align
        _indent(line, "right" if align == RIGHT else "left", 1)
        for part in ("— ", None, " —"):
            run = line.add_run(part or "")
            run.font.size = SIZE4
            _han(run, "宋体")
            if part is None:
                _field(run, "PAGE")


def _set_style(paper: Any) -> None:
    style = paper.styles["Normal"]
    style.font.size = SIZE3
    _han(style, BODY)
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH


def _line(paper: Any, text: str, *, align: Any = None, font: str = "", size: Any = None, keep: bool = False) -> Any:
    line = paper.add_paragraph()
    line.alignment = align
    line.paragraph_format.keep_with_next = keep or None
    run = line.add_run(text)
    if font:
        _han(run, font)
    if size:
        run.font.size = size
        line.paragraph_format.line_spacing = Pt(size.pt * 1.5)
    return line


def _han(part: Any, font: str) -> None:
    """Set a run's or style's font for Han characters, too: Word keeps that one apart."""
    part.font.name = font
    part.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _indent(line: Any, side: str, characters: int) -> None:
    indent = line._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn(f"w:{side}Chars"), str(characters * 100))
    indent.set(qn(f"w:{side}"), str(characters * CHARACTER_TWIPS))


def _indent_first(line: Any) -> None:
    _indent(line, "firstLine", 2)


def _rule_below(line: Any) -> None:
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "4"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _field(run: Any, code: str) -> None:
    for kind, text in (("begin", None), (None, code), ("end", None)):
        part = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            part.text = text
        else:
            part.set(qn("w:fldCharType"), str(kind))
        run._r.append(part)


def _same_bytes(made: bytes) -> bytes:
    """Return the file with the archive's times taken out: the same letter is the same bytes on every day."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in sorted(old.infolist(), key=lambda one: (one.filename != "[Content_Types].xml", one.filename)):
            plain = zipfile.ZipInfo(info.filename, ZIP_START)
            plain.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(plain, old.read(info.filename))
    return file.getvalue()
