"""One form of a person's name and of a number, whoever typed it: stored, searched and sent to the bank alike.

Names follow the practice of the ministries: one separating point `·` (U+00B7) for every variant, no blanks beside Han
characters, at most fifty characters. The private codes of old input methods become the standard characters they stood
for (GB 18030-2022); private codes outside that table are a fault, because no other system can show them.
"""

import re
import unicodedata
from collections.abc import Iterable

from nuanxin.kernel.core.errors import Refused

LONGEST_NAME = 50
POINT = "·"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af\u3007"
COMMON = re.compile("[\u4e00-\u9fff]{1,50}")  # nearly every name: it is its own normal form
POINTS = re.compile("[\u00b7\u2022\u2027\u2219\u22c5\u25cf\u30fb\uff65\u2024\ua78f\u318d\u2e31\u2e33\u16eb]+")
STOP = "[.\uff0e\u3002\uff61]+"
STOPS = re.compile(f"(?<=[{HAN}]){STOP}(?=[{HAN}A-Za-z])|(?<=[A-Za-z]){STOP}(?=[{HAN}])")
TRAILING = re.compile(f"^[{POINT}\\s]+|[{POINT}\\s]+$|(?<=[{HAN}])[.．。｡，,、;；]+$")
BLANKS_OF_HAN = re.compile(f"(?<=[{HAN}{POINT}]) +| +(?=[{HAN}{POINT}])")
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Drawn as nothing, though Unicode files them under letters, marks or symbols.
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Cs"}
SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
PLACEHOLDERS = re.compile(r"[?\uFF1F*\uFF0A\u00D7\u25A1\u25A0\uFFFD_#]")
PRIVATE_FIRST, PRIVATE_LAST = 0xE815, 0xE864
# Where the codec of the year 2000 still answers with the private code, the character of GB 18030-2022.
STANDARD = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d_\uff3f\u30fc"
QUOTES = "'\u2019\u2018`\uff07"
CROSSES = dict.fromkeys(map(ord, "\u00d7\u2715\u0425\u0445\u03a7\u03c7\u2169\u2179"), "X")
ROW_START, ROW_GAP = 0xFE50, 0x7F


def _standard_of(code: int) -> str:
    """Return the standard character of a private code of GBK's row FE."""
    if code in STANDARD:
        return chr(STANDARD[code])
    low = (ROW_START & 0xFF) + code - PRIVATE_FIRST
    low += 1 if low >= ROW_GAP else 0
    return bytes([ROW_START >> 8, low]).decode("gb18030")


PRIVATE = {code: _standard_of(code) for code in range(PRIVATE_FIRST, PRIVATE_LAST + 1)}
RADICALS = {
    code: found
    for first, last in ((0x2E80, 0x2EF3), (0x2F00, 0x2FD5))
    for code in range(first, last + 1)
    if (found := unicodedata.normalize("NFKC", chr(code))) != chr(code)
}
SPELLINGS = WIDE | PRIVATE | RADICALS


def _is_invisible(letter: str) -> bool:
    code = ord(letter)
    if letter in BLANK_LETTERS or any(first <= code <= last for first, last in SELECTORS):
        return True
    return unicodedata.category(letter) in INVISIBLE


def visible_line(text: str) -> str:
    """Return a line as it looks: no control or invisible characters, no blanks at the ends, one between words."""
    spaced = re.sub(r"\s+", " ", text)
    plain = unicodedata.normalize("NFC", "".join(letter for letter in spaced if not _is_invisible(letter)))
    return re.sub(r"\s+", " ", plain).strip()


def normal_name(text: str) -> str:
    """Return a name in its one form; doing it again changes nothing. `name_faults` tells what is no name."""
    if COMMON.fullmatch(text):
        return text
    line = visible_line(visible_line(text).translate(SPELLINGS))
    before = ""
    while line != before:
        before = line
        line = BLANKS_OF_HAN.sub("", STOPS.sub(POINT, POINTS.sub(POINT, line)))
        line = TRAILING.sub("", line)
    return line


def normal_names(texts: Iterable[str]) -> list[str]:
    """Return the one form of many names in order; equal names are read once."""
    listed = list(texts)
    known = {text: normal_name(text) for text in set(listed)}
    return [known[text] for text in listed]


def name_faults(name: str) -> list[str]:
    """Return what is wrong with a name in its one form, as Chinese sentences; none when it can stand."""
    if not name:
        return ["姓名不能为空。"]
    if len(name) > LONGEST_NAME:
        return [f"姓名最多{LONGEST_NAME}个字，现有{len(name)}个。"]
    private = next((letter for letter in name if unicodedata.category(letter) in ("Co", "Cn")), None)
    if private is not None:
        return [f"姓名第{name.index(private) + 1}个字是造字区的字（U+{ord(private):04X}），其他单位的系统显示不出。"]
    if lost := PLACEHOLDERS.search(name):
        return [f"姓名里有“{lost[0]}”，像是没有打出来的字或遮住的字。"]
    if not any(letter.isalpha() for letter in name):
        return [f"姓名“{name}”里没有文字。"]
    return []


def checked_name(text: str) -> str:
    """Return a name in its one form; Refused with its first fault."""
    name = normal_name(text)
    if faults := name_faults(name):
        raise Refused("person.name", faults[0], "请对照证件重填；身份不明的写“无名氏”。")
    return name


def without_points(name: str) -> str:
    """Return a name with its points and blanks left out, as other systems often spell it."""
    return name.replace(POINT, "").replace(" ", "")


def normal_number(text: str) -> str:
    """Return a number as stored and compared: half-width, upper case, no blanks, dashes, quotes, invisible characters.

    Digits of other scripts become 0-9, and the signs people type for the check letter become X.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    line = unicodedata.normalize("NFC", text).translate(WIDE).translate(CROSSES)
    kept = (one for one in line if not (one.isspace() or one in DASHES or one in QUOTES or _is_invisible(one)))
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in kept).upper()
