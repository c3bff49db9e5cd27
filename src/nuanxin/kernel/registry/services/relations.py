"""Putting relations right: other dates, or set aside where they were never true; a marriage always for both."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import RelationKind
from nuanxin.kernel.registry.models import Relation
from nuanxin.kernel.registry.services.facts import record_relation, tell_receiving
from nuanxin.kernel.registry.services.households import lock_people
from nuanxin.kernel.registry.services.timeline import supersede
from nuanxin.kernel.registry.timeline import next_moment


@transaction.atomic
def correct_relation(
    *, change: Change, relation_id: int, valid_from: dt.date, valid_to: dt.date | None, kind: str | None = None
) -> Relation:
    """Give a relation other dates or another kind; what was known before stays readable.

    Refused as `record_relation` refuses, and for a relation that is no longer known.
    """
    rows = _rows(relation_id)
    first = rows[0]
    supersede(rows, next_moment(rows))
    if valid_to is not None or (kind or first.kind) != first.kind:
        tell_receiving(first, valid_to or valid_from, change)
    return record_relation(
        change=change,
        person_id=first.person_id,
        other_id=first.other_id,
        kind=kind or first.kind,
        valid_from=valid_from,
        valid_to=valid_to,
    )


@transaction.atomic
def withdraw_relation(*, change: Change, relation_id: int) -> None:
    """Set a relation aside that was registered by mistake: it never held."""
    rows = _rows(relation_id)
    supersede(rows, next_moment(rows))
    for row in rows:
        tell_receiving(row, row.valid_from, change)
    change.rows = len(rows)
    change.save(update_fields=["rows"])


def _rows(relation_id: int) -> list[Relation]:
    """Return a relation known now, for a marriage the other side too, both people locked."""
    row = Relation.objects.filter(pk=relation_id, superseded_at__isnull=True).first()
    if row is None:
        raise Refused("relation.unknown", "没有这条关系，或已经更正过。", "请刷新页面后重选。")
    lock_people(sorted((row.person_id, row.other_id)))
    if row.kind != RelationKind.SPOUSE:
        return [row]
    mirrored = Q(person_id=row.other_id, other_id=row.person_id, kind=row.kind, valid_from=row.valid_from)
    return [row, *Relation.objects.filter(mirrored, superseded_at__isnull=True)]
