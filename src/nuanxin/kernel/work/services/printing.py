"""Letters as files, made on demand from their frozen words; nothing is stored."""

from collections.abc import Iterable

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work.printing.pdf import check_fonts, make_pdf
from nuanxin.kernel.work.printing.word import make_docx
from nuanxin.kernel.work.selectors import letter_words, letters_by_ids
from nuanxin.kernel.work.wording import letter_labels

__all__ = ["PRINTED_AT_ONCE", "check_fonts", "letter_file", "letters_file"]
PRINTED_AT_ONCE = 300


def letter_file(*, letter_id: int, format: str) -> tuple[str, bytes]:
    """Return a letter's file name (no personal name in it) and bytes as `docx` or `pdf`; before issue it is a draft.

    The same letter gives the same bytes. Refused when its frozen parts were altered, or no Han font is there for PDF.
    """
    letter = next(iter(letters_by_ids([letter_id])), None)
    if letter is None:
        raise Refused("letter.unknown", f"没有编号为 {letter_id} 的文书。", "请刷新页面再试。")
    words, label = letter_words(letter), letter_labels().get(letter.kind, letter.kind)
    stem = f"{words.number}{label}"
    on = letter.issued_on or letter.queued_on
    if format == "docx":
        return f"{stem}.docx", make_docx(words, name=stem, on=on)
    if format != "pdf":
        raise Refused("letter.format", "文书只有 DOCX 和 PDF 两种格式。", "请选择其中一种。")
    return f"{stem}.pdf", make_pdf([words], name=stem, on=on)


def letters_file(*, letter_ids: Iterable[int]) -> tuple[str, bytes]:
    """Return many issued letters as one PDF to be printed, in the order given, at most 300; Refused for drafts."""
    letters = letters_by_ids(letter_ids)
    if not letters:
        raise Refused("letter.none", "没有选中文书。", "请先勾选要打印的文书。")
    if len(letters) > PRINTED_AT_ONCE:
        raise Refused("letter.many", f"一次最多打印 {PRINTED_AT_ONCE} 份。", "请分几次打印。")
    if any(letter.number is None for letter in letters):
        raise Refused("letter.unnumbered", "选中的文书里有尚未编号的。", "请先制发（编号），再打印。")
    on = max(letter.issued_on or letter.queued_on for letter in letters)
    name = f"文书{len(letters)}份"
    return f"{name}.pdf", make_pdf([letter_words(letter) for letter in letters], name=name, on=on)
