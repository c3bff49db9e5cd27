"""A reserve fund with a payment that waits and one that stands, and a roster of resettlers, in one township."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from nuanxin.domains.welfare.models import Resettler, Roster, RosterRow
from nuanxin.kernel.payments.models import ReserveEntry, ReserveFund, ReserveRequest, ReserveTerms
from tests.factories.walk import TOWNSHIPS, Walk, month

DAY = dt.date(2024, 1, 5)


@dataclass
class Reserves:
    """What stands in one township."""

    fund: ReserveFund
    asked: ReserveRequest
    entry: ReserveEntry
    roster: Roster


def reserves_in(walk: Walk, town: int, maker: Any) -> Reserves:
    """Put a fund and a roster into a township."""
    place = {"county": walk.county, "township": TOWNSHIPS[town]}
    person = walk.person(town)
    fund = ReserveFund.objects.create(opened_on=DAY, balance_fen=1_900_000, change=walk.change, **place)
    ReserveTerms.objects.create(
        fund=fund, from_date=DAY, float_fen=2_000_000, limit_fen=200_000, document="", state="approved",
        proposed_by=maker, change=walk.change,
    )  # fmt: skip
    common = {
        "fund": fund, "kind": "payment", "amount_fen": 100_000, "purpose": "火灾", "benefit": "linshi_jiuzhu",
        "payee": person, "method": "cash", "receipt_no": "收1", "made_on": DAY, "maker": maker, "change": walk.change,
    }  # fmt: skip
    done = ReserveRequest.objects.create(state="approved", **common)
    entry = ReserveEntry.objects.create(
        fund=fund, seq=1, kind="payment", amount_fen=100_000, balance_fen=1_900_000, float_fen=2_000_000,
        counted_fen=100_000, on=DAY, booked_month=month(1), benefit="linshi_jiuzhu", person=person, request=done,
        change=walk.change, **place,
    )  # fmt: skip
    return Reserves(fund, ReserveRequest.objects.create(state="open", **common), entry, _roster(walk, town, maker))


def _roster(walk: Walk, town: int, maker: Any) -> Roster:
    where = {"county": walk.county, "township": TOWNSHIPS[town], "division": walk.villages[town], "change": walk.change}
    one = Resettler.objects.create(
        person=walk.person(town), reservoir="青山水库", completed_on=dt.date(2010, 1, 1), booked_month=month(1), **where
    )
    roster = Roster.objects.create(
        state="posted", posted_on=DAY, last_day=DAY, persons=1, sm3="3" * 64, maker=maker, **where
    )
    RosterRow.objects.create(roster=roster, resettler=one)
    return roster
