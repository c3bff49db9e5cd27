"""`nuanxin recompute`, `rerun`, `upgrade-check`: the same fen today, tomorrow, and after the law has changed."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.casework.recomputing import Recomputed, basis_of_grant, recompute_decision, recompute_reassessment
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import month_of, parse_month
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.recomputing import RunAgain, rerun_month
from nuanxin.kernel.rulebook.services import check_upgrade

Json = Annotated[bool, typer.Option("--json", help="machine-readable")]
County = Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")]
AUTHOR = Author(label="命令行")
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("recompute")(recompute)
    app.command("rerun")(rerun)
    app.command("upgrade-check")(upgrade_check)


def recompute(
    decision: Annotated[int | None, typer.Argument(help="the decision's number")] = None,
    grant: Annotated[int, typer.Option(help="a grant instead: the decision that made it")] = 0,
    reassessment: Annotated[int, typer.Option(help="instead the months of a look back")] = 0,
    as_json: Json = False,
) -> None:
    """Compute a decision again by its release and its rows; exit 1 when anything differs. 重算一项决定。"""
    if reassessment:
        _look_back(reassessment, as_json)
        return
    if grant:
        words, decision = basis_of_grant(grant)
        if not as_json or decision is None:
            typer.echo(json.dumps({"grant": grant, "words": words}, ensure_ascii=False) if as_json else words)
        if decision is None:
            return
    if decision is None:
        raise Refused("recompute.which", "没有指明决定。", "请写决定编号，或用 --grant 写待遇编号。")
    again = recompute_decision(decision)
    typer.echo(json.dumps(_row(again), ensure_ascii=False, indent=1) if as_json else "\n".join(_lines(again)))
    if not again.same:
        raise typer.Exit(1)


def _look_back(number: int, as_json: bool) -> None:
    told = recompute_reassessment(number)
    rows = [{"month": f"{month:%Y-%m}", "differences": [asdict(one) for one in found]} for month, found in told]
    differing = [row["month"] for row in rows if row["differences"]]
    if as_json:
        typer.echo(json.dumps({"reassessment": number, "months": rows}, ensure_ascii=False, indent=1))
    else:
        said = (
            f"{len(differing)} 个月与当时不一致：{'、'.join(map(str, differing))}。"
            if differing
            else "与当时完全一致。"
        )
        typer.echo(f"追溯核算 {number}：重算 {len(rows)} 个月，{said}")
    if differing:
        raise typer.Exit(1)


def _row(again: Recomputed) -> dict[str, Any]:
    return {**asdict(again), "month": f"{again.month:%Y-%m}", "same": again.same, "words": again.sentence}


def _lines(again: Recomputed) -> list[str]:
    lines = [
        f"决定 {again.decision_id}  {again.benefit}  {again.month:%Y-%m}",
        f"  规则版本 {again.release_id}",
        f"  取数     {again.source}",
        f"  决定时   {_said(again.stored)}",
        f"  重算     {_said(again.found)}",
    ]
    for one in again.differences:
        whose = f"(成员 {one.person_id}) " if one.person_id else ""
        lines.append(f"  不同: {whose}{one.name}  决定时 {one.stored}  重算 {one.found}")
    return [*lines, again.sentence]


def _said(row: dict[str, Any] | None) -> str:
    if not row:
        return "没有凭据"
    verdict = {True: "应予", False: "不予", None: "未知"}[row.get("granted")]
    return f"{verdict}  {yuan(row.get('amount_fen') or 0)} 元"


def rerun(
    month: Annotated[str, typer.Argument(help="such as 2024-03")],
    county: County = "",
    as_json: Json = False,
) -> None:
    """Run a past month again under its own law; exit 1 when any receipt differs. 按当时的规则重跑一个月。"""
    done = rerun_month(the_county(county), parse_month(month))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in done], ensure_ascii=False, indent=1))
    else:
        for one in done:
            typer.echo("\n".join(_run_lines(one)))
    if any(one.differing for one in done):
        raise typer.Exit(1)


def _run_lines(one: RunAgain) -> list[str]:
    kind = {"month": "月度测算", "standard": "新标准重算"}.get(one.purpose, one.purpose)
    head = (
        f"测算 {one.run_id}（{kind}）规则 {one.release_id[:12]}…  凭据 {one.receipts:,} 份，不同 {one.differing:,} 份"
    )
    return [head, *(f"  不同: {row['file']} 对象 {row['subject_id'] or '（整个文件）'}" for row in one.examples)]


def upgrade_check(county: County = "", month: str = "", as_json: Json = False) -> None:
    """Show whose current grant another version of the law would change; exit 1 when any. 升级检查。"""
    code = the_county(county)
    wanted = parse_month(month) if month else month_of(clock.today())
    proposed = check_upgrade(county=code, month=wanted, author=AUTHOR)
    rows = rulebook.upgrade_rows(proposed) if proposed else []
    why = proposed.why if proposed else {}
    if as_json:
        told = {"county": code, "month": f"{wanted:%Y-%m}", "changed": len(rows), "why": why, "grants": rows}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    elif not rows:
        typer.echo(f"{code} {wanted:%Y-%m}：没有在享待遇的结果会改变。")
    else:
        typer.echo("\n".join(_upgrade_lines(rows, why)))
    if rows:
        raise typer.Exit(1)


def _upgrade_lines(rows: list[dict[str, Any]], why: dict[str, list[str]]) -> list[str]:
    lines = [f"{len(rows)} 项在享待遇的结果会改变，须由第二人在“政策规则·采用情况”里看过名单后同意："]
    for row in rows[:SHOWN]:
        subject = {"person": "个人", "household": "家庭"}[row["pays"]]
        reasons = "；".join(why.get(row["benefit"], []) or why.get("", []))
        money = f"{yuan(row['before_fen'])} → {yuan(row['after_fen'])} 元"
        lines.append(f"  {row['benefit']}  {subject} {row['subject_id']}  {money}  {reasons}")
    return lines if len(rows) <= SHOWN else [*lines, f"  … 另有 {len(rows) - SHOWN} 项，用 --json 全部列出"]
