"""Snapshots: consistent, typed, one table a query; the traps that once corrupted money stay shut."""

import datetime as dt
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.engine import outside
from nuanxin.kernel.engine.copying import column_types, sqlite_write_lock
from nuanxin.kernel.engine.duck import EXTENSIONS, assert_types, extension_path, opened
from nuanxin.kernel.engine.outside import LIVE, Job, run_outside
from nuanxin.kernel.engine.selectors import snapshot_files
from nuanxin.kernel.engine.services import prune_snapshots, take_snapshot


@pytest.fixture
def two_tables(tmp_path: Path) -> Path:
    path = tmp_path / "two.sqlite3"
    with closing(sqlite3.connect(path)) as con:
        con.executescript(
            "create table x (id integer, v bigint); create table y (id integer, v bigint);"
            "insert into x values (1, 10), (2, 20); insert into y values (1, 100), (2, 200);"
        )
    return path


@pytest.mark.django_db
def test_two_alike_tables_are_not_mistaken_for_each_other(two_tables: Path) -> None:
    with opened() as con:
        con.execute(f"attach '{two_tables}' as o (type sqlite, read_only)")
        assert con.execute("select (select sum(v) from o.x), (select sum(v) from o.y)").fetchone() == (30, 300)


def test_nothing_is_written_while_the_lock_is_held(two_tables: Path) -> None:
    with closing(sqlite3.connect(two_tables)) as con:
        con.execute("pragma journal_mode = wal")
    with sqlite_write_lock(str(two_tables)):
        with closing(sqlite3.connect(two_tables, timeout=0.05)) as writer, pytest.raises(sqlite3.OperationalError):
            writer.execute("insert into x values (3, 30)")
        with closing(sqlite3.connect(two_tables)) as reader:
            assert reader.execute("select count(*) from x").fetchone() == (2,)
    with closing(sqlite3.connect(two_tables)) as writer, writer:
        writer.execute("insert into x values (3, 30)")


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_is_consistent_beside_a_writer() -> None:
    """Each change writes two rows in one transaction; no snapshot may hold one of them alone."""
    from django.db import connection, transaction

    from tests.factories.county import SmallCounty

    county = SmallCounty()
    stop = threading.Event()

    def write() -> None:
        try:
            for _ in range(900):
                if stop.wait(0.005):
                    break
                with transaction.atomic():
                    county.household(county.person())
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        snapshots = [take_snapshot(county="340223") for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    with opened(scanner=False) as con:
        for snapshot in snapshots:
            files = snapshot_files(snapshot)
            counts = [con.execute(f"select count(*) from '{files[n]}'").fetchone()[0] for n in ("person", "membership")]
            assert counts[0] == counts[1]


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_has_the_declared_types_and_values() -> None:
    from tests.factories.county import SmallCounty

    county = SmallCounty()
    person = county.person(birth=dt.date(1944, 2, 29))
    county.household(person)
    files = snapshot_files(take_snapshot(county="340223"))
    with opened(scanner=False) as con:
        for name, table in all_snapshot_tables().items():
            assert_types(con, files[name], column_types(table))
        row = con.execute(f"select id, birth, death, division_id from '{files['person']}'").fetchone()
        counted, ended = con.execute(f"select counted, superseded_at from '{files['membership']}'").fetchone()
    assert row == (person.pk, dt.date(1944, 2, 29), None, person.division_id)
    assert (counted, ended) == (True, None)


@pytest.mark.django_db
def test_a_snapshot_inside_a_transaction_sees_its_writes() -> None:
    from tests.factories.county import SmallCounty

    county = SmallCounty()
    county.household(county.person())
    files = snapshot_files(take_snapshot(county="340223"))
    assert duckdb.execute(f"select count(*) from '{files['person']}'").fetchone() == (1,)


@pytest.mark.django_db
def test_other_counties_stay_out() -> None:
    from tests.factories.county import SmallCounty

    SmallCounty().person()
    files = snapshot_files(take_snapshot(county="330522"))
    assert duckdb.execute(f"select count(*) from '{files['person']}'").fetchone() == (0,)


@pytest.mark.django_db
def test_old_snapshots_are_pruned_with_their_files() -> None:
    snapshots = [take_snapshot(county="340223") for _ in range(3)]
    assert prune_snapshots(county="340223", keep=1) == 2
    assert [s.refresh_from_db() or s.state for s in snapshots] == ["pruned", "pruned", "ready"]


def test_wrong_column_types_are_a_fault(tmp_path: Path) -> None:
    """A sum is HUGEINT in DuckDB and DOUBLE in Parquet, which cannot hold every fen."""
    path = tmp_path / "sums.parquet"
    with opened(scanner=False) as con:
        con.execute(f"copy (select sum(v) as total from (select 9007199254740995::bigint as v)) to '{path}'")
        with pytest.raises(Fault, match="total"):
            assert_types(con, path, {"total": "BIGINT"})
        con.execute(f"copy (select sum(v)::bigint as total from (select 9007199254740995::bigint as v)) to '{path}'")
        assert_types(con, path, {"total": "BIGINT"})
        assert con.execute(f"select total from '{path}'").fetchone() == (9007199254740995,)


def _job(path: Path, *statements: str) -> Job:
    attach = f"attach '{path}' as {LIVE} (type sqlite, read_only)"
    return Job(str(extension_path(EXTENSIONS["sqlite"])), attach, statements)


def test_the_child_is_kept_and_a_failed_job_does_not_end_it(two_tables: Path) -> None:
    count = f"select count(*) from {LIVE}.x"
    assert run_outside(_job(two_tables, count)) == [[[2]]]
    kept = outside._children[os.getpid()].process.pid
    with pytest.raises(Fault, match="nowhere"):
        run_outside(_job(two_tables, f"select * from {LIVE}.nowhere"))
    with closing(sqlite3.connect(two_tables)) as con:
        con.execute("insert into x values (3, 30)")
        con.commit()
    assert run_outside(_job(two_tables, count, f"select max(v) from {LIVE}.x")) == [[[3]], [[30]]]
    assert outside._children[os.getpid()].process.pid == kept


def test_a_killed_child_is_a_fault_once_and_then_another_is_started(two_tables: Path) -> None:
    count = f"select count(*) from {LIVE}.x"
    run_outside(_job(two_tables, count))
    process = outside._children[os.getpid()].process
    process.kill()
    process.wait()
    assert run_outside(_job(two_tables, count)) == [[[2]]]
    outside.stop_child()
    assert os.getpid() not in outside._children


def test_a_child_that_dies_at_work_is_told(two_tables: Path) -> None:
    count = f"select count(*) from {LIVE}.y"
    run_outside(_job(two_tables, count))
    threading.Timer(0.3, outside._children[os.getpid()].process.kill).start()
    with pytest.raises(Fault, match="copying process stopped"):
        run_outside(_job(two_tables, "select sum(a.range + b.range) from range(1000000) a, range(1000000) b"))
    assert run_outside(_job(two_tables, count)) == [[[2]]]
