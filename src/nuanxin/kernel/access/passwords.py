"""Which passwords an office's account may have: long by role, of several kinds, not what everybody tries first."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from pypinyin import lazy_pinyin

from nuanxin.kernel.access.roles import ADMINISTRATION, APPROVING, ROLES

SHORTEST, SHORTEST_DECIDING, PASSPHRASE, KINDS, REST, LONGEST = 12, 14, 16, 3, 6, 128
WORDS = (
    "password|passw0rd|p@ssword|p@ssw0rd|admin|root|guest|test|user|welcome|letmein|iloveyou|login|qwertyuiop|qwerty|"
    "asdfghjkl|asdfgh|asdf|zxcvbnm|zxcvbn|qazwsxedc|qazwsx|1qaz2wsx3edc|1qaz2wsx|1qaz@wsx|zaq12wsx|qwer|woaini|woaiwojia|"
    "wodemima|mima|zhongguo|beijing|anhui|wuhu|nanling|minzhengju|minzheng|minzhengting|caizheng|nuanxin|gongan|zhengfu|"
    "xiangzhen|kouling|5201314|1314520|520|1314|147258369|159753|112233|abc|a123456|密码|民政局|民政|暖心|中国|我爱你|管理员|办公室"
)
WEAK = re.compile(WORDS, re.IGNORECASE)
DAYS = re.compile(r"(?:19|20)\d{2}(?:[-./年]?(?:0?[1-9]|1[0-2])(?:[-./月]?(?:0?[1-9]|[12]\d|3[01])日?)?)?")
REPEATED = re.compile(r"(.)\1{2,}")
OTHERS = re.compile(r"[\W_]+")


class OfficePasswords:
    """Django's validator of the rules; every rule a password misses is said at once."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with each rule the password misses."""
        missing = missing_rules(password, user)
        if missing:
            raise ValidationError([ValidationError(words, code="office") for words in missing])

    def get_help_text(self) -> str:
        """Return the rules in a sentence."""
        return rules_of("")


def shortest_for(role: str) -> int:
    """Return the fewest characters: more for who decides for good or administers accounts."""
    known = ROLES.get(role)
    deciding = known is not None and known.permissions & (APPROVING | ADMINISTRATION)
    return SHORTEST_DECIDING if deciding else SHORTEST


def rules_of(role: str) -> str:
    """Return the rules a role's password must keep, in a sentence."""
    return (
        f"不少于{shortest_for(role)}个字符（一个汉字算两个）；大写字母、小写字母、数字、符号、汉字中有{KINDS}种（满{PASSPHRASE}个字符的长句不限）；"
        "不用姓名、账号、生日、连续或重复的字符和常见密码；不用最近用过的密码。"
    )


def missing_rules(password: str, user: Any = None) -> list[str]:
    """Return each rule a password misses, as a sentence that says what to do."""
    shortest = shortest_for(getattr(user, "role", ""))
    faults = []
    length = len(password) + sum(map(_is_han, password))
    if length < shortest:
        faults.append(f"不足{shortest}个字符（一个汉字算两个），请加长。")
    if len(password) > LONGEST:
        faults.append(f"超过{LONGEST}个字符，请缩短。")
    if length < PASSPHRASE and _kinds(password) < KINDS:
        faults.append(
            f"大写字母、小写字母、数字、符号、汉字中不足{KINDS}种，请添上别的种类，或改用{PASSPHRASE}个字符以上的长句。"
        )
    if len(set(password)) < REST:
        faults.append(f"不同的字符不足{REST}个，请换一个。")
    elif _rest(password, []) < REST:
        faults.append("只是常见密码、日期、连续或重复的字符，别人一猜就中，请换一个。")
    elif _rest(password, _own_words(user)) < REST:
        faults.append("除去您的姓名、账号和常见的字词，剩下的太少，请换一个。")
    return faults


def _kinds(password: str) -> int:
    return len({_kind(sign) for sign in password})


def _kind(sign: str) -> str:
    if _is_han(sign):
        return "han"
    return "upper" if sign.isupper() else "lower" if sign.islower() else "digit" if sign.isdecimal() else "sign"


def _is_han(sign: str) -> bool:
    return sign.isalpha() and sign.upper() == sign.lower()


def _own_words(user: Any) -> list[str]:
    """Return what an account's owner is called: login name, name, and its pinyin."""
    name = getattr(user, "display_name", "")
    words = [getattr(user, "username", ""), name, "".join(lazy_pinyin(name)), "".join(lazy_pinyin(name[:1]))]
    return [word for word in words if len(word) > 1]


def _rest(password: str, own: list[str]) -> int:
    """Return how many characters are left once words, days, runs and signs are taken out; Han ones twice."""
    rest = password
    for word in sorted(own, key=len, reverse=True):
        rest = re.sub(re.escape(word), "", rest, flags=re.IGNORECASE)
    rest = REPEATED.sub(r"\1", _without_runs(DAYS.sub("", WEAK.sub("", rest))))
    rest = OTHERS.sub("", rest)
    return len(rest) + sum(_is_han(sign) for sign in rest)


def _without_runs(text: str) -> str:
    """Take out runs of three and more signs that follow each other up or down: 123, cba."""
    kept: list[str] = []
    run = text[:1]
    for sign in text[1:]:
        step = ord(sign) - ord(run[-1])
        if abs(step) == 1 and (len(run) == 1 or ord(run[-1]) - ord(run[-2]) == step):
            run += sign
            continue
        kept.append(run if len(run) < 3 else "")
        run = sign
    return "".join(kept) + (run if len(run) < 3 else "")
