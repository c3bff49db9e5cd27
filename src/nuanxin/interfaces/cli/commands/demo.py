"""`nuanxin demo`: the synthetic county of Nanling, from nothing to six closed months, then its pages."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connection

from nuanxin.kernel.core.errors import Refused

SMALLEST = 3_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    people: Annotated[int, typer.Option(help="人口数 / people", min=SMALLEST)] = 550_000,
    seed: Annotated[int, typer.Option(help="种子: 另一个种子, 同样的数, 另一些人 / another seed, other people")] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="建成后打开网页 / serve the pages")] = True,
    port: Annotated[int, typer.Option(help="端口 / port")] = 8000,
) -> None:
    """Build the demo county (once) and serve it. 建演示县并打开网页。"""
    from nuanxin.interfaces.cli.demonstration import READY, Demonstration, read_demo

    told = read_demo()
    if told is None or told["state"] != READY:
        _clear(told)
        Demonstration(people, seed).build()
        told = read_demo() or {}
        typer.echo(f"演示县已建成: {told['people']:,} 人, 用时 {told['seconds']} 秒。")
    elif (told["people"], told["seed"]) != (people, seed):
        typer.echo(f"这里已有 {told['people']:,} 人(种子 {told['seed']})的演示县, 直接使用。")
        typer.echo(f"要重建, 请先删除 {settings.NUANXIN_HOME}。")
    if serve:
        _serve(port)


def _clear(told: dict[str, Any] | None) -> None:
    """Start from an empty instance: what an unfinished demo left goes; anything else is refused."""
    from nuanxin.interfaces.cli.demonstration import demo_file

    if told is None and "registry_person" in connection.introspection.table_names():
        raise Refused(
            "demo.not_empty", f"{settings.NUANXIN_HOME} 里已有数据, 不是演示县。", "请换一个 NUANXIN_HOME 再建演示县。"
        )
    if told is not None:
        typer.echo("上次没有建完, 从头再来。")
    connection.close()
    if connection.vendor == "postgresql":
        _empty_postgresql()
    else:
        database = Path(str(settings.DATABASES["default"]["NAME"]))
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()
    shutil.rmtree(settings.STORE, ignore_errors=True)
    demo_file().unlink(missing_ok=True)


def _empty_postgresql() -> None:
    """Drop the tables of an unfinished demo."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def _serve(port: int) -> None:
    """Replace this process by the server; the demo's sign-in page offers its roles."""
    typer.echo(f"网页: http://127.0.0.1:{port}  (按 Ctrl+C 停止)")
    connection.close()
    os.environ.update(NUANXIN_DEMO="1", NUANXIN_HOME=str(settings.NUANXIN_HOME))
    arguments = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "1"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments, "--no-log", "nuanxin.config.wsgi:application"])
