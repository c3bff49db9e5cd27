"""Circumstances and relations, many at once, with the same meaning as one at a time."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import RelationKind, Standing
from nuanxin.kernel.registry.models import Circumstance, Relation
from nuanxin.kernel.registry.services.bulk.stretches import check_dates, cut_all, overlap, repeated
from nuanxin.kernel.registry.services.bulk.writing import add_constants, refuse_rows, write
from nuanxin.kernel.registry.services.tables import Columns, conform, refuse_unless_in
from nuanxin.kernel.registry.services.timeline import replace
from nuanxin.kernel.registry.timeline import Stretch, current_rows

CIRCUMSTANCES = Columns(
    needed={
        "county": pa.string(),
        "person_id": pa.int64(),
        "household_id": pa.int64(),
        "kind": pa.string(),
        "valid_from": pa.date32(),
    },
    optional={
        "valid_to": pa.date32(),
        "amount_fen": pa.int64(),
        "level": pa.int64(),
        "code": pa.string(),
        "standing": pa.string(),
        "source": pa.string(),
    },
    defaults={"standing": Standing.VERIFIED.value},
    nullable=frozenset({"person_id", "household_id"}),
)
RELATIONS = Columns(
    needed={"person_id": pa.int64(), "other_id": pa.int64(), "kind": pa.string(), "valid_from": pa.date32()},
    optional={"valid_to": pa.date32()},
)
Key = tuple[int | None, int | None, str, str]


@transaction.atomic
def load_circumstances(*, change: Change, table: pa.Table) -> int:
    """Record circumstances; of the same subject, kind and standing, what stood in that time is superseded.

    Refused when two rows of the table itself overlap. Returns how many rows the table has.
    """
    rows = conform(table, CIRCUMSTANCES)
    refuse_unless_in(rows, "standing", list(Standing.values), "核实程度")
    one = pc.not_equal(pc.is_valid(rows["person_id"]), pc.is_valid(rows["household_id"]))
    refuse_rows(pc.invert(one), "circumstance.subject", "第 {row} 行须属于一个人或一个家庭。", "请只填其中一列。")
    check_dates(rows)
    _check_repeats(rows)
    moment = _supersede(rows, change)
    source = pc.coalesce(rows["source"], pa.scalar(change.source[:80]))
    rows = rows.set_column(rows.column_names.index("source"), "source", source)
    write(Circumstance, add_constants(rows, recorded_at=moment, change_id=change.pk), change)
    return int(rows.num_rows)


def _key(row: dict[str, Any]) -> Key:
    return row["person_id"], row["household_id"], row["kind"], row["standing"]


def _check_repeats(rows: pa.Table) -> None:
    """Refuse two rows of one subject, kind and standing that overlap."""
    for subject, other in (("person_id", "household_id"), ("household_id", "person_id")):
        own = rows.filter(pc.is_valid(rows[subject]))
        doubtful = repeated(own, [subject, "kind", "standing"])
        suspects = own.filter(pc.is_in(own[subject], value_set=pa.array(sorted(doubtful), pa.int64())))
        seen: dict[Key, list[Stretch]] = {}
        for row in suspects.select([subject, other, "kind", "standing", "valid_from", "valid_to"]).to_pylist():
            stretch = (row["valid_from"], row["valid_to"])
            before = seen.setdefault(_key(row), [])
            if any(overlap(stretch, known) for known in before):
                raise Refused(
                    "circumstance.twice",
                    f"表中“{row['kind']}”对同一对象（编号 {row[subject]}）有两条时间重叠的记录。",
                    "请合并成一条，或改正日期。",
                )
            before.append(stretch)


def _supersede(rows: pa.Table, change: Change) -> dt.datetime:
    """Take the table's stretches out of what stands; return the moment to record at."""
    if not Circumstance.objects.exists():
        return clock.now()
    cuts: dict[Key, list[Stretch]] = {}
    columns = ["person_id", "household_id", "kind", "standing", "valid_from", "valid_to"]
    for row in rows.select(columns).to_pylist():
        cuts.setdefault(_key(row), []).append((row["valid_from"], row["valid_to"]))
    touched: list[tuple[Circumstance, list[Stretch]]] = []
    for column in ("person_id", "household_id"):
        for held in current_rows(Circumstance, column, pc.unique(rows[column]).to_pylist()):
            own = cuts.get((held.person_id, held.household_id, held.kind, held.standing), [])
            stretch = (held.valid_from, held.valid_to)
            if any(overlap(stretch, cut) for cut in own):
                touched.append((held, cut_all(stretch, own)))
    return replace(touched, change=change)


@transaction.atomic
def load_relations(*, change: Change, table: pa.Table) -> int:
    """Record relations as given, a marriage in both directions where the table has it in one; return how many rows."""
    rows = conform(table, RELATIONS)
    refuse_unless_in(rows, "kind", list(RelationKind.values), "关系")
    refuse_rows(
        pc.equal(rows["person_id"], rows["other_id"]),
        "relation.self",
        "第 {row} 行与本人建立了关系。",
        "请更正另一方。",
    )
    check_dates(rows)
    rows = pa.concat_tables([rows, _mirrored(rows)])
    write(Relation, add_constants(rows, recorded_at=clock.now(), change_id=change.pk), change)
    return int(rows.num_rows)


def _mirrored(rows: pa.Table) -> pa.Table:
    """Return the other side of every marriage that the table does not have itself."""
    couples = rows.filter(pc.equal(rows["kind"], RelationKind.SPOUSE.value))
    given = set(zip(couples["person_id"].to_pylist(), couples["other_id"].to_pylist(), strict=True))
    missing = [
        (b, a) not in given for a, b in zip(*(couples[c].to_pylist() for c in ("person_id", "other_id")), strict=True)
    ]
    turned = couples.filter(pa.array(missing, pa.bool_()))
    swapped = [turned["other_id"], turned["person_id"], *turned.columns[2:]]
    return pa.table(dict(zip(turned.column_names, swapped, strict=True))).cast(rows.schema)
