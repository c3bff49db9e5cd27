"""`nuanxin takeover`: check a bureau's own list, sign it, see what differs."""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.cycle import selectors, services
from nuanxin.kernel.cycle.types import TakeoverList

STATES = {
    "faulty": "有错误，未载入",
    "checked": "核对无误，待第一人签认",
    "signed": "待第二人签认",
    "loading": "载入中断，请再签认一次",
    "in_force": "已生效",
}
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("takeover")(takeover)


def takeover(
    file: Path,
    as_of: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="月末日期 / last day of a month")],
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
    sign: Annotated[list[str] | None, typer.Option(help="签认账号，可写两次 / who signs; may be given twice")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Check a takeover workbook; with --sign, sign its control totals. 存量接收。"""
    if not file.is_file():
        raise Refused("takeover.no_file", f"找不到文件 {file}。", "请核对路径。")
    taken = services.takeover_list(
        path=file, as_of=as_of.date(), county=the_county(county), author=Author(label="命令行")
    )
    for username in sign or []:
        account = access.account_by_username(username)
        if account is None:
            raise Refused("access.unknown", f"没有账号“{username}”。", "请核对 --sign。")
        taken = services.sign_takeover(list_id=taken.pk, account=account)
    told = _told(taken)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else "\n".join(_lines(told)))
    if told["faults"]:
        raise typer.Exit(1)


def _told(taken: TakeoverList) -> dict[str, Any]:
    faults = selectors.faults_of(taken.pk)
    return {
        "list": taken.pk,
        "name": taken.name,
        "sm3": taken.sm3,
        "state": taken.state,
        "households": taken.households,
        "persons": taken.persons,
        "grants": taken.grants,
        "total_fen": taken.total_fen,
        "differences": selectors.differences_of(taken.pk).count(),
        "faults": [
            {"sheet": one.sheet, "row": one.row, "column": one.column, "message": one.message} for one in faults
        ],
    }


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [
        f"清单 {told['list']} {told['name']}：{STATES.get(told['state'], told['state'])}",
        f"  {told['households']:,} 户 {told['persons']:,} 人 {told['grants']:,} 份待遇",
        f"  每月合计 {yuan(told['total_fen'])} 元",
        f"  SM3 {told['sm3']}",
    ]
    if told["state"] == "in_force":
        lines.append(f"  与政策测算不符 {told['differences']:,} 份，见“存量接收”")
    for one in told["faults"][:SHOWN]:
        lines.append(f"  {one['sheet']} 第 {one['row']} 行 {one['column']}：{one['message']}")
    if len(told["faults"]) > SHOWN:
        lines.append(f"  另有 {len(told['faults']) - SHOWN} 处错误(--json 列出全部)")
    return lines
