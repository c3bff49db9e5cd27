"""`nuanxin serve`: the pages of this instance, one process for each core; for a service unit, behind a TLS proxy."""

import contextlib
import ipaddress
import os
from typing import Annotated

import typer
from django.conf import settings

from nuanxin.interfaces.cli.serving import Pages, exit_when_told, usual_processes
from nuanxin.kernel.core.errors import Refused


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port", min=1, max=65535)] = 8000,
    without_tls: Annotated[bool, typer.Option("--without-tls", help="只在本机试用 / on this machine only")] = False,
    processes: Annotated[int, typer.Option(help="进程数, 0 为每核一个 / 0: one for each core", min=0, max=64)] = 0,
) -> None:
    """Serve the pages until stopped; who dies is started anew, exit 1 when they keep dying. 打开本单位的网页。"""
    environment = _environment(host, without_tls)
    exit_when_told(0)
    pages = Pages(host=host, port=port, processes=processes or usual_processes(), environment=environment)
    typer.echo(f"网页: http://{host}:{port}  (按 Ctrl+C 停止)")
    if without_tls:
        typer.echo("  没有加密，只供本机试用；正式使用请放在 TLS 代理之后，用 NUANXIN_PROXIES 指明代理的地址。")
    ended = 0
    try:
        with contextlib.suppress(KeyboardInterrupt):
            ended = pages.wait() or 1
    finally:
        pages.stop()
    raise typer.Exit(ended)


def _environment(host: str, without_tls: bool) -> dict[str, str]:
    """Return what the servers are told; Refused where pages would go unencrypted over a network, or not be seen."""
    if without_tls:
        if not _is_this_machine(host):
            raise Refused(
                "serve.open", f"--without-tls 只能用于本机，不能用于 {host}。", "请去掉 --host，或放在 TLS 代理之后。"
            )
        return {**os.environ, "NUANXIN_TLS": "off"}
    if settings.TLS and not settings.PROXIES:
        raise Refused(
            "serve.no_proxy", "没有指明 TLS 代理，浏览器会打不开网页。",
            "请用 NUANXIN_PROXIES 指明代理的地址（如 127.0.0.1）；只在本机试用可加 --without-tls。",
        )  # fmt: skip
    return dict(os.environ)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
