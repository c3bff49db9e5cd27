"""A decision computed again: by the release and the rows it was made on, whatever the declarations say today."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.casework.enums import ProposalKind
from nuanxin.kernel.casework.models import Decision, ReassessedMonth
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.grants.enums import Basis, basis_words
from nuanxin.kernel.grants.selectors import assessment_runs_of, grant_by_id
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.recomputing import Difference, differences, frozen_again, row_again

PAYING = (ProposalKind.START, ProposalKind.CHANGE)


@dataclass(frozen=True)
class Recomputed:
    """A decision's frozen receipt beside the one computed now; amounts in fen, None without a receipt."""

    decision_id: int
    benefit: str
    month: dt.date
    release_id: str
    source: str
    stored: dict[str, Any] | None
    found: dict[str, Any] | None
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Tell whether everything is as it was, to the fen."""
        return not self.differences

    @property
    def sentence(self) -> str:
        """Return the outcome in one Chinese sentence."""
        if not self.same:
            return f"重算结果与决定时不一致，{len(self.differences)} 处不同。"
        if not self.found:
            return "作决定时没有测算凭据（该待遇当时不适用于这个对象），现在重算也没有。"
        granted = self.found["granted"]
        amount = f"应发 {yuan(self.found['amount_fen'] or 0)} 元" if granted else "不应发放"
        return f"重算结果与决定时完全一致：{amount}。"


def recompute_decision(decision_id: int) -> Recomputed:
    """Compute a decision again from its release and the rows of its snapshot (or those frozen at the counter).

    Today's declarations are not read. Refused when there is no such decision, or its snapshot was cleared away.
    """
    one = Decision.objects.select_related("proposal").filter(pk=decision_id).first()
    if one is None:
        raise Refused("recompute.unknown", f"没有编号为 {decision_id} 的决定。", "请核对编号。")
    stored: dict[str, Any] = json.loads(one.receipt or "{}")
    proposal, subject = one.proposal, one.household_id or one.person_id or 0
    if proposal.assessment_run_id is not None:
        run = rulebook.run_by_id(proposal.assessment_run_id)
        source, found = f"测算 {run.pk}，快照 {run.snapshot_id}", row_again(run, one.benefit, subject)
    elif proposal.inputs:
        month = proposal.month
        source = "窗口当时取用的资料"
        found = frozen_again(one.release_id, month, one.benefit, subject, proposal.inputs)
    else:
        source, found = "无", None
    told = [*_altered(one), *differences(stored, found), *_amount(one, found)]
    return Recomputed(
        decision_id=one.pk,
        benefit=one.benefit,
        month=proposal.month,
        release_id=one.release_id,
        source=source,
        stored=stored or None,
        found=found,
        differences=tuple(told),
    )


def recompute_reassessment(reassessment_id: int) -> list[tuple[dt.date, tuple[Difference, ...]]]:
    """Compute every month of a reassessment again from what was frozen; return each with what differs.

    Refused when there is none, or nobody proposed it yet.
    """
    months = list(ReassessedMonth.objects.filter(reassessment_id=reassessment_id).order_by("month"))
    if not months:
        raise Refused("recompute.unknown", f"没有编号为 {reassessment_id} 的追溯核算，或还没有核算。", "请核对编号。")
    one = months[0].reassessment
    subject = one.household_id or one.person_id or 0
    told = []
    for row in months:
        found = frozen_again(row.release_id, row.month, one.benefit, subject, row.inputs)
        told.append((row.month, (*_altered(row), *differences(json.loads(row.receipt or "{}"), found))))
    return told


def _altered(one: Decision | ReassessedMonth) -> list[Difference]:
    sm3 = sm3_hex(one.receipt)
    return [] if sm3 == one.receipt_sm3 else [Difference("receipt_sm3", one.receipt_sm3, sm3)]


def _amount(one: Decision, found: dict[str, Any] | None) -> list[Difference]:
    """A start or change pays what the receipt says."""
    paid = (found or {}).get("amount_fen") or 0
    if one.kind not in PAYING or not found or paid == one.amount_fen:
        return []
    return [Difference("decision.amount_fen", one.amount_fen, paid)]


def basis_of_grant(grant_id: int) -> tuple[str, int | None]:
    """Return in words what a grant rests on, and its decision; a taken-over grant has none of this system's."""
    grant = grant_by_id(grant_id)
    if grant is None:
        raise Refused("recompute.unknown", f"没有编号为 {grant_id} 的待遇。", "请核对编号。")
    if grant.decision_id is not None:
        return f"待遇 {grant_id} 由决定 {grant.decision_id} 确认。", grant.decision_id
    if grant.basis != Basis.TAKEOVER:
        words = (
            f"待遇 {grant_id} 的依据是“{basis_words(grant.basis)}”，沿用原待遇；恢复待遇的各月金额见追溯核算的凭据。"
        )
        return words, None
    words = f"待遇 {grant_id} 是接管来的（清单 {grant.takeover_list_id} 第 {grant.takeover_row} 行），"
    if assessment_runs_of(grant_id):
        return f"{words}开始时的金额以接管清单为准；之后的调整按测算。没有确认它的决定，不能整体重算。", None
    return f"{words}金额以接管清单为准，不是本系统算出的，不能重算。", None
