"""Copying a live database without stopping its clerks, and putting a copy back: SQLite's backup, PostgreSQL's tools."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import psycopg
from django.conf import settings
from django.db import connection

from nuanxin.kernel.core.archive import POSTGRESQL, SQLITE
from nuanxin.kernel.core.errors import Refused

NAMES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def name_in_backup(vendor: str) -> str:
    """Return the name of the database's copy inside a backup."""
    return NAMES[vendor]


def copy_database(target: Path) -> None:
    """Write a consistent copy of the live database to a new file; writers go on meanwhile."""
    target.touch(mode=0o600, exist_ok=False)
    if connection.vendor == "sqlite":
        _copy_sqlite(target)
    else:
        given = connection.settings_dict
        _run("pg_dump", ["--format=custom", "--no-owner", "--compress=0", f"--file={target}"], _server(given))


def _copy_sqlite(target: Path) -> None:
    """Copy in one step: with a write-ahead log that is one read transaction, which blocks nobody.

    Python's own library is the one Django uses, so their locks agree (ADR 0005).
    """
    source = connection.settings_dict["NAME"]
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=20)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")


def put_database(folder: Path, vendor: str, url: str) -> None:
    """Make the copy in a folder usable: SQLite's is checked page by page, PostgreSQL's goes into the empty database."""
    if vendor == "sqlite":
        if problem := sqlite_problem(folder / SQLITE):
            raise Refused("restore.database", f"备份里的数据库没有通过完整性检查：{problem}。", "请换一份备份。")
        return
    if not url:
        raise Refused(
            "restore.postgresql",
            "这是 PostgreSQL 的备份。",
            "请先建一个空数据库，再加 --database postgresql://用户@主机/库名。",
        )
    parts = urlparse(url)
    server = {
        "NAME": parts.path.lstrip("/"), "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": parts.hostname or "", "PORT": str(parts.port or ""),
    }  # fmt: skip
    _refuse_full(url)
    dump = folder / POSTGRESQL
    _run("pg_restore", ["--no-owner", "--exit-on-error", "--single-transaction", str(dump)], server)
    dump.unlink()


def sqlite_problem(path: Path) -> str:
    """Return what SQLite's integrity check finds first, empty when the file is sound."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as copy:
            first = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            broken = copy.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        return str(error)
    if first != "ok":
        return str(first)
    return f"{broken[0]} 表有指向不存在的记录" if broken else ""


def _refuse_full(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as server:
            row = server.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise Refused("restore.unreachable", "连不上要恢复到的 PostgreSQL 数据库。", "请核对 --database。") from error
    if row and row[0]:
        raise Refused("restore.not_empty", "要恢复到的 PostgreSQL 数据库不是空的。", "请另建一个空数据库。")


def _server(given: dict[str, Any]) -> dict[str, str]:
    return {name: str(given.get(name) or "") for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}


def _run(tool: str, arguments: list[str], server: dict[str, str]) -> None:
    """Run one of PostgreSQL's tools; the password goes by the environment, where other users cannot read it."""
    path = shutil.which(tool, path=settings.POSTGRESQL_TOOLS or None)
    if path is None:
        raise Refused(
            "backup.tools",
            f"本机没有 {tool}，备份和恢复 PostgreSQL 要用它。",
            "请安装 postgresql-client（版本不低于服务器），或用 NUANXIN_PG_TOOLS 指明它所在的文件夹。",
        )
    where = [f"--dbname={server['NAME']}", "--no-password"]
    where += [f"--{name}={server[key]}" for name, key in (("username", "USER"), ("host", "HOST"), ("port", "PORT"))
              if server[key]]  # fmt: skip
    environment = {"PGPASSWORD": server["PASSWORD"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run([path, *where, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["没有说明"])[0][:200]
        raise Refused("backup.tool_failed", f"{tool} 没有做成：{last}。", "请按提示处理后再试；没有留下半个文件。")
