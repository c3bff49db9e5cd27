"""The bank's answer held against what was sent: every column it states, line by line."""

from collections.abc import Iterator
from typing import NamedTuple

from nuanxin.kernel.payments.bank_text import BackLine, Control, read_lines
from nuanxin.kernel.payments.profiles import BankProfile

MOST_NAMED = 5


class SentLine(NamedTuple):
    """One line as the file to the bank had it; `amount_fen` is the line's, name and account None where not sent."""

    line_id: int
    amount_fen: int
    account: str | None
    name: str | None


class AnswerFault(NamedTuple):
    """What keeps an answer from counting: a refusal's code, which line (0: the whole file) and a sentence."""

    code: str
    seq: int
    words: str


def sent_cells(profile: BankProfile, data: bytes) -> dict[int, tuple[str | None, str | None]]:
    """Return (account, name) by serial number as they stand in the file that went to the bank."""
    _, rows = read_lines(profile, data)
    columns: list[str] = list(profile.columns)
    if "seq" not in columns or any(len(row) != len(columns) for row in rows):
        return {}
    seq = columns.index("seq")
    account, name = (columns.index(one) if one in columns else None for one in ("account", "name"))
    return {
        int(row[seq]): (
            row[account].strip() if account is not None else None,
            row[name].strip() if name is not None else None,
        )
        for row in rows
    }


def answer_faults(
    profile: BankProfile, control: Control, lines: list[BackLine], sent: dict[int, SentLine], run_fen: int
) -> Iterator[AnswerFault]:
    """Yield what in an answer differs from what was sent, first each line in the file's order, then its totals."""
    seen: set[int] = set()
    for line in lines:
        if line.seq not in sent or line.seq in seen:
            what = "重复" if line.seq in seen else "不在本批次中"
            yield AnswerFault("payments.return_line", line.seq, f"第 {line.seq} 号明细{what}")
        else:
            yield from _line_faults(profile, line, sent[line.seq])
        seen.add(line.seq)
    lacking = sorted(set(sent) - seen)
    yield from (AnswerFault("payments.return_line", seq, f"缺第 {seq} 号明细") for seq in lacking)
    if len(lines) != control.line_count or control.line_count != len(sent):
        words = f"写明 {control.line_count} 笔、实有 {len(lines)} 笔，本批次应为 {len(sent)} 笔"
        yield AnswerFault("payments.return_count", 0, words)
    total = sum(line.amount_fen for line in lines)
    if total != control.total_fen or total != run_fen:
        yield AnswerFault("payments.return_total", 0, "金额合计与批次不符")


def _line_faults(profile: BankProfile, line: BackLine, sent: SentLine) -> Iterator[AnswerFault]:
    """Yield what one line states otherwise; account numbers are never written out, only their tails."""
    if line.amount_fen != sent.amount_fen:
        yield AnswerFault("payments.return_amount", line.seq, f"第 {line.seq} 号明细的金额与送出的不同")
    if line.account is not None and sent.account is not None and line.account != sent.account:
        tails = f"回盘尾号 {line.account[-4:] or '空'}，送出尾号 {sent.account[-4:]}"
        yield AnswerFault("payments.return_account", line.seq, f"第 {line.seq} 号明细的账号与送出的不同（{tails}）")
    if line.name is not None and sent.name is not None and line.name != sent.name:
        yield AnswerFault("payments.return_name", line.seq, f"第 {line.seq} 号明细的户名与送出的不同")
    if line.code not in profile.paid_codes and line.code not in profile.codes:
        yield AnswerFault("payments.return_code", line.seq, f"第 {line.seq} 号明细的结果码“{line.code[:10]}”不认识")
