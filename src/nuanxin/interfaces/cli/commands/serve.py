"""`nuanxin serve`: the pages of this instance, one process for each core; for a service unit, behind a TLS proxy."""

import contextlib
import os
from typing import Annotated

import typer

from nuanxin.interfaces.cli.serving import Pages, exit_when_told, usual_processes


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)] = 8000,
    processes: Annotated[int, typer.Option(help="进程数, 0 为每核一个 / 0: one for each core", min=0, max=64)] = 0,
) -> None:
    """Serve the pages until stopped; who dies is started anew, exit 1 when they keep dying. 打开本单位的网页。"""
    exit_when_told(0)
    pages = Pages(host=host, port=port, processes=processes or usual_processes(), environment=os.environ)
    typer.echo(f"网页: http://{host}:{port}  (按 Ctrl+C 停止)")
    ended = 0
    try:
        with contextlib.suppress(KeyboardInterrupt):
            ended = pages.wait() or 1
    finally:
        pages.stop()
    raise typer.Exit(ended)
