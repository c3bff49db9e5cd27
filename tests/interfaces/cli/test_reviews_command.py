"""`nuanxin reviews`: proposes a month's reviews once and says what is due by township."""

import datetime as dt
import json

from typer.testing import CliRunner


def run(*arguments):
    import typer

    from nuanxin.interfaces.cli.commands.reviews import register

    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["reviews", *arguments])


def test_one_object_and_the_same_in_words(db):
    from tests.kernel.casework.test_reviews import Reviewed

    county = Reviewed()
    county.home()
    from nuanxin.kernel.core import clock

    clock.move_to(dt.date(2024, 12, 1))
    answer = run("2024-12", "--county", "340223", "--json")
    assert answer.exit_code == 0, answer.output
    row = json.loads(answer.output)
    row.pop("seconds")
    assert row == {
        "county": "340223", "month": "2024-12", "proposed": 1, "open": 1, "changed": 0, "closed": 0,
        "certificates": 0, "renewed": 0, "townships": {"340223100": 1},
    }  # fmt: skip
    again = run("2024-12", "--county", "340223")
    assert "新提出复核 0 件" in again.output
    assert "待核查 1 件，其中有变化 0 件" in again.output
