"""`nuanxin check`, `nuanxin assess`, `nuanxin whatif`: declarations, an example, another number."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import DatabaseError

from nuanxin.kernel.casework.workflow_checks import check_workflows
from nuanxin.kernel.core.declarations import load_declaration
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.engine.selectors import latest_snapshot
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook import services
from nuanxin.kernel.rulebook.checks import check_books
from nuanxin.kernel.rulebook.examples import ExampleResult, run_example
from nuanxin.kernel.rulebook.schema import Example, ExampleFile
from nuanxin.kernel.rulebook.whatif import WhatIf
from nuanxin.kernel.rulebook.words import receipt_in_words
from nuanxin.kernel.work.wording import check_letters

Json = Annotated[bool, typer.Option("--json", help="machine-readable")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("check")(check)
    app.command("assess")(assess)
    app.command("whatif")(whatif)


def check(examples: Annotated[bool, typer.Option(help="run the examples too")] = True) -> None:
    """Check every declaration of the rulebook: all faults at once, with file and line. 检查制度声明。"""
    report = check_books(with_examples=examples)
    workflows, workflow_faults = check_workflows()
    faults = [*report.faults, *workflow_faults, *check_letters()]
    count = report.count + workflows
    for fault in faults:
        typer.echo(str(fault))
    for remark in (*report.remarks, *_unpublished()):
        typer.echo(f"提示: {remark}")
    if faults:
        typer.echo(f"声明 {count} 个, 有 {len(faults)} 处错误")
        raise typer.Exit(1)
    typer.echo(f"声明 {count} 个,全部通过")


def _unpublished() -> list[str]:
    """Return the files of the instance's own layers that two people have not published; none without a database."""
    try:
        counties = registry.counties_kept()
        return [
            f"{one.file} {one.words}，月度测算不会采用；请在“政策规则·新标准”里收为草稿发布"
            for county in counties
            for one in rulebook.unpublished_files(county)
        ]
    except DatabaseError:
        return []


def assess(
    benefit: str,
    example: Path,
    county: Annotated[str, typer.Option(help="county code; default: the example's")] = "",
    month: Annotated[str, typer.Option(help="such as 2024-06; default: the example's")] = "",
    only: Annotated[str, typer.Option("--id", help="one example of the file")] = "",
    as_json: Json = False,
) -> None:
    """Print the receipt of the examples in a file. 测算示例。"""
    file = load_declaration(example, ExampleFile)
    chosen = [e for e in file.examples if only in ("", e.id)]
    if not chosen:
        raise Refused(
            "example.missing", f"文件里没有示例“{only}”。", f"可用: {'、'.join(e.id for e in file.examples)}。"
        )
    results = [run_example(benefit, _moved(e, county, month)) for e in chosen]
    if as_json:
        typer.echo(json.dumps([_as_row(r) for r in results], ensure_ascii=False, indent=1))
        return
    for result in results:
        typer.echo("\n".join([f"# {result.example.id} {result.example.says}", *_words(result), ""]))


def _moved(example: Example, county: str, month: str) -> Example:
    changes = {k: v for k, v in (("county", county), ("month", parse_month(month) if month else None)) if v}
    return example.model_copy(update=changes)


def _words(result: ExampleResult) -> list[str]:
    lines = receipt_in_words(result.receipt) if result.receipt else ["该待遇不适用于这个对象。"]
    return [*lines, *(f"与示例不符: {d}" for d in result.differences)]


def _as_row(result: ExampleResult) -> dict[str, Any]:
    receipt = result.receipt.to_json() if result.receipt else None
    return {
        "id": result.example.id,
        "says": result.example.says,
        "differences": list(result.differences),
        "receipt": receipt,
    }


def whatif(
    county: Annotated[str, typer.Option(help="county code")],
    month: Annotated[str, typer.Option(help="such as 2024-06")],
    change: Annotated[list[str], typer.Option("--set", help="dibao_standard=+10% or name.code='90 元/月'; repeatable")],
    fresh: Annotated[bool, typer.Option(help="take a new snapshot instead of the newest one")] = False,
    as_json: Json = False,
) -> None:
    """Assess the county under other numbers: gainers, losers, cost by township, list of households. 政策试算。"""
    changes = dict(_split(text) for text in change)
    snapshot = (None if fresh else latest_snapshot(county)) or take_snapshot(county=county)
    answer = services.whatif(county=county, month=parse_month(month), changes=changes, snapshot=snapshot)
    if as_json:
        typer.echo(json.dumps(_answer_row(answer), ensure_ascii=False, indent=1))
        return
    for line in _answer_lines(answer):
        typer.echo(line)


def _split(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not value.strip():
        raise Refused("whatif.set", f"“{text}”写法不对。", "请写成 --set dibao_standard=+10%。")
    return name.strip(), value.strip()


def _answer_row(answer: WhatIf) -> dict[str, Any]:
    names = ("benefit", "title", "pays", "gainers", "losers", "begin", "end", "before_fen", "after_fen", "cost_fen")
    benefits = [{name: getattr(b, name) for name in names} for b in answer.benefits]
    return {
        "county": answer.county, "month": f"{answer.month:%Y-%m}", "changes": answer.changes,
        "cost_fen": answer.cost_fen,
        "benefits": benefits, "townships": [vars(t) for t in answer.townships], "subjects": str(answer.subjects),
    }  # fmt: skip


def _answer_lines(answer: WhatIf) -> list[str]:
    lines = [f"{answer.county} {answer.month:%Y-%m} 试算: {', '.join(f'{k} {v}' for k, v in answer.changes.items())}"]
    lines += [f"{'多得':>8}{'少得':>8}{'新增':>8}{'退出':>8}{'每月多支(元)':>16}  待遇"]
    for b in answer.benefits:
        lines.append(f"{b.gainers:>10,}{b.losers:>10,}{b.begin:>10,}{b.end:>10,}{yuan(b.cost_fen):>20}  {b.title}")
    lines += [f"合计每月多支 {yuan(answer.cost_fen)} 元", f"{'乡镇':<10}{'对象':>8}{'每月多支(元)':>18}"]
    lines += [f"{t.township or '未知':<12}{t.subjects:>10,}{yuan(t.cost_fen):>22}" for t in answer.townships]
    return [*lines, f"名单: {answer.subjects}"]
