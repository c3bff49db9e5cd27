"""The thin walk: application → assessment → decision → grant → dues → run → bank file → return."""

import datetime as dt

import pytest

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)


@pytest.mark.db
def test_from_application_to_paid(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.payments.models import Due, Line, PaymentRun
    from tests.factories.month import COUNTY

    old = county.person("张老", birth=dt.date(1943, 5, 1))
    county.apply("gaoling_jintie", old)
    county.receipts.say("gaoling_jintie", old.pk, 5000)
    run = cycle.run_month(county=COUNTY, month=JANUARY, author=county.author)
    assert run.state == "proposed"
    assert len(county.decide(JANUARY)) == 1
    grant = Grant.objects.get()
    assert (grant.from_date, grant.booked_from, grant.basis) == (JANUARY, JANUARY, "decision")
    (report,) = county.pay(JANUARY)
    assert (report.accepted, report.paid, report.paid_fen) == (True, 1, 5000)
    due, line = Due.objects.get(), Line.objects.get()
    assert (due.amount_fen, due.state, due.line_id, due.decision_id) == (5000, "live", line.pk, grant.decision_id)
    assert (line.state, line.paid_month, line.person_id) == ("paid", JANUARY, old.pk)
    assert PaymentRun.objects.get().state == "returned"
