"""`nuanxin demo`: the synthetic county of Nanling, from nothing to six closed months, and its pages."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connection

from nuanxin.demo.progress import READY, progress_file, read_progress
from nuanxin.interfaces.cli.serving import Pages, exit_when_told, refuse_taken, usual_processes
from nuanxin.kernel.core.errors import Refused

SMALLEST, HOST = 3_000, "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    people: Annotated[int, typer.Option(help="人口数 / people", min=SMALLEST)] = 550_000,
    seed: Annotated[int, typer.Option(help="种子: 另一个种子, 同样的数, 另一些人 / another seed, other people")] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="建成后打开网页 / serve the pages")] = True,
    port: Annotated[int, typer.Option(help="端口 / port")] = 8000,
) -> None:
    """Build the demo county (once) and serve it; its page shows each step, and opens with the first closed month.

    建演示县并打开网页。
    """
    exit_when_told(143)
    if serve:
        refuse_taken(HOST, port)  # before minutes of work
    progress, server = read_progress(), None
    if progress is None or progress["state"] != READY:
        _clear(progress)
        server = _build(people, seed, port if serve else None)
    elif (progress["people"], progress["seed"]) != (people, seed):
        typer.echo(f"这里已有 {progress['people']:,} 人(种子 {progress['seed']})的演示县, 直接使用。")
        typer.echo(f"要重建, 请先删除 {settings.NUANXIN_HOME}。")
    if serve:
        _wait(server or _start_server(port))


def _build(people: int, seed: int, port: int | None) -> Pages | None:
    """Build the county; with a port, first start the server, whose page shows how far it is, and return it."""
    from nuanxin.interfaces.cli.demonstration import Demonstration

    building = Demonstration(people, seed)
    building.tell()
    server = None if port is None else _start_server(port)
    try:
        building.build()
    except BaseException:
        if server is not None:
            server.stop()
        raise
    progress = read_progress() or {}
    typer.echo(f"演示县已建成: {progress['people']:,} 人, 用时 {progress['seconds']} 秒。")
    return server


def _clear(progress: dict[str, Any] | None) -> None:
    """Start from an empty instance: what an unfinished demo left goes; anything else is refused."""
    if progress is None and "registry_person" in connection.introspection.table_names():
        raise Refused(
            "demo.not_empty", f"{settings.NUANXIN_HOME} 里已有数据, 不是演示县。", "请换一个 NUANXIN_HOME 再建演示县。"
        )
    if progress is not None:
        typer.echo("上次没有建完, 从头再来。")
    if connection.vendor == "postgresql":
        _empty_postgresql()
    connection.close()
    if connection.vendor == "sqlite":
        database = Path(str(settings.DATABASES["default"]["NAME"]))
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()
    shutil.rmtree(settings.STORE, ignore_errors=True)
    progress_file().unlink(missing_ok=True)


def _empty_postgresql() -> None:
    """Drop the tables of an unfinished demo."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def _start_server(port: int) -> Pages:
    """Start the pages in processes of their own; the demo's sign-in page offers its roles."""
    environment = {**os.environ, "NUANXIN_DEMO": "1", "NUANXIN_HOME": str(settings.NUANXIN_HOME)}
    pages = Pages(host=HOST, port=port, processes=usual_processes(), environment=environment)
    typer.echo(f"网页: http://{HOST}:{port}  (按 Ctrl+C 停止)")
    return pages


def _wait(pages: Pages) -> None:
    """Stay until the pages are stopped, or stop them when told to."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            if pages.wait():
                raise Refused("demo.server", "网页没有打开, 端口可能被占用。", "请换一个端口, 如 --port 8001。")
    finally:
        pages.stop()
