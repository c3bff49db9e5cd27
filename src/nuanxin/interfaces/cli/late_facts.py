"""Facts told late in the demo: incomes of months already paid, one looked at and proposed, others still to be."""

import datetime as dt

from nuanxin.demo.people import COUNTY
from nuanxin.interfaces.cli.counter_week import TOWNSHIP
from nuanxin.interfaces.cli.officers import officer
from nuanxin.kernel.casework import selectors as cases
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, author_of, one_act
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services as registry_services

HOMES, MONTHS_LATE, WAGE_FEN = 3, 4, 360_000


def tell_late() -> int:
    """Let the check with the tax office find wages since some months; return how many grants it would have changed."""
    today = clock.today()
    earners = _earners(today)
    since = add_months(today.replace(day=1), -MONTHS_LATE)
    author = author_of(officer("township_clerk"))
    for person_id in earners:
        with one_act(author=author, verb="record_circumstance", reason="核对发现", source="收入核对") as change:
            registry_services.record_circumstance(
                change=change, kind="wage_year", person_id=person_id, valid_from=since, amount_fen=WAGE_FEN
            )
    found = casework.find_reassessments(county=COUNTY, author=Author("每日事务"), on=today)
    _propose_one(today)
    return found


def _earners(today: dt.date) -> list[int]:
    """Return the heads of some households of the township that get dibao, are several and had no wages.

    Those whose stated money is still looked into since the takeover are left to that.
    """
    found = []
    lists = [one.pk for one in cycle.takeover_lists(COUNTY)]
    asked = {one.grant_id for list_id in lists for one in cycle.differences_of(list_id, "open")}
    rows = grants.grants_in(COUNTY).filter(benefit="dibao", township=TOWNSHIP, to_date=None).order_by("id")
    for grant in rows.iterator():
        members = list(registry.members_of(grant.household_id or 0, today))
        kinds = {one.kind for m in members for one in registry.circumstances_of(person_id=m.person_id, on=today)}
        if len(members) > 1 and "wage_year" not in kinds and grant.pk not in asked:
            found.append(members[0].person_id)
        if len(found) == HOMES:
            break
    return found


def _propose_one(today: dt.date) -> None:
    """Let the clerk look at the first and ask for the county's agreement."""
    clerk = officer("township_clerk")
    waiting = cases.reassessments_in(COUNTY, clerk).filter(state="open").order_by("id").first()
    if waiting is None:
        return
    casework.propose_reassessment(
        account=clerk, grant_id=waiting.grant_id, first=waiting.first, last=waiting.last, pursuit="correct",
        reason="个税数据显示三月起有工资收入，本人未申报", heard_on=today, statement="本人承认在镇上务工，愿分期退还",
    )  # fmt: skip
