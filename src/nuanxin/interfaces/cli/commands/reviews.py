"""`nuanxin reviews`: propose the reviews of a month with what changed since, and tell of certificates that end."""

import json
import time
from collections import Counter
from typing import Annotated

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.casework import selectors, services
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.registry import selectors as registry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reviews")(reviews)


def reviews(
    month: str,
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Propose the month's reviews, close those whose case is closed, warn of certificates that end. 定期复核。"""
    county, first, author = the_county(county), parse_month(month), Author("nuanxin reviews")
    started = time.perf_counter()
    closed = services.close_cases_reviews(county=county, author=author)
    made = services.propose_reviews(county=county, month=first, author=author)
    warned = services.warn_certificates(county=county, on=clock.today(), author=author)
    renewed = services.resume_renewed(county=county, on=clock.today(), author=author)
    by_town: Counter[str] = Counter()
    changed = 0
    for town, _benefit, state, has_changed, count in selectors.review_counts(county, first):
        if state == "open":
            by_town[town] += count
            changed += count if has_changed else 0
    told = {
        "county": county, "month": f"{first:%Y-%m}", "proposed": made, "open": sum(by_town.values()),
        "changed": changed, "closed": closed, "certificates": warned, "renewed": renewed, "townships": dict(by_town),
        "seconds": round(time.perf_counter() - started, 2),
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo(f"{county} {told['month']}：新提出复核 {made} 件，证件到期提醒 {warned} 件，用时 {told['seconds']} 秒")
    if renewed:
        typer.echo(f"  证件已续办，提出接续申请 {renewed} 件，请经办、复核")
    typer.echo(f"  待核查 {told['open']} 件，其中有变化 {changed} 件；随案件办结 {closed} 件")
    names = registry.division_names(list(by_town))
    for town, count in sorted(by_town.items()):
        typer.echo(f"  {names.get(town, town)}  {count}")
