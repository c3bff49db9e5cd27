"""Letters of a case: queued with what they need to say, once per step."""

import datetime as dt
from collections.abc import Mapping

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import Outcome, ProposalKind
from nuanxin.kernel.casework.letter_lines import calculation_lines, cause_words, unmet_conditions
from nuanxin.kernel.casework.models import Case, Decision, Proposal
from nuanxin.kernel.casework.selectors.stages import parts_of
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.registry.selectors import members_of, person_by_id
from nuanxin.kernel.registry.selectors.money import deaths_of
from nuanxin.kernel.work.services import queue_letters
from nuanxin.kernel.work.values import LetterDraft

OF_DECISION = {
    ProposalKind.START: "approved",
    ProposalKind.REFUSE: "refused",
    ProposalKind.CHANGE: "changed",
    ProposalKind.STOP: "stopped",
}
FAMILY = "家属"


def tell(*, case: Case, change: Change, kind: str, values: Mapping[str, str] | None = None) -> int:
    """Queue one letter about a case, once per step; returns how many are new."""
    rule = assessor().rule(case.county, month_of(case.entered_on), case.benefit)
    draft = LetterDraft(
        county=case.county,
        division_id=case.handled_in_id,
        kind=kind,
        owner=("case", case.pk),
        person_id=case.person_id,
        household_id=case.household_id,
        values={"name": recipient(case), "benefit": rule.title, **(values or {})},
        key=f"case:{case.pk}:{case.version}:{kind}",
    )
    return queue_letters(change=change, drafts=[draft])


def recipient(case: Case) -> str:
    """Return to whom a case's letters go: the person, else the head of the household."""
    if case.person_id is not None:
        return person_by_id(case.person_id).name
    head = members_of(case.household_id or 0, case.entered_on).first()
    return head.person.name if head else f"家庭{case.household_id}"


def accepted_values(case: Case) -> dict[str, str]:
    """Return what the letter of acceptance says."""
    values = {"received_on": case.opened_on.isoformat(), "file_no": case.number}
    return values | ({"finish_by": case.whole_due_on.isoformat()} if case.whole_due_on else {})


def decision_letter(case: Case, decision: Decision) -> tuple[str, dict[str, str]]:
    """Return the letter that a checked decision asks for: kind and values, with reasons from the frozen receipt."""
    kind = ProposalKind(decision.kind)
    if decision.opinion == Outcome.REJECTED:
        kind = ProposalKind.REFUSE
    values = {"reasons": "\n".join(reasons(decision.proposal, decision.reason))}
    starting = decision.effective_from or month_of(decision.decided_on or decision.made_on)
    month = f"{starting:%Y-%m}"
    if kind == ProposalKind.START:
        values |= {"amount": str(decision.amount_fen), "from_month": month, "members": str(decision.persons)}
        values |= _staged(decision)
    elif kind == ProposalKind.CHANGE:
        before = str(decision.proposal.before_fen)
        values |= {"before": before, "after": str(decision.amount_fen), "from_month": month}
        values["cause"] = decision.reason or cause_words(decision.proposal.cause, decision.proposal.causes)
    elif kind == ProposalKind.STOP:
        heard = case.hearings.order_by("-id").first()
        values |= {"from_month": month} | ({"heard": heard.get_outcome_display()} if heard else {})
    return OF_DECISION[kind], values


def _staged(decision: Decision) -> dict[str, str]:
    """Return how a decision paid in stages is paid, nothing where it is paid in one sum."""
    parts = parts_of(decision)
    if parts is None:
        return {}
    said = [f"{month:%Y-%m} {yuan(one.amount_fen)}元" for month, one in parts.rows if month is not None]
    return {"stages": f"{len(parts.rows)}期（{'、'.join(said)}）"}


def reasons(proposal: Proposal, words: str = "") -> list[str]:
    """Return the reasons in words: the plain lines of the amount; else what the maker wrote and conditions not met."""
    said = [words] if words else []
    if proposal.kind in (ProposalKind.START, ProposalKind.CHANGE):
        return calculation_lines(proposal.benefit, proposal.receipt, proposal.after_fen) if proposal.receipt else said
    said += unmet_conditions(proposal.release_id, proposal.benefit, proposal.month, proposal.receipt)
    return said or ["按现行规定和已核实的情况测算，不再符合条件。"]


def proposal_words(proposal: Proposal) -> str:
    """Return in words what is intended, for the letter that invites to be heard."""
    if proposal.kind == ProposalKind.CHANGE:
        return f"每月由{yuan(proposal.before_fen)}元调整为{yuan(proposal.after_fen)}元"
    return "停止发放"


def death_values(case: Case, today: dt.date) -> dict[str, str]:
    """Return what the letter to the family says."""
    values = {"name": FAMILY, "from_month": f"{add_months(month_of(today), 1):%Y-%m}"}
    if case.person_id is None:
        return values | {"deceased": FAMILY}
    died = deaths_of([case.person_id]).get(case.person_id)
    if died is not None:
        values |= {"died_on": died.isoformat(), "from_month": f"{add_months(month_of(died), 1):%Y-%m}"}
    return values | {"deceased": person_by_id(case.person_id).name}
