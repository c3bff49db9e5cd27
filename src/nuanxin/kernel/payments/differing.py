"""Whose dues differ from what is due as known now: asked of the database, so that only these are walked."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from nuanxin.kernel.core.months import months_between
from nuanxin.kernel.grants.selectors import KNOWN_BY_MONTH, whole_numbers
from nuanxin.kernel.payments.enums import DueKind

AT_ONCE = 5000
SIGN: dict[str, int] = {DueKind.REGULAR.value: 1, DueKind.ARREARS.value: 1, DueKind.RECOVERY.value: -1}
# By person, benefit, component and month: what shares pay, less what dues say. Where several shares or households meet
# which of them pays is not for a sum to say, so these are always named.
# The county is kept from its index: SQLite would read every due of the county rather than those of some hundred people.
OF_COUNTY = "payments_due.county || '' = %s"
DIFFERING = f"""
SELECT person_id, SUM(share), COUNT(*)
  FROM (SELECT benefit, component, person_id, month, household_id, amount_fen AS fen, 1 AS share
          FROM ({KNOWN_BY_MONTH}) k
         UNION ALL
        SELECT benefit, component, person_id, entitlement_month, COALESCE(household_id, 0),
               CASE kind WHEN 'recovery' THEN amount_fen ELSE -amount_fen END, 0
          FROM payments_due
         WHERE person_id IN ({{persons}}) AND {OF_COUNTY} AND entitlement_month BETWEEN %s AND %s
           AND state = 'live' AND kind IN ('regular', 'arrears', 'recovery') AND grant_id IS NOT NULL) both_sides
 GROUP BY benefit, component, person_id, month
HAVING SUM(fen) <> 0 OR SUM(share) > 1 OR MIN(household_id) <> MAX(household_id)
"""


class Differing(NamedTuple):
    """Who is to be looked at, in order; `restated` when a month that was booked is known otherwise now."""

    persons: list[int]
    restated: bool


def differing(county: str, person_ids: Sequence[int], floor: dt.date, month: dt.date) -> Differing:
    """Return those of the people whose dues of the months may differ from what is due; nobody who does is missing."""
    days = [connection.ops.adapt_datefield_value(one) for one in months_between(floor, month)]
    months = " UNION ALL ".join(["SELECT %s AS month"] * len(days))
    found: set[int] = set()
    restated = False
    for start in range(0, len(person_ids), AT_ONCE):
        text = DIFFERING.format(months=months, persons=whole_numbers(person_ids[start : start + AT_ONCE]))
        with connection.cursor() as cursor:
            cursor.execute(text, [*days, county, county, days[0], days[-1]])
            for person, shares, rows in cursor.fetchall():
                found.add(person)
                restated = restated or 0 < shares < rows
    return Differing(sorted(found), restated)
