"""`nuanxin audit money`: what was due as known now, against what was paid, is under way and is owed.

And what was decided, against what the rules give by the facts now known: which pairs differ, and what stands for each.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
import xlsxwriter

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.cycle.audit import FactsAudit, MoneyAudit, audit_facts, audit_money, benefit_titles
from nuanxin.kernel.cycle.explaining import REASONS
from nuanxin.kernel.statistics.selectors import parse_period

HEADINGS = (
    "待遇", "家庭编号", "居民编号", "应发(元)", "已发(元)", "在途(元)", "退票或暂缓(元)",
    "欠发(元)", "应追缴(元)", "差额(元)",
)  # fmt: skip
UNDECIDED = (
    "待遇", "家庭编号", "居民编号", "月份", "已决定(元)", "按现有事实(元)", "差额(元)", "原因", "事项",
)  # fmt: skip
ITEMS = {
    "proposal": "建议", "case": "案件", "review": "复核", "application": "申请", "takeover": "接管差异",
}  # fmt: skip
WORDS = (
    ("应发（按现在查明的事实）", "due_fen"),
    ("已发（扣除退款、抵扣、核销）", "paid_fen"),
    ("在途（已编制或已送银行）", "in_transit_fen"),
    ("退票或暂缓", "failed_fen"),
    ("欠发（待补发）", "arrears_owed_fen"),
    ("应追缴", "recovery_owed_fen"),
    ("差额", "difference_fen"),
)
audit = typer.Typer(no_args_is_help=True, help="核对 / audits")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(audit, name="audit")


@audit.callback()
def main() -> None:
    """Audits. 核对。"""


@audit.command("money")
def money(
    county: str,
    period: Annotated[str, typer.Argument(help="2024-03, 2024Q1, 2024H1 or 2024: months of entitlement")],
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
    listed: Annotated[
        Path | None, typer.Option("--list", help="write what does not add up to FILE.xlsx or FILE.csv")
    ] = None,
    undecided: Annotated[
        Path | None, typer.Option(help="write what the facts now known would change, and what stands for it")
    ] = None,
    books_only: Annotated[bool, typer.Option("--books-only", help="do not assess the months anew")] = False,
) -> None:
    """Hold every household's money against what was due; exit code 1 when anything differs unexplained. 资金核对。"""
    span = parse_period(period)
    found = audit_money(the_county(county), span.first, span.last)
    facts = None if books_only else audit_facts(found)
    if listed is not None:
        _write(listed, [HEADINGS, *_lines(found)], "资金核对")
    if undecided is not None and facts is not None:
        _write(undecided, [UNDECIDED, *_pairs(found, facts)], "与现有事实不一致")
    if as_json:
        typer.echo(json.dumps(found.as_row() | (facts.as_row() if facts else {}), ensure_ascii=False))
    else:
        _print(found)
        if facts is not None:
            _print_facts(facts)
    raise typer.Exit(1 if found.mismatches or (facts is not None and facts.unexplained) else 0)


def _print(found: MoneyAudit) -> None:
    row, titles = found.as_row(), benefit_titles(found.county, found.last)
    typer.echo(f"{found.county} {found.first:%Y-%m} 至 {found.last:%Y-%m}（享受月份）资金核对")
    typer.echo(f"  家庭或个人 {row['households']:,}，待遇 {row['benefits']} 项")
    for words, name in WORDS:
        typer.echo(f"  {words}  {yuan(row[name])} 元")
    for benefit, one in found.by_benefit().items():
        typer.echo(
            f"    {titles.get(benefit, benefit)}: 应发 {yuan(one.due)}，已发 {yuan(one.paid)}，"
            f"差额 {yuan(one.difference)}"
        )
    if row["mismatches"]:
        typer.echo(f"  不符 {row['mismatches']:,} 户，用 --list 文件名.xlsx 列出")
    else:
        typer.echo("  每户每项待遇都相符：已发 + 在途 + 退票 + 欠发 − 应追缴 = 应发")


def _print_facts(facts: FactsAudit) -> None:
    row = facts.as_row()
    typer.echo(f"按现在查明的事实、各月当时的政策重新测算：{row['differing']:,} 项待遇有月份与已决定的不同")
    typer.echo(
        f"  待决定 {row['undecided']:,} 项，依决定或政策照旧 {row['standing']:,} 项，事实不明 {row['questions']:,} 项"
    )
    for code, sums in facts.reasons().items():
        more, less = yuan(sums["more_fen"]), yuan(sums["less_fen"])
        typer.echo(f"    {REASONS[code]}: {sums['pairs']:,} 项，少于测算 {more} 元，多于测算 {less} 元")
    if row["unexplained"]:
        typer.echo(f"  没有说明的 {row['unexplained']:,} 项，用 --undecided 文件名.xlsx 列出")
    else:
        typer.echo("  每一项都有待办事项，或有决定、政策上的说明")


def _pairs(found: MoneyAudit, facts: FactsAudit) -> Iterator[tuple[str, ...]]:
    titles = benefit_titles(found.county, found.last)
    for pair in facts.pairs:
        benefit, household, person = pair.unit
        for cell, why in pair.months:
            kind, _, number = why.item.partition(":")
            due = "" if cell.due_fen is None else _plain(cell.due_fen)
            yield (
                titles.get(benefit, benefit), str(household or ""), str(person or ""), f"{cell.month:%Y-%m}",
                _plain(cell.decided_fen), due, _plain(cell.fen), REASONS[why.code],
                f"{ITEMS[kind]} {number}" if kind else "",
            )  # fmt: skip


def _lines(found: MoneyAudit) -> Iterator[tuple[str, ...]]:
    titles = benefit_titles(found.county, found.last)
    for (benefit, household, person), one in found.mismatches:
        amounts = (one.due, one.paid, one.in_transit, one.failed, one.arrears_owed, one.recovery_owed, one.difference)
        yield (titles.get(benefit, benefit), str(household or ""), str(person or ""), *map(_plain, amounts))


def _plain(fen: int) -> str:
    return yuan(fen).replace(",", "")


def _write(path: Path, rows: Sequence[Sequence[str]], title: str) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
    elif path.suffix == ".xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(at, column, text)
    else:
        raise Refused("audit.list", f"不能写成“{path.suffix}”文件。", "请用 .xlsx 或 .csv 结尾的文件名。")
