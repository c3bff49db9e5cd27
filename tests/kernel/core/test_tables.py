"""A new instance's tables, made at once from the models, are those that the migrations make one after the other."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

ONCE = "from nuanxin.kernel.core.tables import bring_up_tables; bring_up_tables()"
STEPS = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
  FROM information_schema.columns WHERE table_schema = 'public'
   AND NOT (table_name = 'auth_group_permissions' AND column_name = 'id')  -- Django's own: int or bigint by the way made
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, contype, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def made(home: Path, code: str, url: str = "") -> None:
    """Make tables in a process and an instance of their own."""
    home.mkdir()
    given = {**os.environ, "NUANXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "nuanxin.config.settings"}
    given |= {"DATABASE_URL": url} if url else {}
    subprocess.run([sys.executable, "-c", f"import django; django.setup(); {code}"], env=given, check=True)


def sqlite_schema(path: Path) -> set[tuple[str, ...]]:
    """Return every column, constraint and index; the order of columns does not matter."""
    found: set[tuple[str, ...]] = set()
    with closing(sqlite3.connect(path)) as base:
        for kind, name, table, sql in base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall():
            found.add((kind, name if sql else "", table))
            if kind == "table":
                found |= {("part", name, part) for part in parts(sql)}
            elif sql:
                found.add(("index", name, " ".join(sql.split())))
    return found


def parts(sql: str) -> list[str]:
    """Return what a CREATE TABLE lists, comma by comma outside of brackets."""
    depth, part, listed = 0, "", []
    for letter in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            listed.append(part)
            part = ""
        else:
            part += letter
    return [" ".join(one.split()) for one in [*listed, part]]


def postgresql_schema(url: str) -> set[tuple[str, ...]]:
    with psycopg.connect(url) as server:
        return {
            (str(number), *(plain(str(value)) for value in row))
            for number, query in enumerate((COLUMNS, CONSTRAINTS, INDEXES))
            for row in server.execute(query).fetchall()
        }


def plain(text: str) -> str:
    """Leave out the names that Django makes up from a hash."""
    return re.sub(r"_[0-9a-f]{8}(_\w+)?", "", text)


@pytest.mark.django_db
@pytest.mark.db
def test_made_at_once_or_step_by_step_the_schema_is_the_same(tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        made(tmp_path / "once", ONCE)
        made(tmp_path / "steps", STEPS)
        once, steps = (sqlite_schema(tmp_path / way / "nuanxin.sqlite3") for way in ("once", "steps"))
    else:
        once, steps = (postgresql_way(tmp_path, way, code) for way, code in (("once", ONCE), ("steps", STEPS)))
    assert len(once) > 500
    assert sorted(once - steps) == []
    assert sorted(steps - once) == []


def postgresql_way(tmp_path: Path, way: str, code: str) -> set[tuple[str, ...]]:
    """Make the tables in a database of their own, read its schema and drop it."""
    given = connection.settings_dict
    where = f"{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}"
    name = f"{given['NAME']}_{way}"
    with psycopg.connect(f"postgresql://{where}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            made(tmp_path / way, code, f"postgresql://{where}/{name}")
            return postgresql_schema(f"postgresql://{where}/{name}")
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.django_db
@pytest.mark.db
def test_the_models_need_no_further_migration() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
@pytest.mark.db
def test_a_new_instance_knows_every_migration_as_applied() -> None:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
