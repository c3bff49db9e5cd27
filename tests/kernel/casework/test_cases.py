"""A case from the counter to the grant: only declared moves, one owner, a due date, nothing skipped."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY, OTHER_TOWNSHIP, TOWNSHIP

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)


@pytest.fixture
def desk(county):
    from tests.factories.desk import Desk

    return Desk(county)


@pytest.mark.db
def test_dibao_from_application_to_grant(desk):
    from nuanxin.kernel.casework.selectors import notice_page
    from nuanxin.kernel.casework.services import close_due_notices
    from nuanxin.kernel.grants.models import Grant

    case = desk.apply_for_dibao()
    assert (case.state, case.owner_role, case.due_on) == ("accepted", "township_clerk", dt.date(2024, 1, 18))
    case = desk.move(case, "start_check")
    desk.visit(case)
    case = desk.move(case, "publish")
    (notice,) = notice_page(COUNTY, TOWNSHIP)
    assert (notice.shown_name, notice.members, notice.amount_fen) == ("王*", 2, 80000)
    desk.day(notice.last_day + dt.timedelta(days=1))
    assert close_due_notices(county=COUNTY, on=desk.today) == 1
    case = desk.move(case, "agree", desk.examiner)
    case = desk.move(case, "approve", desk.chief)
    assert (case.state, case.closed_on, case.due_on) == ("granted", desk.today, None)
    assert Grant.objects.get().from_date == FEBRUARY
    assert OTHER_TOWNSHIP
