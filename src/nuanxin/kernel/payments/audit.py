"""What was paid, is under way, failed, is owed and is to be recovered, by benefit and unit, for months of entitlement.

A unit is a household, or a person whose grant is their own: (benefit, household, person). All in fen, all set-based.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.payments.enums import HelpOutcome, ReserveKind
from nuanxin.kernel.payments.models import HelpFirst, ReserveRequest, ReserveShare

Unit = tuple[str, int | None, int | None]
UNIT = "d.benefit, d.household_id, CASE WHEN d.household_id IS NULL THEN d.person_id END"
# What the dues say: owed where no line pays yet, paid where the reserve fund did, recoveries apart.
DUES = f"""
SELECT {UNIT}, d.kind,
       CASE WHEN d.line_id IS NULL THEN 'owed' WHEN l.state = 'paid' THEN 'paid'
            WHEN l.state IN ('failed', 'held') THEN 'failed' ELSE 'transit' END,
       SUM(d.amount_fen), SUM(d.offset_fen)
  FROM payments_due d LEFT JOIN payments_line l ON l.id = d.line_id
 WHERE d.county = %s AND d.state = 'live' AND d.entitlement_month BETWEEN %s AND %s
 GROUP BY 1, 2, 3, 4, 5
"""
# Lines that do not pay what their dues say: the difference falls to the unit of the first due.
LINES = f"""
SELECT {UNIT}, CASE WHEN x.state = 'paid' THEN 'paid' WHEN x.state IN ('failed', 'held') THEN 'failed'
       ELSE 'transit' END, x.beyond
  FROM (SELECT l.id, l.state, MIN(d.id) AS first_due,
               MIN(l.amount_fen) - SUM(CASE WHEN d.state = 'live' THEN d.amount_fen - d.offset_fen ELSE 0 END) AS beyond
          FROM payments_line l JOIN payments_due d ON d.line_id = l.id
         WHERE l.county = %s GROUP BY l.id, l.state) x
  JOIN payments_due d ON d.id = x.first_due
 WHERE x.beyond <> 0 AND d.entitlement_month BETWEEN %s AND %s
"""
# Lines that pay nothing that is due: only the last of a chain of reissues carries dues.
LOOSE = """
SELECT l.benefit, l.household_id, CASE WHEN l.household_id IS NULL THEN l.person_id END,
       CASE WHEN l.state = 'paid' THEN 'paid' WHEN l.state IN ('failed', 'held') THEN 'failed' ELSE 'transit' END,
       SUM(l.amount_fen)
  FROM payments_line l JOIN payments_paymentrun r ON r.id = l.run_id
 WHERE l.county = %s AND r.pay_month BETWEEN %s AND %s
   AND NOT EXISTS (SELECT 1 FROM payments_due d WHERE d.line_id = l.id)
   AND NOT EXISTS (SELECT 1 FROM payments_line n WHERE n.reissue_of_id = l.id)
 GROUP BY 1, 2, 3, 4
"""
SETTLED = f"""
SELECT {UNIT}, SUM(s.amount_fen)
  FROM payments_settlement s JOIN payments_due d ON d.id = s.{{side}}
 WHERE s.county = %s AND s.state = 'in_force' AND d.state = 'live' AND d.entitlement_month BETWEEN %s AND %s
 GROUP BY 1, 2, 3
"""


@dataclass
class Standing:
    """How the money of a unit stands, in fen; `paid` is net of refunds, write-offs and what was set off."""

    due: int = 0
    paid: int = 0
    in_transit: int = 0
    failed: int = 0
    arrears_owed: int = 0
    recovery_owed: int = 0

    @property
    def difference(self) -> int:
        """Return what does not add up: due less all that was done or is owed about it."""
        done = self.paid + self.in_transit + self.failed + self.arrears_owed - self.recovery_owed
        return self.due - done

    def add(self, bucket: str, fen: int) -> None:
        """Add an amount to paid, transit, failed or owed."""
        if bucket == "paid":
            self.paid += fen
        elif bucket == "transit":
            self.in_transit += fen
        elif bucket == "failed":
            self.failed += fen
        else:
            self.arrears_owed += fen


def standings(county: str, first: dt.date, last: dt.date) -> dict[Unit, Standing]:
    """Return how the money of every unit stands for entitlement months from `first` to `last`; `due` is left 0."""
    found: dict[Unit, Standing] = defaultdict(Standing)
    days = [connection.ops.adapt_datefield_value(one) for one in (first, last)]
    for benefit, household, person, kind, bucket, fen, offset in _rows(DUES, [county, *days]):
        standing = found[benefit, household, person]
        if kind == "recovery":
            standing.recovery_owed += int(fen)
        elif kind == "reserve":
            standing.paid += int(fen)
        else:
            standing.add(bucket, int(fen) - int(offset))
    for benefit, household, person, bucket, fen in _rows(LINES, [county, *days]) + _rows(LOOSE, [county, *days]):
        found[benefit, household, person].add(bucket, int(fen))
    for benefit, household, person, fen in _rows(SETTLED.format(side="due_id"), [county, *days]):
        found[benefit, household, person].paid += int(fen)
    for benefit, household, person, fen in _rows(SETTLED.format(side="recovery_id"), [county, *days]):
        found[benefit, household, person].paid -= int(fen)
        found[benefit, household, person].recovery_owed -= int(fen)
    return found


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def reserve_due(county: str, first: dt.date, last: dt.date) -> list[tuple[Unit, int]]:
    """Return what the reserve fund rightly paid by its ledger and no decision's amount contains, in fen.

    A reversed payment is none; help given first that turned out undue is to be recovered, so it was not due.
    """
    shares = ReserveShare.objects.filter(
        request__entry__kind=ReserveKind.PAYMENT,
        request__entry__reversed_by=None,
        request__entry__county=county,
        request__entry__on__gte=first,
        request__entry__on__lte=month_end(last),
    ).select_related("request__entry")
    found = []
    for share in shares:
        if not _contained(share.request):
            home = share.request.household_id
            unit = (share.request.entry.benefit, home, None if home is not None else share.person_id)
            found.append((unit, share.amount_fen))
    return found


def _contained(request: ReserveRequest) -> bool:
    """Tell whether a payment is part of a decision's amount, or was found undue by two people."""
    own = Q(entry=request.entry) if request.case_id is None else Q(entry=request.entry) | Q(case_id=request.case_id)
    helps = HelpFirst.objects.filter(own).exclude(outcome=HelpOutcome.REVERSED)
    undue = Q(outcome=HelpOutcome.RECOVER, approved_by__isnull=False)
    return helps.filter(Q(decision_id__isnull=False) | undue).exists()
