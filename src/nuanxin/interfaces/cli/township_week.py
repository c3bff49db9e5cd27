"""The same week at the desk of the demo's largest township: a reserve fund that moves by two people, and resettlers.

All of it in the month after the last closed one, so that no published figure of the half-year changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nuanxin.demo.resettlers import TOWNSHIP, Resettled
from nuanxin.domains.welfare import services as welfare
from nuanxin.interfaces.cli.officers import officer
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments import services as payments
from nuanxin.kernel.payments.services import ReservePayment
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record

DOCUMENT = "演示：乡镇临时救助备用金核定表"
PAID = ((120_000, "家中失火，暂住邻居家"), (60_000, "交通事故，住院押金不足"), (80_000, "突发疾病，无钱购药"))
WAITING = (50_000, "外出务工遇险返乡，路费食宿无着")
LOOKED_AT = 400


@dataclass(frozen=True)
class Begun:
    """What the first day of the week left to go on with: the fund, the next person to help, the rosters that hang."""

    fund: int
    next_person: int
    rosters: tuple[int, ...]


def begin_week(resettled: Sequence[Resettled]) -> Begun:
    """Open the fund and help the first people; record the resettlers and post the rosters of their villages."""
    fund, people = _open_fund(), _somebody(len(PAID) + 1)
    for number, (fen, need) in enumerate(PAID):
        asked = _ask(fund, people[number], fen, need, number + 1)
        _agree(asked, "township_leader")
    clerk, spec = officer("township_clerk"), register_by_code("resettler")
    for one in resettled:
        values = {
            "person": one.person_id, "reservoir": one.reservoir, "moved_from": one.moved_from,
            "completed_on": one.completed_on,
        }  # fmt: skip
        create_record(spec=spec, values=values, account=clerk)
    villages = sorted({one.village for one in resettled})
    rosters = [welfare.post_roster(account=clerk, village=code).pk for code in villages]
    return Begun(fund, people[len(PAID)], tuple(rosters))


def end_week(begun: Begun) -> int:
    """Fill the fund up by its voucher, count the cash, agree to the first roster; one payment waits for the leader.

    Returns how many applications the roster filed.
    """
    clerk = officer("township_clerk")
    _agree(payments.request_reserve_replenishment(account=clerk, fund_id=begun.fund).pk, "section_chief")
    fund = reserve.fund_by_id(begun.fund)
    count = payments.count_reserve(
        account=clerk, fund_id=begun.fund, month=month_of(clock.today()), counted_fen=fund.balance_fen if fund else 0
    )
    payments.confirm_reserve_count(account=officer("township_leader"), count_id=count.pk)
    fen, need = WAITING
    _ask(begun.fund, begun.next_person, fen, need, len(PAID) + 1)
    return sum(
        welfare.approve_roster(account=officer("section_chief"), roster_id=roster) for roster in begun.rosters[:1]
    )


def _open_fund() -> int:
    terms = payments.propose_reserve_terms(account=officer("finance"), township=TOWNSHIP, document=DOCUMENT)
    payments.approve_reserve_terms(account=officer("section_chief"), terms_id=terms.pk)
    asked = payments.request_reserve_advance(account=officer("township_clerk"), fund_id=terms.fund_id)
    _agree(asked.pk, "section_chief")
    return terms.fund_id


def _somebody(count: int) -> list[int]:
    """Return grown heads of households of the township, each of another one."""
    homes = [home.pk for home in registry.households_in(registry.division(TOWNSHIP).path)[:LOOKED_AT]]
    heads = []
    for home in homes:
        head = next((one.person for one in registry.members_of(home, clock.today()) if one.role == "head"), None)
        if head is not None and head.death is None and head.birth and head.birth.year < clock.today().year - 20:
            heads.append(head.pk)
        if len(heads) == count:
            break
    return heads


def _ask(fund: int, person: int, fen: int, need: str, number: int) -> int:
    payment = ReservePayment(
        person_ids=[person], payee_id=person, amount_fen=fen, purpose=need, receipt_no=f"收据{number:04d}"
    )
    clerk = officer("township_clerk")
    return payments.request_reserve_payment(account=clerk, fund_id=fund, payment=payment).pk


def _agree(request: int, username: str) -> None:
    payments.approve_reserve_request(account=officer(username), request_id=request)
