"""What a cell's number format makes of its number: a date, a padded number, or just a number; and their texts."""

import datetime as dt
import re
from decimal import Decimal

from nuanxin.kernel.core.spreadsheets.sheet import CellKind
from nuanxin.kernel.core.spreadsheets.xml import Attributes, Handler

DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001 (a workbook knows no zone)
LAST_DAY = 2_958_466
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
DIGITS, WHOLE_DIGITS = 15, 11
LOST_FROM = Decimal(10) ** DIGITS
DATE = "date"


class Styles(Handler):
    """Number formats by the number of a cell's style: `DATE`, how many zeros pad it to, or nothing."""

    def __init__(self) -> None:
        """Start with no style; style 0 is general."""
        self.own: dict[str, str] = {}
        self.formats: list[str | int | None] = []
        self.inside = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """Note the formats a workbook declares, and which of them each style uses."""
        if tag == "numFmt":
            self.own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.inside = True
        elif tag == "xf" and self.inside:
            self.formats.append(self._meaning(attributes.get("numFmtId", "0")))

    def end(self, tag: str) -> None:
        """Leave the list of cell styles."""
        if tag == "cellXfs":
            self.inside = False

    def _meaning(self, number: str) -> str | int | None:
        if number in self.own:
            return meaning_of(self.own[number])
        return DATE if number.isdecimal() and len(number) < 4 and int(number) in DATE_FORMATS else None


def meaning_of(code: str) -> str | int | None:
    """Return what a format code makes of a number: `DATE`, the length it is padded to with zeros, or None."""
    plain = LITERALS.sub("", code[:500].split(";")[0])
    if re.fullmatch(r"0{2,30}", plain):
        return len(plain)
    return DATE if re.search(r"[ymdhs年月日时]", plain, re.IGNORECASE) and "general" not in plain.lower() else None


def number_text(value: str, style: str | int | None, from_1904: bool) -> tuple[str, str]:
    """Return the kind and the text of a numeric cell.

    Fifteen significant digits are all a workbook keeps: a number of 1e15 or more, in whatever spelling, has lost its
    last ones. A fraction's digits past the fifteenth are noise of the binary form (1.1 is stored as
    1.1000000000000001) and are dropped, as every table program shows it, as long as fen stay certain.
    """
    if style is None and value.isdecimal() and value.isascii() and len(value) <= DIGITS and value[0] != "0":
        return CellKind.NUMBER, value
    if not NUMBER.fullmatch(value.strip()):
        return CellKind.ERROR, value[:40]
    number = Decimal(value.strip())
    if abs(number) >= LOST_FROM or (abs(number) >= Decimal(10) ** WHOLE_DIGITS and _digits(number) > DIGITS):
        return CellKind.LOST_DIGITS, value[:40]
    if style == DATE:
        return _moment(float(number), from_1904)
    text = format(Decimal(format(float(number), f".{DIGITS}g")), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = "0" if text in ("-0", "") else text
    return CellKind.NUMBER, text.zfill(style) if isinstance(style, int) and text.isdecimal() else text


def iso_text(value: str) -> tuple[str, str]:
    """Return the kind and the text of a cell that states its date in ISO form."""
    try:
        moment = dt.datetime.fromisoformat(value.strip().removesuffix("Z"))
    except ValueError:
        return CellKind.ERROR, value[:40]
    return CellKind.DATE, _spelled(moment)


def _digits(number: Decimal) -> int:
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def _moment(serial: float, from_1904: bool) -> tuple[str, str]:
    """Return the date a serial number stands for; day 60 of 1900 never was, so days before it are one later."""
    if not 0 <= serial < LAST_DAY - (1462 if from_1904 else 0) or (int(serial) == 60 and not from_1904):
        return CellKind.ERROR, f"{serial:g}"
    seconds = round(serial * 86400)
    if seconds < 86400:
        return CellKind.TIME, str(dt.timedelta(seconds=seconds)).zfill(8)
    if from_1904:
        return CellKind.DATE, _spelled(EPOCH_1904 + dt.timedelta(seconds=seconds))
    return CellKind.DATE, _spelled(EPOCH + dt.timedelta(days=serial < 60, seconds=seconds))


def _spelled(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00").zfill(10)
