import datetime as dt
import gc

import pyarrow as pa
import pytest
from django.db import connection, transaction

from nuanxin.kernel.core.bulk import analyze, bulk_insert, reserve_ids, uncollected
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.models import Change, ChangeItem, QueuedStep

pytestmark = [pytest.mark.db, pytest.mark.django_db]

COLUMNS = ["change_id", "table", "record_id", "action", "diff"]


@pytest.fixture
def change():
    return open_change(author=Author("测试"), verb="load", reason="r", source="s")


def rows(change, count):
    return ((change.pk, "person", number, "add", f"张{number}\t\\N\n“”") for number in range(count))


def test_rows_in_several_batches_arrive_unchanged(change):
    assert bulk_insert(model=ChangeItem, columns=COLUMNS, rows=rows(change, 55), batch=10) == 55
    assert list(ChangeItem.objects.order_by("record_id").values_list(*COLUMNS)) == list(rows(change, 55))


def test_rows_may_ask_the_database_while_they_are_made(change):
    asking = ((change.pk, "t", number, "add", str(Change.objects.count())) for number in range(25))
    assert bulk_insert(model=ChangeItem, columns=COLUMNS, rows=asking, batch=10) == 25


def test_cycles_are_looked_for_again_after_the_block_even_when_it_fails():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(Fault), uncollected():
        raise Fault("broken")
    assert gc.isenabled()


def test_no_rows_are_no_rows(change):
    assert bulk_insert(model=ChangeItem, columns=COLUMNS, rows=[]) == 0


def test_dates_moments_defaults_and_null():
    columns = ["business_date", "actor_label", "verb", "reason", "source"]
    bulk_insert(model=Change, columns=columns, rows=[(dt.date(1912, 2, 29), "甲", "load", "", "𠅤·")])
    loaded = Change.objects.get()
    assert loaded.business_date == dt.date(1912, 2, 29)
    assert loaded.source == "𠅤·"
    assert loaded.rows == 0
    assert loaded.actor_id is None
    assert loaded.at.tzinfo is not None


def test_moments_keep_their_instant(change):
    moment = dt.datetime(2024, 1, 31, 23, 59, 59, 123456, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    columns = ["kind", "key", "change_id", "done_at"]
    bulk_insert(model=QueuedStep, columns=columns, rows=[("k", "1", change.pk, moment), ("k", "2", change.pk, None)])
    assert dict(QueuedStep.objects.values_list("key", "done_at")) == {"1": moment, "2": None}
    assert QueuedStep.objects.filter(done_at=moment).count() == 1


def test_an_arrow_table_is_taken_by_its_column_names(change):
    table = pa.table(
        {
            "action": ["add", "end"],
            "diff": ["", "x"],
            "unused": [1, 2],
            "record_id": [7, 8],
            "table": ["person", "person"],
            "change_id": [change.pk, change.pk],
        }
    )
    assert bulk_insert(model=ChangeItem, columns=COLUMNS, rows=table) == 2
    assert set(ChangeItem.objects.values_list("record_id", "action")) == {(7, "add"), (8, "end")}


def test_given_ids_move_the_sequence(change):
    bulk_insert(model=ChangeItem, columns=["id", *COLUMNS], rows=[(500, change.pk, "t", 1, "add", "")])
    made = ChangeItem.objects.create(change=change, table="t", record_id=2, action="add", diff="")
    assert made.pk > 500


def test_reserved_ids_are_free(change):
    bulk_insert(model=ChangeItem, columns=COLUMNS, rows=rows(change, 3))
    with transaction.atomic():
        ids = reserve_ids(model=ChangeItem, count=4)
        held = set(ChangeItem.objects.values_list("id", flat=True))
        assert len(ids) == 4
        assert not held & set(ids)


def test_a_fault_in_a_row_leaves_nothing_behind(change):
    broken = [*rows(change, 30), (change.pk, None, 1, "add", "")]
    with pytest.raises(Exception, match=r"(?i)null"), transaction.atomic():
        bulk_insert(model=ChangeItem, columns=COLUMNS, rows=broken, batch=10)
    assert not ChangeItem.objects.exists()


def test_an_unknown_column_is_our_fault():
    with pytest.raises(Fault, match="no column colour"):
        bulk_insert(model=ChangeItem, columns=["colour"], rows=[])


def test_analyze(change):
    analyze([ChangeItem, Change])


def indexes():
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, ChangeItem._meta.db_table))


def test_a_large_first_load_keeps_every_index(change):
    before = indexes()
    bulk_insert(model=ChangeItem, columns=COLUMNS, rows=rows(change, 12_000))
    assert indexes() == before
    assert ChangeItem.objects.filter(table="person", record_id=11_999).count() == 1


def test_a_large_load_that_fails_keeps_every_index(change):
    before = indexes()
    with pytest.raises(Exception, match=r"(?i)null"), transaction.atomic():
        bulk_insert(model=ChangeItem, columns=COLUMNS, rows=[*rows(change, 12_000), (change.pk, None, 1, "add", "")])
    assert indexes() == before
