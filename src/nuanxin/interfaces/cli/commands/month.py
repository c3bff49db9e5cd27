"""`nuanxin month`: run a month as far as it can go without people, and say what is next."""

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core.changes import Author, author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.cycle import selectors, services
from nuanxin.kernel.payments import selectors as payments


@dataclass
class Told:
    """What a month has come to."""

    county: str
    month: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    proposals: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    exceptions: int = 0
    next: list[str] = field(default_factory=list)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("month")(month)


def month(
    month: str,
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
    account: Annotated[str, typer.Option(help="经办账号: 编制发放须由本人 / who prepares the payment runs")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Assess a month, let apply-benefits move, propose the rest; then dues and runs when nothing waits. 月度办理。"""
    author, county = _author(account), the_county(county)
    first = parse_month(month)
    services.run_month(county=county, month=first, author=author)
    told = Told(county, f"{first:%Y-%m}")
    waiting = _waiting(county, told, first)
    if waiting:
        told.next.append(f"{waiting} 项建议待经办、复核；办完后再运行本命令")
    else:
        _pay(county, first, author, told)
    _gather(county, first, told)
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False, indent=1))
    else:
        _print(told)


def _author(username: str) -> Author:
    if not username:
        return Author(label="命令行")
    found = access.account_by_username(username)
    if found is None:
        raise Refused("access.unknown", f"没有账号“{username}”。", "请核对 --account。")
    return author_of(found)


def _waiting(county: str, told: Told, first: Any) -> int:
    told.proposals = [
        {"benefit": benefit, "kind": kind, "state": state, "count": count}
        for benefit, kind, state, count in casework.proposal_counts(county, first)
    ]
    return sum(row["count"] for row in told.proposals if row["state"] in ("open", "made"))


def _pay(county: str, first: Any, author: Author, told: Told) -> None:
    """Make dues; make runs when an account is named; write the files of released runs."""
    services.build_dues(county=county, month=first, author=author)
    if author.account_id is None:
        told.next.append("请用 --account 指明经办账号，编制发放批次")
        return
    services.prepare_payment_runs(county=county, month=first, author=author)
    for run in payments.runs_in(county, first):
        if run.state == "released":
            services.write_bank_file(run_id=run.pk, author=author)


NEXT = {
    "prepared": "批次 {} 待第二人复核放行",
    "sent": "批次 {} 已送银行，待回盘",
}


def _gather(county: str, first: Any, told: Told) -> None:
    run = selectors.month_run(county, first)
    told.steps = [
        {
            "step": step.name,
            "title": selectors.STEPS.get(step.name, step.name),
            "state": step.state,
            "records": step.records,
            "seconds": round(step.seconds or 0, 2),
            "note": step.note,
        }
        for step in (selectors.steps_of(run) if run else [])
    ]
    for one in payments.runs_in(county, first):
        told.runs.append(
            {
                "batch_no": one.batch_no,
                "benefit": one.benefit,
                "state": one.state,
                "lines": one.line_count,
                "fen": one.total_fen,
            }
        )
        if one.state in NEXT:
            told.next.append(NEXT[one.state].format(one.batch_no))
    told.exceptions = payments.exceptions_in(county, first).count()
    if told.runs and not told.next:
        told.next.append(f"可以月结：nuanxin close {told.month} --county {county}")


def _print(told: Told) -> None:
    typer.echo(f"{told.county} {told.month}")
    for step in told.steps:
        typer.echo(f"  {step['title']}  {step['records']:,} 条  {step['seconds']:.2f} 秒  {step['note']}")
    for row in told.proposals:
        typer.echo(f"  建议 {row['benefit']} {row['kind']} {row['state']}  {row['count']:,}")
    for run in told.runs:
        typer.echo(f"  批次 {run['batch_no']} {run['state']}  {run['lines']:,} 笔  {yuan(run['fen'])} 元")
    if told.exceptions:
        typer.echo(f"  未能发放 {told.exceptions:,} 笔，见“发放异常”")
    for words in told.next:
        typer.echo(f"  下一步：{words}")
