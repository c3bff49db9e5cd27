"""Everything the page of a case shows: clock, next moves, receipt, papers, visits, notices, hearings, timeline."""

import datetime as dt
from typing import Any

from nuanxin.interfaces.staff import accepting, circumstances, receipts
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.deaths import amount_words, death_words
from nuanxin.interfaces.staff.paid_to import account_words
from nuanxin.interfaces.staff.sight import name_for, sees_means
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.enums import HearingOutcome
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.workdays import working_days_between
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.work import selectors as work

PROPOSALS = ("propose_", "stop_")
CONTRADICTED = {
    "casework.not_higher", "casework.not_lower", "casework.still_granted", "casework.alive", "casework.dead",
}  # fmt: skip


def about(account: Any, case: Any) -> dict[str, Any]:
    """Return the context of a case's page for an account that may see it."""
    today, owner = clock.today(), ("case", case.pk)
    home = _home(case, today)
    members = list(registry.members_of(home.pk, today)) if home else []
    names = {one.person_id: name_for(account, one.person.name) for one in members}
    means = sees_means(account)
    mine = access.sees_path(account, case.handled_in.path)
    workflow = casework.workflow_of(case)
    decision = casework.decision_of(case)
    situation = casework.situation_of(case, account)
    papers, missing = _papers(case, situation)
    facts = _facts(home, members, today) if means else []
    return {
        "case": case,
        "title": titles(case.county).get(case.benefit, case.benefit),
        "name": _name(account, case, members),
        "state": workflow.states[case.state],
        "workflow": workflow,
        "mine": mine,
        "means": means,
        "clock": _clock(case, today),
        "complaints": casework.complaints_of(case),
        "may_complain": case.closed_on is None and access.may(account, "appeals.receive"),
        **_moves(case, account, mine, situation),
        "household": home,
        "deaths": _deaths(case, account, home, situation),
        "members": [(one, names[one.person_id]) for one in members],
        "names": names,
        "numbers": registry.masked_identifiers([one.person_id for one in members]),
        "circumstances": circumstances.in_words(facts),
        **circumstances.to_verify(account, home, facts),
        "receipts": _receipts(case, decision, names, situation) if means else [],
        "frozen": decision is not None,
        "decision": decision,
        "timeline": casework.timeline_of(case)[::-1],
        "wanted": papers,
        "missing": missing,
        "notices": casework.notices_of(case),
        "hearings": casework.hearings_of(case),
        "owner": owner,
        "attachments": work.attachments_of(owner),
        "visits": work.visits_of(owner),
        "letters": work.letters_of(owner),
        "tasks": work.tasks_of(owner),
        "colleagues": access.colleagues(account, ("cases.make", "cases.check")) if mine else [],
        "hearing_outcomes": [one for one in HearingOutcome.choices if one[0] != HearingOutcome.INVITED],
        "towns": registry.townships(case.county) if mine else [],
        "today": today,
        **_payee(case, account, mine),
    }


def leads(account: Any, case: Any) -> bool:
    """Return whether the step that leads a case on is this account's: then it may take the case into its hands."""
    mine = access.sees_path(account, case.handled_in.path)
    return bool(_moves(case, account, mine, casework.situation_of(case, account))["offer"])


def _moves(case: Any, account: Any, mine: bool, situation: Any) -> dict[str, Any]:
    """Return the one step that leads on, if it is this account's, and what else may be done (withdraw, object).

    A proposal that the receipt contradicts (a raise where the amount falls) is not offered: the one that fits leads.
    """
    offers = [one for one in casework.moves_for(case, account, situation) if not _contradicted(one)] if mine else []
    leading = next((one for one in offers if one.primary), None)
    if leading is None:
        leading = next((one for one in offers if one.id.startswith(PROPOSALS)), None)
    return {"offer": leading, "others": [one for one in offers if one is not leading]}


def _contradicted(offer: Any) -> bool:
    return offer.refusal is not None and offer.refusal.code in CONTRADICTED


def _deaths(case: Any, account: Any, home: Any, situation: Any) -> list[str]:
    """Return who of the household has died and, while the case is open, what that does to the amount."""
    words = death_words(account, home.pk) if home is not None else []
    if words and case.closed_on is None and case.grant_id is not None and sees_means(account):
        words.append(amount_words(situation.in_force[0], situation.live))
    return words


def _payee(case: Any, account: Any, mine: bool) -> dict[str, Any]:
    """Return where an application's money goes, or the accounts to choose from while none is named."""
    if case.application_id is None:
        return {"payee": None}
    row = registry.account_holders([case.payee_id]).get(case.payee_id) if case.payee_id else None
    open_ = mine and case.closed_on is None and access.may(account, "cases.make")
    choices = casework.fitting_accounts(case) if open_ else []
    return {
        "payee": {
            "now": account_words(account, row),
            "choices": [(one.id, accepting.account_label(one, account)) for one in choices if one.id != case.payee_id],
            "open": open_,
        }
    }


def _home(case: Any, today: dt.date) -> Any:
    if case.household_id is not None:
        return registry.household_by_id(case.household_id)
    return registry.household_of(case.person_id, today)


def _name(account: Any, case: Any, members: list[Any]) -> str:
    if case.person_id is not None:
        return name_for(account, registry.person_by_id(case.person_id).name)
    head = next((one for one in members if one.role == "head"), members[0] if members else None)
    return name_for(account, head.person.name) if head else f"{case.household_id}"


def _clock(case: Any, today: dt.date) -> dict[str, Any]:
    """Return the days left of this step and of the whole matter; negative when overdue."""
    shown: dict[str, Any] = {"due": case.due_on, "whole": case.whole_due_on, "late": False, "left": None}
    if case.closed_on is not None or case.due_on is None:
        return shown
    shown["late"] = case.due_on < today
    days = (
        working_days_between(today, case.due_on) if case.due_on >= today else working_days_between(case.due_on, today)
    )
    return shown | {"left": days}


def _facts(home: Any, members: list[Any], today: dt.date) -> list[Any]:
    people = [one.person_id for one in members]
    return registry.circumstances_among(household_id=home.pk if home else None, person_ids=people, on=today)


def _receipts(case: Any, decision: Any, names: dict[int, str], situation: Any) -> list[dict[str, Any]]:
    """Return the receipt a decision froze, else what the rules say now."""
    if decision is not None:
        return receipts.of_decision(decision, names)
    live = casework.live_receipt(case, situation)
    return receipts.shown([live.shown], names) if live.shown is not None else []


def _papers(case: Any, situation: Any) -> tuple[list[str], set[str]]:
    """Return the papers wanted, and those of them still missing; none of a closed case."""
    if case.closed_on is not None:
        return [], set()
    return casework.wanted_documents(case, situation), set(casework.missing_documents(case, situation))
