"""The receipt in words, for the desk, the letter and the page."""

from collections.abc import Callable

from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.rulebook.receipts import MemberShown, ParameterUsed, Receipt

TRUTH = {True: "✓", False: "✗", None: "?"}
HOW = {"refuse": "不同时享受", "top_up": "补差", "highest": "就高"}


def receipt_in_words(receipt: Receipt) -> list[str]:
    """Return the receipt as Chinese lines: the answer first, then why, then by what law."""
    lines = [f"{receipt.title} · {receipt.month:%Y年%m月}", f"结论: {answer(receipt)}"]
    lines += [f"待核实: {_question(q.label, q.ask, q.person_id)}" for q in receipt.questions]
    lines += [f"  {TRUTH[c.holds]} {c.says}" + (f" ({c.basis})" if c.basis else "") for c in receipt.conditions]
    lines += [f"  {s.says}: {s.text}" for s in receipt.steps]
    lines += [f"  {r.says}: {r.text}" for r in receipt.results]
    lines += [f"  其中 {c.says}: {_money(c.amount_fen)}" for c in receipt.components if len(receipt.components) > 1]
    lines += [line for member in receipt.members for line in _member(member)]
    lines += [f"  {HOW[x.how]}: {x.says} ({x.basis})" for x in receipt.exclusions if x.applied]
    lines += ["依据:", *(f"  {b['document']} {b['article']}".rstrip() for b in receipt.basis)]
    lines += [f"  {parameter_in_words(p)}" for p in receipt.parameters]
    return lines


def answer(receipt: Receipt, say: Callable[[str], str] = str) -> str:
    """Return the answer in one sentence; `say` puts sentences and labels into the reader's language."""
    if receipt.granted is None:
        return say("待定, 有情况尚未核实, 不予批准也不予拒绝。")
    if receipt.granted:
        if not receipt.components:
            return say("符合条件, 予以认定。")
        paid = _money(receipt.amount_fen) + ("/月" if receipt.period == "month" else "")
        return say("符合条件, 应发 %(paid)s。") % {"paid": say(paid)}
    if receipt.excluded_by:
        other = receipt.titles.get(receipt.excluded_by, receipt.excluded_by)
        return say("符合条件, 但因%(other)s不予发放。") % {"other": say(other)}
    failed = "、".join(c.says for c in receipt.conditions if c.holds is False)
    return say("不符合条件: %(failed)s。") % {"failed": say(failed) if failed else say("金额为零")}


def parameter_in_words(parameter: ParameterUsed) -> str:
    """Return a parameter with its clause and start; an assumption is called one."""
    assumed = ", 假定值" if parameter.assumption else ""
    source = f"{parameter.document} {parameter.article}".strip()
    return f"{parameter.label}: {parameter.text} ({source}, {parameter.since}起{assumed})"


def _money(fen: int | None) -> str:
    return "未知" if fen is None else f"{yuan(fen)} 元"


def _question(label: str, ask: str, person_id: int | None) -> str:
    whose = f"成员 {person_id} 的" if person_id is not None else ""
    return f"{whose}{label}" + (f", 请问{ask}" if ask else "")


def _member(member: MemberShown) -> list[str]:
    counted = {True: "计入", False: "不计入", None: "是否计入待定"}[member.counts]
    brings = "、".join(f"{c.says} {_money(c.amount_fen)}" for c in member.components if c.amount_fen)
    facts = "、".join(
        f"{f.label} {f.text}"
        for f in member.facts
        if f.source not in ("is_", "column") and f.value not in (None, 0, False, "0")
    )
    return [f"  成员 {member.person_id}: {counted}" + "".join(f", {part}" for part in (facts, brings) if part)]
