"""`nuanxin workflows`: who may do what in which state."""

from pathlib import Path
from typing import Annotated

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.casework.matrix import matrices
from nuanxin.kernel.core.errors import Refused


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("workflows")(workflows)


def workflows(
    code: Annotated[str, typer.Argument(help="one workflow; default: all")] = "",
    county: Annotated[str, typer.Option(help="county code; not needed where there is one")] = "",
    write: Annotated[Path | None, typer.Option(help="write one text file per workflow into this folder")] = None,
) -> None:
    """Print the state × move × role table of workflows. 办理流程：环节、步骤、岗位。"""
    tables = matrices(county or the_county(None))
    if code and code not in tables:
        raise Refused("workflow.unknown", f"没有流程“{code}”。", f"可用：{'、'.join(sorted(tables))}。")
    chosen = {code: tables[code]} if code else tables
    for name, text in sorted(chosen.items()):
        if write is None:
            typer.echo(text)
        else:
            write.mkdir(parents=True, exist_ok=True)
            (write / f"{name}.txt").write_text(text, encoding="utf-8")
            typer.echo(f"{write / name}.txt")
