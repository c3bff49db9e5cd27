"""Receipts for pages: live at the counter, or stored by a run; the answer first, then why, then by what law."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nuanxin.interfaces.staff.saying import said
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook import services
from nuanxin.kernel.rulebook.receipts import FactUsed, Receipt
from nuanxin.kernel.rulebook.words import answer


def shown(receipts: Iterable[Receipt], names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return receipts for the template: what is granted first, then what is unknown, then the rest."""
    known = names or {}
    ordered = sorted(receipts, key=lambda one: {True: 0, None: 1, False: 2}[one.granted])
    return [_one(receipt, known) for receipt in ordered]


def _one(receipt: Receipt, names: Mapping[int, str]) -> dict[str, Any]:
    whose = names.get(receipt.subject_id, "") if receipt.pays == "person" else ""
    members = [{"member": member, "name": names.get(member.person_id, member.person_id)} for member in receipt.members]
    questions = [{"question": one, "name": names.get(one.person_id or 0, "")} for one in receipt.questions]
    facts = [_named(fact) for fact in receipt.facts if fact.source not in ("is_",)]
    return {
        "receipt": receipt,
        "whose": whose,
        "answer": answer(receipt, said),
        "members": members,
        "questions": questions,
        "facts": facts,
        "several": len(receipt.components) > 1,
    }


def _named(fact: FactUsed) -> FactUsed:
    """Return a fact that is a place with the place's name."""
    if fact.name != "hukou_county" or not fact.value:
        return fact
    return replace(fact, text=registry.division_names([str(fact.value)]).get(str(fact.value), fact.text))


def of_household(
    household: Any, month: dt.date, names: Mapping[int, str], over: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Return every benefit's receipt of a household and its members, computed now; facts typed may be laid over it."""
    found = services.assess_household(county=household.county, month=month, household_id=household.pk, over=over)
    return shown(found, names)


def of_proposal(proposal: Any, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return the receipt that a proposal came from; none when the benefit did not apply in that run."""
    if proposal.assessment_run_id is None:
        return _kept(proposal.receipt, proposal.release_id, proposal.benefit, proposal.month, names)
    subject = proposal.household_id or proposal.person_id
    run = rulebook.run_by_id(proposal.assessment_run_id)
    if not rulebook.receipt_file(run, proposal.benefit).exists():
        return []
    try:
        return shown([rulebook.read_receipt(run, proposal.benefit, subject)], names)
    except Refused:
        return []


def of_decision(decision: Any, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return the receipt as the decision froze it; none when it was made without one."""
    month = decision.proposal.month
    return _kept(decision.receipt, decision.release_id, decision.benefit, month, names)


def of_month(month: Any, benefit: str, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return the receipt of a reassessed month as frozen; none when the benefit did not apply then."""
    return _kept(month.receipt, month.release_id, benefit, month.month, names)


def _kept(
    text: str, release_id: str, benefit: str, month: dt.date, names: Mapping[int, str] | None
) -> list[dict[str, Any]]:
    row = json.loads(text or "{}")
    if "subject_id" not in row:
        return []
    kept = rulebook.kept_receipt(release_id, benefit, month, row)
    return shown([kept], names) if kept else []
