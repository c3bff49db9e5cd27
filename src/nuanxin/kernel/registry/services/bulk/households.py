"""Households and memberships, many at once."""

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import MemberRole
from nuanxin.kernel.registry.models import Household, Membership
from nuanxin.kernel.registry.services.bulk.stretches import check_dates, overlap, repeated
from nuanxin.kernel.registry.services.bulk.writing import ID, add_constants, check_divisions, give_ids, rename, write
from nuanxin.kernel.registry.services.tables import Columns, conform, refuse_unless_in
from nuanxin.kernel.registry.timeline import current_rows

HOUSEHOLDS = Columns(
    needed={"county": pa.string(), "division": pa.string()},
    optional={**ID, "address": pa.string(), "opened": pa.date32(), "closed": pa.date32(), "number": pa.string()},
    defaults={"address": "", "number": ""},
)
MEMBERSHIPS = Columns(
    needed={"household_id": pa.int64(), "person_id": pa.int64(), "role": pa.string(), "valid_from": pa.date32()},
    optional={"valid_to": pa.date32(), "counted": pa.bool_(), "exclusion_reason": pa.string()},
    defaults={"counted": True, "exclusion_reason": ""},
)


@transaction.atomic
def load_households(*, change: Change, table: pa.Table) -> pa.Int64Array:
    """Add households without members; return their ids in order."""
    rows = conform(table, HOUSEHOLDS)
    check_divisions(rows)
    rows = give_ids(rows, Household)
    write(Household, add_constants(rename(rows, division="division_id"), change_id=change.pk), change)
    return rows["id"].combine_chunks()


@transaction.atomic
def load_memberships(*, change: Change, table: pa.Table) -> int:
    """Add memberships; Refused when somebody would belong to two households at one time. Returns how many."""
    rows = conform(table, MEMBERSHIPS)
    refuse_unless_in(rows, "role", list(MemberRole.values), "与户主关系")
    check_dates(rows)
    _check_single(rows)
    write(Membership, add_constants(rows, recorded_at=clock.now(), change_id=change.pk), change)
    return int(rows.num_rows)


def _check_single(rows: pa.Table) -> None:
    """Refuse two memberships of one person at one time, within the table or against what is recorded."""
    held: dict[int, list[tuple[object, object]]] = {}
    for row in current_rows(Membership, "person_id", pc.unique(rows["person_id"]).to_pylist()):
        held.setdefault(row.person_id, []).append((row.valid_from, row.valid_to))
    kept = held.keys() | repeated(rows, ["person_id"])
    if not kept:
        return
    doubtful = rows.filter(pc.is_in(rows["person_id"], value_set=pa.array(sorted(kept), pa.int64())))
    for row in doubtful.to_pylist():
        stretch = (row["valid_from"], row["valid_to"])
        others = held.setdefault(row["person_id"], [])
        if any(overlap(stretch, other) for other in others):
            raise Refused(
                "member.elsewhere",
                f"居民 {row['person_id']} 自 {row['valid_from']} 起会同时属于两个家庭。",
                "请先结束原有的成员关系，再重新载入。",
            )
        others.append(stretch)
