"""`nuanxin load`: check a bureau's own files for two to sign on the page; the template, the faulty rows to correct."""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.cycle import selectors, services
from nuanxin.kernel.cycle.types import TakeoverList

STATES = {
    "received": "等待核对",
    "checking": "正在核对",
    "faulty": "有错误，未载入",
    "checked": "核对无误，待第一人签认",
    "signed": "待第二人签认",
    "loading": "载入中断，请再签认一次",
    "in_force": "已生效",
    "withdrawn": "已撤回",
}
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("load")(load)
    app.command("work")(work)


def load(
    files: Annotated[list[Path] | None, typer.Argument(help="xlsx, csv, Parquet")] = None,
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="月末日期，默认上月末 / last day of a month")
    ] = None,
    correct: Annotated[
        int, typer.Option(help="导入编号：文件是它更正后的行 / load whose corrected rows these are")
    ] = 0,
    template: Annotated[Path | None, typer.Option(help="写出空白模板 / write the template and stop")] = None,
    faults: Annotated[Path | None, typer.Option(help="写出有错的行 / write the faulty rows as a workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Check files of people, households, facts, accounts, grants, debts; two sign them on the page. 数据导入。"""
    place = the_county(county)
    day = as_of.date() if as_of else month_of(clock.today()) - dt.timedelta(days=1)
    if template is not None:
        template.write_bytes(selectors.load_template(place, day))
        typer.echo(f"模板已写到 {template}")
        return
    taken = _checked(files or [], place, day, correct)
    if faults is not None:
        faults.write_bytes(services.faulty_rows_of(list_id=taken.pk))
    told = _told(taken)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else "\n".join(_lines(told)))
    if taken.state == "faulty":
        raise typer.Exit(1)


def _checked(files: list[Path], county: str, as_of: dt.date, correct: int) -> TakeoverList:
    for file in files:
        if not file.is_file():
            raise Refused("takeover.no_file", f"找不到文件 {file}。", "请核对路径。")
    given = [(file.name, file.read_bytes()) for file in files]
    author = Author(label="命令行")
    if correct:
        services.open_correction(list_id=correct, files=given, author=author, here=True)
        return services.check_load(list_id=correct)
    opened = services.open_load(files=given, county=county, author=author, as_of=as_of, here=True)
    return services.check_load(list_id=opened.pk) if opened.state == "received" else opened


def _told(taken: TakeoverList) -> dict[str, Any]:
    return {
        "load": taken.pk,
        "name": taken.name,
        "sm3": taken.sm3,
        "state": taken.state,
        "households": taken.households,
        "persons": taken.persons,
        "grants": taken.grants,
        "total_fen": taken.total_fen,
        "totals": [
            {"table": one.label, "rows": one.rows, "left_out": one.left_out, "known": one.known, "fen": one.fen}
            for one in selectors.totals_of_load(taken.pk)
        ],
        "differences": selectors.differences_of(taken.pk).count(),
        "faults": [_finding(one) for one in selectors.faults_of(taken.pk)],
        "notices": [_finding(one) for one in selectors.notices_of(taken.pk)],
    }


def _finding(one: Any) -> dict[str, Any]:
    return {"file": one.file, "sheet": one.sheet, "row": one.row, "column": one.column, "message": one.message}


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"导入 {told['load']} {told['name']}：{STATES.get(told['state'], told['state'])}"]
    for one in told["totals"]:
        money = f"，{yuan(one['fen'])} 元" if one["fen"] else ""
        parts = [f"已登记 {one['known']:,}"] if one["known"] else []
        parts += [f"留下 {one['left_out']:,}"] if one["left_out"] else []
        lines.append(f"  {one['table']} {one['rows']:,} 行{money}{'（' + '，'.join(parts) + '）' if parts else ''}")
    if told["grants"]:
        lines.append(f"  待遇合计 {told['households']:,} 户 {told['persons']:,} 人 {told['grants']:,} 份")
        lines.append(f"  每月合计 {yuan(told['total_fen'])} 元")
    lines.append(f"  SM3 {told['sm3']}")
    if told["state"] == "checked":
        lines.append("  请两人先后在“数据导入”页面核对控制数并签字。")
    if told["state"] == "in_force" and told["differences"]:
        lines.append(f"  与政策测算不符 {told['differences']:,} 份，见“数据导入”")
    for kind, lead in (("faults", ""), ("notices", "注意：")):
        for one in told[kind][:SHOWN]:
            place = f"{one['sheet']} 第 {one['row']} 行 {one['column']}：" if one["row"] else f"{one['sheet']} "
            lines.append(f"  {lead}{place.strip()}{one['message']}")
        if len(told[kind]) > SHOWN:
            lines.append(f"  另有 {len(told[kind]) - SHOWN} 处(--json 列出全部)")
    return lines


def work(
    once: Annotated[bool, typer.Option("--once", help="办完现有的就结束 / end when nothing waits")] = False,
) -> None:
    """Check and load what the pages received; `serve` runs it beside the pages. 后台办理。"""
    from nuanxin.interfaces.cli.working import work_on

    work_on(once=once)
