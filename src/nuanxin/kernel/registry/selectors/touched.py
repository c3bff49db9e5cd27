"""What was written about subjects and those around them since a result was computed: one statement for thousands."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from nuanxin.kernel.core.changes import Mark

Subject = tuple[str, int]
"""`("household", id)` or `("person", id)`."""


@dataclass(frozen=True)
class Touched:
    """One kind of record about a subject that is younger than its result.

    `what` is member, relation, circumstance, event, person or coverage; `kind` a kind of circumstance, a kind of life
    event or a benefit.
    """

    what: str
    kind: str


# Around a subject stand its members of any time, who lives with a person, and those related to them (obligors).
AROUND = """
WITH home(kind, subject, household_id) AS (
  SELECT 'household', h.id, h.id FROM registry_household h WHERE h.id IN ({households})
  UNION SELECT 'person', m.person_id, m.household_id FROM registry_membership m WHERE m.person_id IN ({persons})
), who(kind, subject, person_id) AS (
  SELECT h.kind, h.subject, m.person_id FROM home h JOIN registry_membership m ON m.household_id = h.household_id
  UNION SELECT 'person', p.id, p.id FROM registry_person p WHERE p.id IN ({persons})
), near(kind, subject, person_id) AS (
  SELECT kind, subject, person_id FROM who
  UNION SELECT w.kind, w.subject, r.other_id FROM who w JOIN registry_relation r ON r.person_id = w.person_id
)
"""
PARTS = """
SELECT h.kind, h.subject, 'member', '' FROM home h JOIN registry_membership t ON t.household_id = h.household_id
 WHERE {fresh_row}
UNION SELECT w.kind, w.subject, 'relation', t.kind FROM who w JOIN registry_relation t ON t.person_id = w.person_id
 WHERE {fresh_row}
UNION SELECT n.kind, n.subject, 'circumstance', t.kind
  FROM near n JOIN registry_circumstance t ON t.person_id = n.person_id WHERE {fresh_row}
UNION SELECT h.kind, h.subject, 'circumstance', t.kind
  FROM home h JOIN registry_circumstance t ON t.household_id = h.household_id WHERE {fresh_row}
UNION SELECT n.kind, n.subject, 'event', t.kind
  FROM near n JOIN registry_lifeevent t ON t.person_id = n.person_id WHERE t.change_id > %s
UNION SELECT n.kind, n.subject, 'person', ''
  FROM near n JOIN registry_person t ON t.id = n.person_id WHERE t.change_id > %s
"""
FRESH_ROW = "(t.change_id > %s OR t.superseded_at > %s)"
ROWS_TIMES = 4  # parts that test FRESH_ROW


def touched_since(
    mark: Mark, *, households: Collection[int] = (), persons: Collection[int] = ()
) -> dict[Subject, set[Touched]]:
    """Return for each subject what was written about it, its people and those related to them after a mark."""
    if not households and not persons:
        return {}
    among = "SELECT unnest(%s::bigint[])" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    sql = AROUND.format(households=among, persons=among) + PARTS.format(fresh_row=FRESH_ROW)
    at = connection.ops.adapt_datetimefield_value(mark.at)
    parameters: list[Any] = [_listed(households), _listed(persons), _listed(persons)]
    parameters += [mark.change_id, at] * ROWS_TIMES + [mark.change_id, mark.change_id]
    found: dict[Subject, set[Touched]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for kind, subject, what, detail in cursor.fetchall():
            found[kind, subject].add(Touched(what, detail))
    return dict(found)


def people_around(*, households: Collection[int] = (), persons: Collection[int] = ()) -> dict[Subject, set[int]]:
    """Return for each subject its members of any time, or the person and those in the person's households."""
    if not households and not persons:
        return {}
    among = "SELECT unnest(%s::bigint[])" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    found: dict[Subject, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        sql = AROUND.format(households=among, persons=among) + "SELECT kind, subject, person_id FROM who"
        cursor.execute(sql, [_listed(households), _listed(persons), _listed(persons)])
        for kind, subject, person in cursor.fetchall():
            found[kind, subject].add(person)
    return dict(found)


def _listed(ids: Iterable[int]) -> Any:
    listed = sorted(set(ids))
    if connection.vendor == "postgresql":
        return listed
    return "[" + ",".join(map(str, listed)) + "]"
