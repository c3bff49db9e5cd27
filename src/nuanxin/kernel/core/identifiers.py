"""Identity numbers, credit codes, disability cards, bank cards: how each is checked, with the standard it follows."""

import datetime as dt
import re

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.names import normal_number

CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OLDEST_AGE = 130
"""Years. Nobody proven to live was older than 122; a birth further back is a slip of the pen, whatever the law asks."""


def normalise_citizen_id(text: str) -> str:
    """Return the number as it is stored: half-width, without blanks, the check letter an upper-case X."""
    return normal_number(text)


def earliest_birth(on: dt.date) -> dt.date:
    """Return the first day on which somebody living on a day can have been born, by `OLDEST_AGE`."""
    return dt.date(on.year - OLDEST_AGE, on.month, min(on.day, 28))


def birth_faults(birth: dt.date, on: dt.date) -> list[str]:
    """Return why nobody who is registered on a day can be born so, as Chinese sentences; none when it is possible."""
    if birth > on:
        return [f"出生日期 {birth.isoformat()} 晚于 {on.isoformat()}。"]
    if birth < earliest_birth(on):
        return [f"出生日期 {birth.isoformat()} 距今超过{OLDEST_AGE}年。"]
    return []


def _citizen_check(body: str) -> str:
    """Return the check character of 17 digits (GB 11643-1999)."""
    return CITIZEN_CHECKS[sum(int(d) * w for d, w in zip(body, CITIZEN_WEIGHTS, strict=True)) % 11]


def check_citizen_id(text: str, on: dt.date) -> list[str]:
    """Return the faults of an 18-character number as Chinese sentences, none when it is good (GB 11643-1999).

    `on` bounds the date of birth on both sides. The region is not compared with a list:
    people keep codes of dissolved counties.
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return ["公民身份号码应为18位：前17位是数字，末位是数字或大写X。"]
    faults = []
    birth = citizen_birth(text)
    if birth is None:
        faults.append(f"出生日期 {text[6:14]} 不存在。")
    else:
        faults += birth_faults(birth, on)
    if text[17] != _citizen_check(text[:17]):
        faults.append("校验位不对，请核对有没有抄错数字。")
    return faults


def citizen_birth(text: str) -> dt.date | None:
    """Return the date of birth that characters 7 to 14 state, None where there is no such day."""
    try:
        return dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None


def citizen_is_male(text: str) -> bool:
    """Return whether the 17th digit is odd."""
    return int(text[16]) % 2 == 1


def make_citizen_id(region: str, birth: dt.date, seq: int) -> str:
    """Return the number of a region (6 digits), date of birth and sequence 0-999 (odd is male), with its check."""
    if not re.fullmatch(r"[0-9]{6}", region) or not 0 <= seq <= 999:
        raise Refused("identifier.parts", "行政区划代码应为6位数字，顺序码应在0到999之间。", "请核对后重填。")
    body = f"{region}{birth:%Y%m%d}{seq:03d}"
    return body + _citizen_check(body)


def upgrade_citizen_id(text: str) -> str:
    """Return the 18-character number of an old 15-digit one, which was only given to people born in 19xx."""
    if not re.fullmatch(r"[0-9]{15}", text):
        raise Refused("identifier.old_form", "旧号码应为15位数字。", "请核对后重填，或直接填写18位号码。")
    body = f"{text[:6]}19{text[6:]}"
    if citizen_birth(body) is None:
        raise Refused("identifier.old_birth", f"旧号码里的出生日期 19{text[6:12]} 不存在。", "请核对后重填。")
    return body + _citizen_check(body)


PERMIT_REGIONS = ("81", "82", "83")
FOREIGN_CARD = "9"


def check_residence_permit(text: str, on: dt.date) -> list[str]:
    """Return the faults of a residence permit of Hong Kong (810000), Macao (820000) or Taiwan (830000) residents."""
    faults = check_citizen_id(text, on)
    if not faults and not text.startswith(PERMIT_REGIONS):
        faults = ["港澳台居民居住证号码应以81、82或83开头。"]
    return faults


def check_home_permit(text: str) -> list[str]:
    """Return the faults of a mainland travel permit of Hong Kong or Macao residents: H or M, 8 digits (older: 10)."""
    return (
        []
        if re.fullmatch(r"[HM][0-9]{8}([0-9]{2})?", text)
        else ["港澳居民来往内地通行证号应为H或M加8位（旧证10位）数字。"]
    )


def check_taiwan_permit(text: str) -> list[str]:
    """Return the faults of a mainland travel permit of Taiwan residents: 8 digits; older ones 10 and a letter."""
    return (
        [] if re.fullmatch(r"[0-9]{8}|[0-9]{10}[A-Z]?", text) else ["台湾居民来往大陆通行证号应为8位（旧证10位）数字。"]
    )


def check_passport(text: str) -> list[str]:
    """Return the faults of a passport number: 5 to 20 letters and digits, two digits at least (ICAO 9303 and older)."""
    good = re.fullmatch(r"[A-Z0-9]{5,20}", text) and sum(one.isdigit() for one in text) >= 2
    return [] if good else ["护照号码应为5至20位字母和数字。"]


def check_birth_certificate(text: str) -> list[str]:
    """Return the faults of a birth certificate number: one letter and nine digits."""
    return [] if re.fullmatch(r"[A-Z][0-9]{9}", text) else ["出生医学证明编号应为1位字母加9位数字。"]


def check_foreign_card(text: str, on: dt.date) -> list[str]:
    """Return the faults of a foreigner's permanent residence number: 18 from 2023-12-01 (9 first), before that 15."""
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", text):
        return []
    if not text.startswith(FOREIGN_CARD):
        return ["外国人永久居留身份证号码应为9开头的18位，或3位字母加12位数字（旧证）。"]
    return check_citizen_id(text, on)


def check_phone(text: str) -> list[str]:
    """Return the faults of a telephone number: 7 to 15 digits, a leading plus allowed."""
    return [] if re.fullmatch(r"\+?[0-9]{7,15}", text) else ["电话应为7至15位数字。"]


def number_spellings(text: str) -> list[str]:
    """Return a number as it is stored, and for an old 15-digit one the 18 characters it became."""
    plain = normal_number(text)
    if len(plain) != 15 or not plain.isdigit() or citizen_birth(f"{plain[:6]}19{plain[6:]}") is None:
        return [plain]
    return [plain, upgrade_citizen_id(plain)]


def check_uscc(text: str) -> list[str]:
    """Return the faults of a unified social credit code as Chinese sentences (GB 32100-2015)."""
    if not re.fullmatch(f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}", text):
        return ["统一社会信用代码应为18位数字或大写字母（不含I、O、S、V、Z），第3至8位是数字。"]
    faults = []
    if text[16] != _organisation_check(text[8:16]):
        faults.append("统一社会信用代码中的组织机构代码校验位不对。")
    if text[17] != _uscc_check(text[:17]):
        faults.append("统一社会信用代码的校验位不对，请核对有没有抄错。")
    return faults


def _organisation_check(body: str) -> str:
    """Return the check character of an organisation code's eight (GB 11714)."""
    rest = 11 - sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body, ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _uscc_check(body: str) -> str:
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def make_uscc(kind: str, region: str, organisation: str) -> str:
    """Return the code of department and class (`51`), region (6 digits) and the organisation code's first eight."""
    body = f"{kind}{region}{organisation}"
    if not re.fullmatch(f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{8}}", body):
        raise Refused("identifier.uscc_parts", "登记管理部门、区划或组织机构代码写法不对。", "请核对后重填。")
    body += _organisation_check(organisation)
    return body + _uscc_check(body)


def check_disability_card(text: str, citizen_id: str) -> list[str]:
    """Return the faults of a disability card number: the holder's 18, class 1-7, grade 1-4, on older ones B1."""
    match = re.fullmatch(r"([0-9]{17}[0-9X])([0-9])([0-9])(B[0-9])?", text)
    if not match:
        return ["残疾人证号应为20位：18位公民身份号码、1位残疾类别、1位残疾等级；补办的可再加B和一位数字。"]
    faults = []
    if match[1] != citizen_id:
        faults.append("残疾人证号里的公民身份号码与本人不一致，请核对是否为本人的证。")
    if match[2] not in "1234567":
        faults.append(f"残疾类别应为1至7，证号里是{match[2]}。")
    if match[3] not in "1234":
        faults.append(f"残疾等级应为1至4，证号里是{match[3]}。")
    return faults


def luhn_ok(text: str) -> bool:
    """Return whether a bank card number passes the Luhn check (GB/T 17552); passbook numbers need not."""
    if not re.fullmatch(r"[0-9]{12,19}", text):
        return False
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(text))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def make_luhn(body: str) -> str:
    """Return the number with its Luhn digit added."""
    return next(f"{body}{digit}" for digit in range(10) if luhn_ok(f"{body}{digit}"))
