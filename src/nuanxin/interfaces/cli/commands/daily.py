"""`nuanxin daily`: what the calendar does by itself each morning; for a timer, harmless to run twice."""

import json
from typing import Annotated

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.access.services import anchor_disclosures
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core import clock, queue
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.statistics import services as statistics

STEPS = 1000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("daily")(daily)


def daily(
    county: Annotated[str, typer.Option(help="county code, six digits; may be left out where there is one")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Take down notices whose days are over, warn of certificates that end, do waiting steps, anchor. 每日事务。"""
    county, today, author = the_county(county), clock.today(), Author("nuanxin daily")
    steps = queue.run_waiting_steps(STEPS)
    cycle.run_waiting_loads()
    anchor_disclosures()
    statistics.anchor_closes(county=county)
    told = {
        "county": county,
        "date": today.isoformat(),
        "notices": casework.close_due_notices(county=county, on=today),
        "reviews_closed": casework.close_cases_reviews(county=county, author=author),
        "certificates": casework.warn_certificates(county=county, on=today, author=author),
        "reassessments": casework.find_reassessments(county=county, author=author, on=today),
        "steps_done": steps.done,
        "steps_failed": steps.failed,
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo(f"{county} {told['date']}：公示期满 {told['notices']} 件，证件到期提醒 {told['certificates']} 件")
    typer.echo(f"  晚报的事实影响已发月份 {told['reassessments']} 件，请在“追溯核算”里办理")
    typer.echo(f"  随案件办结的复核 {told['reviews_closed']} 件，后续步骤 {steps.done} 项，待重试 {steps.failed} 项")
