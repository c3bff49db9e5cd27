"""From a grant to the decision or takeover row it stands on, and to the receipt with its clauses and facts."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.grants.enums import basis_words
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.receipts import MemberShown, Receipt
from nuanxin.kernel.rulebook.words import TRUTH, answer
from nuanxin.kernel.statistics.lineage.steps import (
    Lines,
    Reader,
    TraceStep,
    benefit_title,
    day,
    money,
    person_words,
)

HIDDEN: Lines = (("说明", "您的岗位不显示收入、健康等情况"),)
Subject = tuple[int | None, int | None]


def entitlement_steps(
    grant_id: int, person_id: int | None, month: dt.date, run_id: int | None, reader: Reader
) -> list[TraceStep]:
    """Return the walk from a grant; `run_id` is the assessment that fixed the amount, where known."""
    grant = grants.grant_by_id(grant_id)
    if grant is None:
        return []
    subject: Subject = (grant.household_id, grant.person_id)
    steps = [_grant_step(grant, month), *_ending_steps(grant)]
    if grant.basis == "takeover" and grant.takeover_list_id is not None:
        steps.append(_takeover_step(grant))
        taken = cycle.takeover_by_id(grant.takeover_list_id)
        known = run_id or (taken.assessment_run_id if taken else None)
        return steps + receipt_steps(grant.county, grant.benefit, subject, person_id, month, known, reader)
    behind = decided_steps(grant.decision_id, grant.benefit, subject, month, run_id, reader, person_id, grant.county)
    return steps + behind


def decided_steps(
    decision_id: int | None,
    benefit: str,
    subject: Subject,
    month: dt.date,
    run_id: int | None,
    reader: Reader,
    person_id: int | None = None,
    county: str = "",
) -> list[TraceStep]:
    """Return the decision and what stands behind it."""
    decision = casework.decision_by_id(decision_id) if decision_id is not None else None
    steps = [_decision_step(decision)] if decision else []
    known = run_id or (decision.proposal.assessment_run_id if decision else None)
    if known is None and decision is not None and (kept := _kept(decision)) is not None:
        return [*steps, *shown_steps(kept, person_id or subject[1], reader)]
    where = county or (decision.county if decision else "")
    return steps + receipt_steps(where, benefit, subject, person_id or subject[1], month, known, reader)


def _grant_step(grant: Any, month: dt.date) -> TraceStep:
    covered = grants.coverages_of(grant.pk)
    lines = (
        ("待遇", benefit_title(grant.county, grant.benefit, month)),
        ("对象", f"家庭 {grant.household_id}" if grant.household_id else person_words(grant.person_id)),
        ("起止", f"{day(grant.from_date)} 至 {day(grant.to_date)} {grant.end_cause}".rstrip()),
        ("覆盖", f"{len(covered)} 人"),
        ("依据", basis_words(grant.basis)),
    )
    return TraceStep("grant", "待遇", lines, ("grant", grant.pk))


def _ending_steps(grant: Any) -> list[TraceStep]:
    """Return the decision that ended a grant, where one did; a death or a certificate's end ends it without."""
    decision = casework.decision_by_id(grant.end_decision_id) if grant.end_decision_id is not None else None
    return [replace(_decision_step(decision), title="终止决定")] if decision else []


def _takeover_step(grant: Any) -> TraceStep:
    taken = cycle.takeover_by_id(grant.takeover_list_id)
    if taken is None:
        return TraceStep("takeover", "接收清单", (("行", str(grant.takeover_row)),))
    signers = [account.display_name for account in (taken.first_signer, taken.second_signer) if account]
    lines = (
        ("清单", f"{taken.name}(截至 {taken.as_of})"),
        ("行", f"“待遇”第 {grant.takeover_row} 行"),
        ("签认", "、".join(signers) or "—"),
        ("SM3", taken.sm3),
    )
    return TraceStep("takeover", "接收清单", lines, ("takeover", taken.pk))


def _decision_step(decision: Any) -> TraceStep:
    filed = decision.proposal.application
    without = "无(案件提出)" if decision.proposal.case_id else "无(月度测算提出)"
    application = f"{filed.pk} 号, {filed.filed_on} 提出, {filed.source}" if filed else without
    lines = (
        ("申请", application),
        ("经办", f"{decision.maker.title} {decision.maker.display_name}, {decision.made_on}"),
        ("复核", f"{_checker(decision)}, {day(decision.decided_on)}"),
        ("结果", f"{decision.get_outcome_display()}, {money(decision.amount_fen)}, {day(decision.effective_from)} 起"),
        ("理由", decision.reason),
        ("凭据 SM3", decision.receipt_sm3),
    )
    return TraceStep("decision", "决定", lines, ("decision", decision.pk))


def _checker(decision: Any) -> str:
    return f"{decision.checker.title} {decision.checker.display_name}" if decision.checker else "—"


def receipt_steps(
    county: str,
    benefit: str,
    subject: Subject,
    person_id: int | None,
    month: dt.date,
    run_id: int | None,
    reader: Reader,
) -> list[TraceStep]:
    """Return the receipt, the parameters with their clauses, and the circumstances with their sources."""
    try:
        receipt = _read(county, benefit, subject, month, run_id)
    except Refused as refused:
        return [TraceStep("receipt", "测算凭据", (("说明", refused.message),))]
    if receipt is None:
        return [TraceStep("receipt", "测算凭据", (("说明", "没有找到测算"),))]
    return shown_steps(receipt, person_id, reader)


def shown_steps(receipt: Receipt, person_id: int | None, reader: Reader) -> list[TraceStep]:
    """Return a receipt, its clauses and the facts behind it."""
    return [_receipt_step(receipt, reader), _law_step(receipt), *_fact_steps(receipt, person_id, reader)]


def _kept(decision: Any) -> Receipt | None:
    """Return the receipt that a decision from the counter froze: it belongs to no month's run."""
    row = json.loads(decision.receipt or "{}")
    if "subject_id" not in row:
        return None
    return rulebook.kept_receipt(decision.release_id, decision.benefit, decision.proposal.month, row)


def _read(county: str, benefit: str, subject: Subject, month: dt.date, run_id: int | None) -> Receipt | None:
    run = rulebook.run_by_id(run_id) if run_id is not None else rulebook.latest_run(county, month)
    identity = subject[0] if subject[0] is not None else subject[1]
    if run is None or identity is None or not rulebook.receipt_file(run, benefit).exists():
        return None
    return rulebook.read_receipt(run, benefit, identity)


def _receipt_step(receipt: Receipt, reader: Reader) -> TraceStep:
    lines: list[tuple[str, str]] = [("结论", answer(receipt))]
    lines += [("条件", f"{TRUTH[c.holds]} {c.says} {c.basis}".rstrip()) for c in receipt.conditions]
    if reader.sees_means:
        lines += [("步骤", f"{s.says}: {s.text}") for s in receipt.steps]
        lines += [("构成", f"{c.says}: {money(c.amount_fen)}") for c in receipt.components]
    lines.append(("规则版本", receipt.release))
    where = f"第 {receipt.run_id} 次测算" if receipt.run_id is not None else "窗口测算，决定时留存"
    return TraceStep("receipt", f"测算凭据({receipt.month:%Y-%m}, {where})", tuple(lines))


def _law_step(receipt: Receipt) -> TraceStep:
    lines = [("文件", f"{b['document']} {b['article']}".rstrip()) for b in receipt.basis]
    for used in receipt.parameters:
        assumed = ", 假定" if used.assumption else ""
        source = f"{used.document} {used.article}".strip()
        lines.append(("参数", f"{used.label}: {used.text} — {source}, {used.since} 起{assumed}"))
    return TraceStep("law", "文件和条款", tuple(lines), ("benefit", 0))


def _fact_steps(receipt: Receipt, person_id: int | None, reader: Reader) -> list[TraceStep]:
    if not reader.sees_means:
        return [TraceStep("facts", "事实", HIDDEN)]
    member = next((m for m in receipt.members if m.person_id == person_id), None)
    lines = [(fact.label, fact.text) for fact in receipt.facts] + _member_lines(member)
    found = [TraceStep("facts", "事实", tuple(lines), ("person", person_id) if person_id else None)]
    facts = [*receipt.facts, *(fact for member in receipt.members for fact in member.facts)]
    return found + _circumstance_steps(receipt, person_id, {fact.source: fact.label for fact in facts})


def _member_lines(member: MemberShown | None) -> list[tuple[str, str]]:
    if member is None:
        return []
    counted = {True: "计入", False: "不计入", None: "是否计入待定"}[member.counts]
    return [("成员", f"{person_words(member.person_id)} {counted}"), *((f.label, f.text) for f in member.facts)]


def _circumstance_steps(receipt: Receipt, person_id: int | None, labels: dict[str, str]) -> list[TraceStep]:
    """Return the circumstances behind the facts, of the person sampled and of the household, with their source."""
    on = month_end(receipt.month)
    rows = list(registry.circumstances_of(person_id=person_id, on=on)) if person_id is not None else []
    if receipt.pays == "household":
        rows += list(registry.circumstances_of(household_id=receipt.subject_id, on=on))
    lines = tuple((labels[row.kind], _circumstance_words(row)) for row in rows if row.kind in labels)
    return [TraceStep("circumstances", "情况和来源", lines)] if lines else []


def _circumstance_words(row: Any) -> str:
    values = (money(row.amount_fen) if row.amount_fen is not None else None, row.level, row.code)
    value = " ".join(str(part) for part in values if part is not None) or "有"
    return f"{value}, {row.valid_from} 起, {row.get_standing_display()}, 来源: {row.source}"
