"""Money is whole fen; here it becomes words and is read from words."""

import re
import unicodedata

from nuanxin.kernel.core.errors import Refused

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
LARGEST = 10**18 - 1


def yuan(fen: int) -> str:
    """Return fen as yuan with two places and thousands separators: 173500 → `1,735.00`."""
    return f"{_sign(fen)}{abs(fen) // FEN_PER_YUAN:,}.{abs(fen) % FEN_PER_YUAN:02d}"


def wan(fen: int) -> str:
    """Return fen as 万元 with two places, halves away from zero: 955885500 → `955.89`."""
    hundredths = (abs(fen) * 100 + FEN_PER_WAN // 2) // FEN_PER_WAN
    return f"{_sign(fen) if hundredths else ''}{hundredths // 100:,}.{hundredths % 100:02d}"


def _sign(fen: int) -> str:
    return "-" if fen < 0 else ""


def parse_yuan(text: str) -> int:
    """Read `1,735`, `1735.0`, `¥1735.05` or full-width digits as fen; Refused on anything else."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
    match = re.fullmatch(r"(-?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?", plain)
    if not match:
        raise Refused("money.format", f"金额“{text}”写法不对。", "请写成 1735.00 这样的元，小数不超过两位。")
    sign, whole, part = match.groups()
    fen = int(whole.replace(",", "")) * FEN_PER_YUAN + int((part or "").ljust(2, "0"))
    if fen > LARGEST:
        raise Refused("money.size", f"金额“{text}”太大。", "请检查是否多写了位数。")
    return -fen if sign else fen


def capitals(fen: int) -> str:
    """Return an amount in banking capitals (支付结算办法 附一): 173505 → 壹仟柒佰叁拾伍元零伍分."""
    whole, cents = divmod(abs(fen), FEN_PER_YUAN)
    jiao, rest = divmod(cents, 10)
    words = f"{_whole_in_capitals(whole)}元" if whole else ""
    if not cents:
        words = f"{words or '零元'}整"
    elif not jiao:
        words += f"{'零' if whole else ''}{DIGITS[rest]}分"
    else:
        gap = "零" if whole and whole % 10 == 0 else ""
        words += f"{gap}{DIGITS[jiao]}角" + (f"{DIGITS[rest]}分" if rest else "整")
    return f"{'负' if fen < 0 else ''}{words}"


def _whole_in_capitals(whole: int) -> str:
    """Return a whole number in capitals; a run of noughts inside it is spoken once, 万 and 亿 close their digits."""
    words, gap, spoken = "", False, {4: False, 8: False}
    text = str(whole)
    for place, digit in zip(range(len(text) - 1, -1, -1), map(int, text), strict=True):
        if digit:
            words += ("零" if gap else "") + DIGITS[digit] + PLACES[place % 4]
            gap, spoken = False, {4: True, 8: True}
        else:
            gap = bool(words)
        if place % 8 == 4 and spoken[4]:
            words += "万"
        if place and place % 8 == 0 and spoken[8]:
            words, spoken = words + "亿", {4: False, 8: False}
        if place % 4 == 0:
            spoken[4] = False
    return words


def signed_yuan(value: int) -> str:
    """Return a difference in fen as yuan with its sign: `+12.50`, `−3.00`, `0.00`."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{yuan(abs(value))}"
