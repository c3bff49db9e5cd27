"""Dues, runs, bank files and returns: once, to the fen, by two people, and refused when anything does not add up."""

import datetime as dt

import pytest

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)


def paid_county(county, people=4, fen=5000):
    """Let some old people be granted their allowance in January; return them."""
    from nuanxin.kernel.cycle.services import run_month
    from tests.factories.month import COUNTY

    old = [county.person(f"张{n}", birth=dt.date(1940, 1, 1 + n)) for n in range(people)]
    for person in old:
        county.apply("gaoling_jintie", person)
        county.receipts.say("gaoling_jintie", person.pk, fen)
    run_month(county=COUNTY, month=JANUARY, author=county.author)
    county.decide(JANUARY)
    return old


def prepare(county, month=JANUARY):
    from nuanxin.kernel.cycle import services as cycle
    from tests.factories.month import COUNTY

    cycle.build_dues(county=COUNTY, month=month, author=county.author)
    return cycle.prepare_payment_runs(county=COUNTY, month=month, author=county.author)


def sent(county, month=JANUARY):
    from nuanxin.kernel.cycle import services as cycle

    (run,) = prepare(county, month)
    cycle.release_run(run_id=run.pk, account=county.checker)
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    return run


@pytest.mark.db
def test_dues_equal_lines_equal_run_equal_file(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.bank_text import read_lines
    from nuanxin.kernel.payments.models import BankFile, Due, Line
    from nuanxin.kernel.payments.profiles import load_profile

    paid_county(county)
    run = sent(county)
    run.refresh_from_db()
    file = BankFile.objects.get(run=run)
    _, data = cycle.open_bank_file(run_id=run.pk, account=county.maker, purpose="核对文件")
    control, rows = read_lines(load_profile("340223"), data)
    sums = {
        sum(Due.objects.values_list("amount_fen", flat=True)),
        sum(Line.objects.values_list("amount_fen", flat=True)),
        run.total_fen,
        file.total_fen,
        control.total_fen,
    }
    assert sums == {20000}
    assert (control.batch_no, control.line_count, len(rows)) == (run.batch_no, 4, 4)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    from django.conf import settings

    assert b"6217" not in (settings.STORE / file.blob).read_bytes()


@pytest.mark.db
def test_twice_changes_nothing(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import BankFile, Due, Line, PaymentRun
    from tests.factories.month import COUNTY

    paid_county(county)
    run = sent(county)
    before = (Due.objects.count(), Line.objects.count(), PaymentRun.objects.count(), BankFile.objects.count())
    assert cycle.build_dues(county=COUNTY, month=JANUARY, author=county.author) == 0
    assert cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author) == []
    cycle.release_run(run_id=run.pk, account=county.checker)
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    cycle.run_month(county=COUNTY, month=JANUARY, author=county.author)
    assert before == (Due.objects.count(), Line.objects.count(), PaymentRun.objects.count(), BankFile.objects.count())


@pytest.mark.db
def test_the_preparer_never_releases(county):
    from django.db import IntegrityError, transaction

    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import PaymentRun

    paid_county(county)
    (run,) = prepare(county)
    with pytest.raises(Refused, match="权限"):
        cycle.release_run(run_id=run.pk, account=county.maker)
    Account.objects.filter(pk=county.maker.pk).update(role="section_chief")
    county.maker.refresh_from_db()
    with pytest.raises(Refused, match="编制人不能复核"):
        cycle.release_run(run_id=run.pk, account=county.maker)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentRun.objects.filter(pk=run.pk).update(released_by=county.maker)
    with pytest.raises(Refused, match="尚未复核"):
        cycle.write_bank_file(run_id=run.pk, author=county.author)


@pytest.mark.db
def test_failures_are_reissued_next_month(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Due, Line
    from tests.factories.month import COUNTY

    old = paid_county(county)
    (report,) = county.pay(JANUARY, bounce={old[1].pk})
    assert (report.paid, report.failed) == (3, 1)
    failed = Line.objects.get(state="failed")
    assert failed.fail_code == "02"
    assert cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author) == []
    cycle.run_month(county=COUNTY, month=FEBRUARY, author=county.author)
    (report,) = county.pay(FEBRUARY)
    assert (report.paid, report.failed) == (5, 0)
    again = Line.objects.get(reissue_of=failed)
    assert (again.amount_fen, again.state, again.paid_month) == (5000, "paid", FEBRUARY)
    assert Due.objects.get(person=old[1], entitlement_month=JANUARY).line_id == again.pk


CHANGED = [
    ({"batch_no": "OTHER"}, "是批次 OTHER 的"),
    ({"total_fen": 20100}, "金额合计"),
    ({"line_count": 3}, "应为 4 笔"),
]


@pytest.mark.parametrize(("change", "words"), CHANGED)
def test_a_changed_return_is_refused(county, change, words):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Line
    from tests.factories.month import bank_answer

    paid_county(county)
    run = sent(county)
    _, data = cycle.open_bank_file(run_id=run.pk, account=county.maker, purpose="核对文件")
    with pytest.raises(Refused, match=words):
        cycle.accept_return(run_id=run.pk, data=bank_answer(data, **change), author=county.author)
    assert set(Line.objects.values_list("state", flat=True)) == {"sent"}


def test_unknown_doubled_and_altered_lines_are_refused(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle

    paid_county(county)
    run = sent(county)
    text = county.answer(run.pk).decode("GB18030")
    lines = text.splitlines()
    cases = {
        "不在本批次": [*lines[:4], lines[4].replace("4|", "9|", 1)],
        "重复": [*lines[:4], lines[3]],
        "金额与送出的不同": [
            lines[0],
            lines[1].replace("50.00", "60.00"),
            lines[2].replace("50.00", "40.00"),
            *lines[3:],
        ],
        "不认识": [*lines[:4], lines[4].replace("|00|", "|77|")],
        "应有 5 栏": [*lines[:4], "4|1"],
    }
    for words, changed in cases.items():
        with pytest.raises(Refused, match=words):
            cycle.accept_return(run_id=run.pk, data="\r\n".join(changed).encode("GB18030"), author=county.author)
    with pytest.raises(Refused, match="编码"):
        cycle.accept_return(run_id=run.pk, data=b"\xff\xff\xff", author=county.author)


@pytest.mark.db
def test_the_same_return_twice_has_no_effect_and_another_is_refused(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle

    paid_county(county)
    run = sent(county)
    data = county.answer(run.pk)
    assert cycle.accept_return(run_id=run.pk, data=data, author=county.author).accepted
    report = cycle.accept_return(run_id=run.pk, data=data, author=county.author)
    assert (report.accepted, report.paid) == (False, 4)
    assert "没有改动" in report.message
    with pytest.raises(Refused, match="已回盘"):
        cycle.accept_return(run_id=run.pk, data=data.replace(b"|00|", b"|02|", 1), author=county.author)


def test_what_cannot_be_paid_is_listed_and_waits(county):
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_payee
    from nuanxin.kernel.payments.models import Due, DueException, Line
    from nuanxin.kernel.registry import services as registry
    from tests.factories.month import COUNTY

    old = paid_county(county)
    change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
    grant = Grant.objects.get(person=old[0])
    change_payee(change=change, grant_id=grant.pk, account_id=None)
    registry.report_event(change=change, kind="death", person_id=old[1].pk, on=dt.date(2024, 1, 10), source="村")
    registry.record_circumstance(
        change=change, person_id=old[2].pk, kind="in_custody", valid_from=dt.date(2024, 1, 1),
        standing="verified", source="法院",
    )  # fmt: skip
    (run,) = prepare(county)
    codes = dict(DueException.objects.values_list("due__person_id", "code"))
    assert codes == {old[0].pk: "no_account", old[1].pk: "held", old[2].pk: "custody"}
    assert Line.objects.get().person_id == old[3].pk
    assert run.total_fen + sum(e.due.amount_fen for e in DueException.objects.all()) == sum(
        Due.objects.values_list("amount_fen", flat=True)
    )
    change_payee(change=change, grant_id=grant.pk, account_id=county.payee(old[0], "6217999900001"))
    (second,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    assert (second.number, second.line_count) == (2, 1)
    assert old[0].pk not in dict(DueException.objects.values_list("due__person_id", "code"))


def test_who_dies_between_preparing_and_releasing_is_held(county):
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Line
    from nuanxin.kernel.registry import services as registry

    old = paid_county(county)
    (run,) = prepare(county)
    change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
    registry.report_event(change=change, kind="death", person_id=old[1].pk, on=dt.date(2024, 1, 10), source="村")
    run = cycle.release_run(run_id=run.pk, account=county.checker)
    assert (run.line_count, run.total_fen) == (3, 15000)
    assert Line.objects.get(person=old[1]).state == "held"
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    assert cycle.accept_return(run_id=run.pk, data=county.answer(run.pk), author=county.author).paid == 3


def test_a_late_death_is_recovered(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry import services as registry
    from tests.factories.month import COUNTY

    old = paid_county(county)
    county.pay(JANUARY)
    county.month(FEBRUARY)
    clock.move_to(dt.date(2024, 3, 10))
    change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
    event = registry.report_event(
        change=change, kind="death", person_id=old[0].pk, on=dt.date(2024, 1, 25), source="殡仪馆"
    )
    registry.confirm_event(change=change, event_id=event.pk)
    cycle.run_month(county=COUNTY, month=MARCH, author=county.author)
    county.pay(MARCH)
    (row,) = Due.objects.exclude(kind="regular").values_list("kind", "person_id", "entitlement_month", "amount_fen")
    assert row == ("recovery", old[0].pk, FEBRUARY, 5000)
    assert cycle.build_dues(county=COUNTY, month=MARCH, author=county.author) == 0
    assert not Due.objects.filter(person=old[0], entitlement_month=MARCH).exists()


def test_a_late_decision_is_made_up_for(county):
    from nuanxin.kernel.payments.models import Due
    from tests.factories.month import COUNTY

    disabled = county.person("李残", birth=dt.date(1980, 1, 1))
    county.apply("canji_huli", disabled, filed=dt.date(2024, 1, 10))
    county.receipts.say("canji_huli", disabled.pk, None)
    county.month(JANUARY)
    assert not Due.objects.filter(county=COUNTY).exists()
    county.receipts.say("canji_huli", disabled.pk, 8600)
    county.month(FEBRUARY)
    rows = Due.objects.order_by("entitlement_month").values_list(
        "kind", "entitlement_month", "booked_month", "amount_fen"
    )
    assert list(rows) == [("arrears", JANUARY, FEBRUARY, 8600), ("regular", FEBRUARY, FEBRUARY, 8600)]
    county.month(MARCH)
    assert Due.objects.count() == 3


def test_money_of_the_dead_may_be_redirected(county):
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Due, DueException
    from nuanxin.kernel.payments.services import redirect_dues
    from nuanxin.kernel.registry import services as registry
    from tests.factories.month import COUNTY

    old = paid_county(county)
    change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
    event = registry.report_event(
        change=change, kind="death", person_id=old[0].pk, on=dt.date(2024, 1, 10), source="殡仪馆"
    )
    registry.confirm_event(change=change, event_id=event.pk)
    prepare(county)
    due = Due.objects.get(person=old[0])
    assert DueException.objects.get().code == "dead_holder"
    heir = county.payee(county.person("张子", birth=dt.date(1970, 1, 1)))
    assert redirect_dues(change=change, due_ids=[due.pk], account_id=heir) == 1
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    assert (run.line_count, run.total_fen) == (1, 5000)
    assert not DueException.objects.exists()
