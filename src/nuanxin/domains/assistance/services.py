"""临时救助 beyond its rule: help first from the reserve fund (社会救助法 第五十条), the sum of several decisions."""

import json
from collections.abc import Sequence

from nuanxin.kernel.casework.selectors import granted_before, granted_since
from nuanxin.kernel.casework.services import Acting, Asked, register_limit, register_move_effect
from nuanxin.kernel.casework.types import Proposal
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan, yuan
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments import services as payments
from nuanxin.kernel.payments.enums import HelpOutcome
from nuanxin.kernel.payments.types import HelpFirst
from nuanxin.kernel.registry.selectors import members_of
from nuanxin.kernel.rulebook import selectors as rulebook

MONTHS = "need_sum_months"


def pay_first(acting: Acting) -> None:
    """Ask the reserve fund of the place to pay before the checks; the township's leader agrees there.

    Handed in: `amount` in yuan, `receipt_no`, and if wanted `payee_id`, `method`, `person_ids`; without the latter all
    counted members of the household are helped.
    """
    case, data = acting.case, acting.data
    fund = reserve.fund_of(case.township)
    if fund is None:
        raise Refused("reserve.unknown", "本乡镇还没有备用金。", "请由财政和县局先核定备用金，或报县级发放。")
    people = [int(one) for one in data.get("person_ids") or ()] or _helped(acting)
    payment = payments.ReservePayment(
        person_ids=people,
        payee_id=int(data.get("payee_id") or case.person_id or people[0]),
        amount_fen=parse_yuan(str(data.get("amount", ""))),
        purpose=acting.note or "先行救助",
        receipt_no=str(data.get("receipt_no", "")),
        method=str(data.get("method") or "cash"),
        urgent=True,
        case_id=case.pk,
        benefit=case.benefit,
    )
    payments.request_reserve_payment(account=acting.actor(), fund_id=fund.pk, payment=payment)


def complete_file(acting: Acting) -> None:
    """End the clock of the file: papers and signatures are there, the second person looks at them."""
    _paid(acting)
    payments.record_help_first_file(change=acting.change, case_id=acting.case.pk)


def propose_undue(acting: Acting) -> None:
    """Say that the help was not due and whether it is to be recovered or written off (`outcome`); why is the note."""
    found = _paid(acting)
    outcome = str(acting.data.get("outcome") or HelpOutcome.RECOVER.value)
    payments.propose_help_first_outcome(account=acting.actor(), help_id=found.pk, outcome=outcome, reason=acting.note)


def confirm_help(acting: Acting) -> None:
    """Agree that the help was due: what was paid first stands."""
    payments.confirm_help_first(change=acting.change, help_id=_paid(acting).pk)


def confirm_undue(acting: Acting) -> None:
    """Agree that the help was not due: recoveries are booked, or the county writes it off."""
    payments.approve_help_first_outcome(account=acting.actor(), help_id=_paid(acting).pk)


def refuse_beyond_need(asked: Asked) -> Refused | None:
    """Return why a decision would, with those before on the same need, pass the limit that its receipt gives.

    The same need is one of the same kind (`emergency_cause`) within so many months (`need_sum_months`); a decision or
    payment that does not say its kind counts. What the county decides as 一事一议 has the higher limit.
    """
    limit, months = asked.receipt.get("need_limit"), rulebook.numbers(asked.county, MONTHS, asked.month).get("")
    if limit is None or months is None:
        return None
    before = _granted_before(asked, int(str(months)))
    if not before or before + asked.amount_fen <= limit:
        return None
    exceptional = asked.receipt.get("f_emergency_exceptional")
    return Refused(
        "linshi.limit",
        f"同一困难 {months} 个月内已救助 {yuan(before)} 元，加本次 {yuan(asked.amount_fen)} 元，"
        f"超过{'一事一议' if exceptional else '一般'}上限 {yuan(limit)} 元。",
        "请核减困难月数，或转介慈善帮扶。"
        if exceptional
        else "请核减困难月数；确属重大困难的，报县级联席会议一事一议，登记后再办。",
    )


def on_one_need(proposals: Sequence[Proposal]) -> Sequence[Proposal]:
    """Return those of proposals of a county's month whose subject got something before, or may have from a fund."""
    county, month = proposals[0].county, min(one.month for one in proposals)
    months = rulebook.numbers(county, MONTHS, month).get("")
    if months is None:
        return []
    since = add_months(month, 1 - int(str(months)))
    return proposals if reserve.paid_any(reserve.BENEFIT, county, since) else granted_since(proposals, since)


def _granted_before(asked: Asked, months: int) -> int:
    """Return what was granted and paid on the same need in the months up to this one, in fen."""
    since, cause = add_months(asked.month, 1 - months), asked.receipt.get("f_emergency_cause")
    earlier = granted_before(asked, since)
    same = [fen for one, fen in earlier if _cause(one.receipt) in (None, cause) or cause is None]
    members = [int(row["person_id"]) for row in asked.receipt.get("member_rows", []) if row["counts"]]
    cases = [one.proposal.case_id for one, _ in earlier if one.proposal.case_id is not None]
    cases += [asked.case_id] if asked.case_id is not None else []
    people = members or ([asked.person_id] if asked.person_id is not None else [])
    return sum(same) + reserve.paid_apart(asked.benefit, people, since, cases)


def _cause(receipt: str) -> str | None:
    found: str | None = json.loads(receipt or "{}").get("f_emergency_cause")
    return found


def register_effects() -> None:
    """Tell casework what the moves of the workflow `linshi` do, and how much several decisions may grant."""
    register_limit(reserve.BENEFIT, refuse_beyond_need, on_one_need)
    register_move_effect("pay_first", pay_first)
    register_move_effect("complete_help", complete_file)
    register_move_effect("propose_undue", propose_undue)
    register_move_effect("confirm_help", confirm_help)
    register_move_effect("confirm_undue", confirm_undue)


def _helped(acting: Acting) -> list[int]:
    case = acting.case
    if case.household_id is None:
        return [case.person_id] if case.person_id else []
    members = members_of(case.household_id, acting.today)
    return [one.person_id for one in members if one.counted is not False and one.person.death is None]


def _paid(acting: Acting) -> HelpFirst:
    found = reserve.help_of_case(acting.case.pk)
    if found is None:
        raise Refused(
            "reserve.not_paid", "先行救助的支付还没有复核同意。", "请分管领导先在备用金页面复核支付，再补齐手续。"
        )
    return found
