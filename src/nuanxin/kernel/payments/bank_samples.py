"""The county's bank format in words, and samples of both files made by it, with invented people."""

import datetime as dt
from dataclasses import dataclass

from nuanxin.kernel.payments.bank_text import Control, OutLine, render, render_return
from nuanxin.kernel.payments.profiles import BankProfile

FIELD_LABELS = {
    "batch_no": "批次号", "project": "项目", "line_count": "笔数", "total": "合计金额", "date": "日期（如 20240131）",
    "seq": "序号", "name": "户名", "citizen_id": "身份证号", "bank_code": "开户银行代码", "account": "账号",
    "amount": "金额", "purpose": "用途", "township": "乡镇代码", "code": "结果码", "message": "结果说明",
}  # fmt: skip
COMPARED = ("seq", "name", "account", "amount")
OUT, BACK = "out", "return"
PEOPLE = (("张三", "6217000000000000011", 5000), ("李四", "6217000000000000029", 12050))
BATCH_NO, DAY, TITLE = "34022320240101SAMPLE", dt.date(2024, 1, 31), "高龄津贴"


@dataclass(frozen=True)
class Field:
    """A field of a file: its place, its label, what holds for it."""

    place: int
    label: str
    compared: bool
    longest: int | None


def head_fields(profile: BankProfile, which: str) -> list[str]:
    """Return the labels of a file's first line."""
    names = profile.header if which == OUT else profile.return_header
    return [FIELD_LABELS[name] for name in names]


def line_fields(profile: BankProfile, which: str) -> list[Field]:
    """Return the fields of each further line; of an answer, which of them are held against what was sent."""
    names: list[str] = list(profile.columns if which == OUT else profile.return_columns)
    longest: dict[str, int] = {str(name): most for name, most in profile.longest.items()}
    return [
        Field(
            place, FIELD_LABELS[name], which == BACK and name in COMPARED, longest.get(name) if which == OUT else None
        )
        for place, name in enumerate(names, start=1)
    ]


def sample(profile: BankProfile, which: str) -> bytes:
    """Return a sample of the file that goes to the bank, or of its answer with one line paid and one returned."""
    lines = [
        OutLine(seq, name, "340223194001010017", "102", account, fen, TITLE, "340223100")
        for seq, (name, account, fen) in enumerate(PEOPLE, start=1)
    ]
    control = Control(BATCH_NO, len(lines), sum(line.amount_fen for line in lines), TITLE, DAY)
    if which == OUT:
        return render(profile, control, lines)
    code, words = next(iter(profile.codes.items()))
    return render_return(profile, control, [(lines[0], profile.paid_codes[0], "成功"), (lines[1], code, words)])
