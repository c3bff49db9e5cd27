"""`nuanxin divisions`: bring changes of the division tree in from a dated file, or a county's whole tree."""

from pathlib import Path
from typing import Annotated

import typer

from nuanxin.kernel.core.changes import Author, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.services import check_division_file, load_division_file

SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("divisions")(divisions)


def divisions(
    file: Path,
    check: Annotated[bool, typer.Option("--check", help="只核对，不载入 / check only")] = False,
    reason: Annotated[str, typer.Option(help="事由和依据 / why")] = "区划调整",
) -> None:
    """Check and load a file of new, renamed and merged divisions (xlsx or CSV). 区划调整。"""
    if not file.is_file():
        raise Refused("divisions.no_file", f"找不到文件 {file}。", "请核对路径。")
    data = file.read_bytes()
    report = check_division_file(file=data, name=file.name)
    for row, fault in report.faults[:SHOWN]:
        typer.echo(f"第 {row} 行：{fault}")
    if report.faults:
        typer.echo(f"共 {len(report.faults)} 处错误，没有载入。")
        raise typer.Exit(1)
    told = "，".join(f"{kind} {count} 个" for kind, count in report.counts.items() if count)
    typer.echo(f"{told or '没有变动'}；随之变更住址的居民 {report.people} 人、家庭 {report.households} 户。")
    if check:
        return
    with one_act(author=Author("命令行"), verb="load_divisions", reason=reason[:200], source=file.name[:200]) as change:
        load_division_file(change=change, file=data, name=file.name)
    typer.echo("已载入。")
