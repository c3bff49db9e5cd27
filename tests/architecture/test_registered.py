"""What the rooms registered fits their tables, and no snapshot carries a name or a number."""

import pytest
from django.apps import apps

from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.core.tallies import Tally, all_tallies

PERSONAL = {
    "name",
    "initials",
    "cipher",
    "tail",
    "address",
    "phone",
    "account",
    "identifier",
    "display_name",
    "username",
}


def columns_of(table):
    models = [model for model in apps.get_models() if model._meta.db_table == table]
    assert models, f"no model has the table {table}"
    return {field.column for field in models[0]._meta.concrete_fields}


def test_something_is_registered():
    assert len(all_snapshot_tables()) >= 5
    assert len(all_tallies()) >= 5


@pytest.mark.parametrize("table", all_snapshot_tables().values(), ids=lambda table: table.name)
def test_snapshots_copy_columns_that_are_there_and_not_personal(table):
    assert set(table.columns) <= columns_of(table.table)
    assert table.county_column is None or table.county_column in columns_of(table.table)
    assert {part.strip().split()[0] for part in table.order_by.split(",")} <= columns_of(table.table)
    assert not PERSONAL & set(table.columns)


@pytest.mark.parametrize("tally", all_tallies().values(), ids=lambda tally: tally.name)
def test_tallies_read_columns_that_are_there_and_tell_the_place(tally):
    columns = columns_of(tally.table)
    if isinstance(tally, Tally):
        own = {tally.date_column, tally.month_column, tally.subject_column}
    else:
        own = {tally.from_month_column, tally.to_month_column, tally.subject_column}
    assert own | {"county", "township"} <= columns
    assert set(tally.columns.values()) <= columns
    assert not PERSONAL & set(tally.columns.values())
