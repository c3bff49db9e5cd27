"""A new card after a bounce: asked for at the counter, agreed to by another, and everything unpaid goes there."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)
BENEFIT = "gaoling_jintie"


@pytest.fixture
def county(db: None, tmp_path: Any) -> Any:
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


def signed_in(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def paid(county: Any, people: int = 3) -> list[Any]:
    """Let old people be granted their allowance and January's dues be made."""
    from nuanxin.kernel.cycle import services as cycle
    from tests.factories.month import COUNTY

    old = [county.person(f"张{one}", birth=dt.date(1940, 1, 1 + n)) for n, one in enumerate("甲乙丙丁戊己庚"[:people])]
    for person in old:
        county.apply(BENEFIT, person)
        county.receipts.say(BENEFIT, person.pk, 5000)
    cycle.run_month(county=COUNTY, month=JANUARY, author=county.author)
    county.decide(JANUARY)
    cycle.build_dues(county=COUNTY, month=JANUARY, author=county.author)
    return old


def sent_to(run: Any) -> dict[str, str]:
    """Return account by name as the run's bank file states it."""
    from nuanxin.kernel.payments.bank_text import read_lines
    from nuanxin.kernel.payments.files import open_file
    from nuanxin.kernel.payments.models import BankFile
    from nuanxin.kernel.payments.profiles import load_profile

    file = BankFile.objects.get(run=run, direction="out")
    profile = load_profile(run.county)
    _, rows = read_lines(profile, open_file(file.blob))
    name, account = profile.columns.index("name"), profile.columns.index("account")
    return {row[name]: row[account] for row in rows}


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.db
def test_after_a_bounce_the_reissue_and_all_later_months_go_to_the_new_card(county: Any) -> None:
    from nuanxin.kernel.payments.models import AccountChange, Line, PaymentRun
    from tests.factories.month import COUNTY

    old = paid(county)
    county.pay(JANUARY, bounce={old[1].pk})
    failed = Line.objects.get(state="failed")
    examiner, chief = signed_in(county.maker), signed_in(county.checker)

    place = f"/people/{old[1].pk}/account-change/?line={failed.pk}"
    assert place in text(examiner.get(f"/payments/{failed.run_id}/reconciliation/"))
    assert place not in text(chief.get(f"/payments/{failed.run_id}/reconciliation/"))  # who checks does not propose
    examiner.post(f"/people/{old[1].pk}/account/", {"bank_code": "103", "number": "6228480402564890018"})
    page = text(examiner.get(place))
    assert f"批次 {failed.run.batch_no} 第 {failed.seq} 笔退票" in page
    new = old[1].accounts.order_by("-id")[0]
    form = {"grants": [share_grant(old[1])], "account": new.pk, "on": "2024-01-15", "reason": "换新卡"}
    assert examiner.post(place, form).status_code == 302

    (change,) = AccountChange.objects.all()
    assert change.line_id == failed.pk
    assert "份账户变更等复核" in text(chief.get("/"))
    own = examiner.post("/account-changes/", {"change": change.pk, "agree": "yes"})
    assert own.status_code in (403, 409)
    assert chief.post("/account-changes/", {"change": change.pk, "agree": "yes"}).status_code == 302

    for month in (FEBRUARY, MARCH):
        county.month(month)
        run = PaymentRun.objects.get(county=COUNTY, pay_month=month)
        accounts = sent_to(run)
        assert accounts["张乙"] == "6228480402564890018"
        assert accounts["张甲"] == f"6217{old[0].pk:012d}"
    again = Line.objects.get(reissue_of=failed)
    assert (again.account_id, again.state) == (new.pk, "paid")
    assert set(Line.objects.filter(person=old[1], run__pay_month__gt=JANUARY).values_list("account", flat=True)) == {
        new.pk
    }


def share_grant(person: Any) -> int:
    from nuanxin.kernel.grants.models import Grant

    return int(Grant.objects.get(person=person).pk)


def ask(county: Any, person: Any, **more: Any) -> Any:
    account = county.payee(person, "6228480402564890018")
    form = {"grants": [share_grant(person)], "account": account, "on": "2024-01-15", "reason": "换新卡"} | more
    return signed_in(county.maker).post(f"/people/{person.pk}/account-change/", form)


def agree(county: Any, answer: str = "yes") -> Any:
    from nuanxin.kernel.payments.models import AccountChange

    newest = AccountChange.objects.order_by("-id")[0]
    return signed_in(county.checker).post("/account-changes/", {"change": newest.pk, "agree": answer})


@pytest.mark.db
def test_a_run_not_yet_released_goes_to_the_new_account_and_a_released_one_does_not(county: Any) -> None:
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Line
    from tests.factories.month import COUNTY

    old = paid(county)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    ask(county, old[0])
    agree(county)
    cycle.release_run(run_id=run.pk, account=county.checker)
    ask(county, old[2])
    agree(county)
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    assert sent_to(run)["张甲"] == "6228480402564890018"
    assert sent_to(run)["张丙"] == f"6217{old[2].pk:012d}"
    assert cycle.accept_return(run_id=run.pk, data=county.answer(run.pk), author=county.author).paid == 3
    assert Line.objects.filter(run=run).count() == 3


def test_a_refused_change_moves_nothing_and_another_may_be_asked_for(county: Any) -> None:
    from nuanxin.kernel.grants.models import Share
    from nuanxin.kernel.payments.models import AccountChange

    old = paid(county)
    before = set(Share.objects.filter(superseded_at=None).values_list("id", "payee_id"))
    ask(county, old[0])
    assert "等待复核" in text(ask(county, old[0]))
    agree(county, "no")
    assert set(Share.objects.filter(superseded_at=None).values_list("id", "payee_id")) == before
    assert AccountChange.objects.get().state == "refused"
    assert ask(county, old[0]).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": " "}, "须写明理由"),
        ({"grants": []}, "没有选择"),
        ({"on": "2024-02-01"}, "不能晚于今天"),
        ({"account": ""}, "没有选择新的收款账户"),
        ({"account": 999999}, "列出的账户"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(county: Any, wrong: Any, words: str) -> None:
    from nuanxin.kernel.payments.models import AccountChange

    old = paid(county)
    answer = ask(county, old[0], **wrong)
    assert answer.status_code == 409
    assert words in text(answer)
    assert not AccountChange.objects.exists()


def test_the_database_too_wants_two_people(county: Any) -> None:
    from django.db import IntegrityError, transaction

    from nuanxin.kernel.payments.models import AccountChange

    old = paid(county)
    ask(county, old[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountChange.objects.update(checked_by=county.maker)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountChange.objects.update(state="done")


def test_a_person_outside_the_area_has_no_account_page(county: Any) -> None:
    from tests.factories.county import OTHER_TOWNSHIP

    old = paid(county)
    clerk = county.account("township_clerk", area=f"34.3402.340223.{OTHER_TOWNSHIP}")
    client = signed_in(clerk)
    assert client.get(f"/people/{old[0].pk}/account-change/").status_code == 404
    ask(county, old[0])
    assert "张甲" not in text(client.get("/account-changes/"))


def test_closing_an_account_asks_which_follows(county: Any) -> None:
    from nuanxin.kernel.registry.models import BankAccount

    old = paid(county)
    account = BankAccount.objects.get(holder=old[0])
    client = signed_in(county.maker)
    answer = client.post(f"/people/{old[0].pk}/account/{account.pk}/end/")
    assert answer["Location"] == f"/people/{old[0].pk}/account-change/?ends={account.pk}"
    new = county.payee(old[0], "6228480402564890018")
    form = {"grants": [share_grant(old[0])], "account": new, "on": "2024-01-15", "reason": "销户"}
    assert client.post(answer["Location"], form).status_code == 302
    agree(county)
    account.refresh_from_db()
    assert account.valid_to == dt.date(2024, 1, 15)
    spare = county.payee(old[0], "6228480402564890019")
    client.post(f"/people/{old[0].pk}/account/{spare}/end/")
    assert BankAccount.objects.get(pk=spare).valid_to == dt.date(2024, 1, 15)


def test_an_account_closed_with_nothing_to_follow_opens_a_task_that_names_whom(county: Any) -> None:
    from nuanxin.kernel.registry.models import BankAccount
    from nuanxin.kernel.work.models import Task

    old = paid(county)
    account = BankAccount.objects.get(holder=old[0])
    place = f"/people/{old[0].pk}/account-change/?ends={account.pk}"
    form = {"grants": [], "account": "none", "on": "2024-01-15", "reason": "银行卡被冻结"}
    assert signed_in(county.maker).post(place, form).status_code == 302
    agree(county)
    task = Task.objects.get(kind="payee")
    assert all(word in task.title for word in ("张", "高龄津贴", "停用"))
    assert task.due_on > task.opened_on
    ask(county, old[0])
    agree(county)
    task.refresh_from_db()
    assert task.state == "done"


@pytest.mark.parametrize("end", ["death", "move_out", "guardian", "carer", "left"])
def test_a_payee_who_may_receive_no_longer_is_asked_about_at_once(county: Any, end: str) -> None:
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_payee
    from nuanxin.kernel.registry import services as registry
    from nuanxin.kernel.work.models import Task

    (ward, *_) = paid(county)
    payee = county.person("李监护", birth=dt.date(1980, 1, 1))
    home = county.household(payee, ward)
    grant = Grant.objects.get(person=ward)
    if end == "left":
        Grant.objects.filter(pk=grant.pk).update(person=None, household=home, pays="household")
    if end in ("guardian", "carer"):
        registry.record_relation(
            change=county.change, person_id=ward.pk, other_id=payee.pk, kind=end, valid_from=JANUARY
        )
    change_payee(change=county.change, grant_id=grant.pk, account_id=county.payee(payee))
    day = dt.date(2024, 1, 10)
    if end in ("death", "move_out"):
        event = registry.report_event(change=county.change, kind=end, person_id=payee.pk, on=day, source="村")
        registry.confirm_event(change=county.change, event_id=event.pk)
    elif end == "left":
        registry.end_membership(change=county.change, person_id=payee.pk, on=day)
    else:
        registry.end_relation(change=county.change, person_id=ward.pk, kind=end, on=day)
    task = Task.objects.get(kind="payee")
    assert (task.owner_kind, task.owner_id, task.state) == ("payee", grant.pk, "open")
    assert "高龄津贴" in task.title
    if end == "death":
        registry.withdraw_event(change=county.change, event_id=event.pk)
        task.refresh_from_db()
        assert task.state == "dropped"


def test_one_card_for_many_people_waits_for_a_reason_that_the_checker_sees(county: Any) -> None:
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_payee
    from nuanxin.kernel.payments.models import DueException
    from tests.factories.month import COUNTY

    old = paid(county, 6)
    cadre = county.person("王支书", birth=dt.date(1970, 1, 1))
    county.household(cadre, old[4])
    card = county.payee(cadre)
    for person in [*old[:3], old[4]]:
        change_payee(change=county.change, grant_id=Grant.objects.get(person=person).pk, account_id=card)
    from nuanxin.kernel.payments.models import Due

    Due.objects.filter(person__in=[*old[:3], old[4]]).update(account_id=card)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    assert run.line_count == 2
    assert set(DueException.objects.values_list("code", flat=True)) == {"many_paid"}
    examiner = signed_in(county.maker)
    page = text(examiner.get("/payments/many-paid/"))
    assert "王支书" in page
    assert [name for name in ("张甲", "张乙", "张丙", "张戊") if name in page] == [
        "张甲",
        "张乙",
        "张丙",
    ]  # 张戊 lives there
    assert examiner.post("/payments/many-paid/", {"account": card, "reason": ""}).status_code == 409
    examiner.post("/payments/many-paid/", {"account": card, "reason": "村集体代领，附委托书"})
    (second,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    assert (second.line_count, second.total_fen) == (1, 20000)
    shown = text(signed_in(county.checker).get(f"/payments/{second.pk}/"))
    assert "代收 3 人的款项：村集体代领，附委托书" in shown
    change_payee(change=county.change, grant_id=Grant.objects.get(person=old[3]).pk, account_id=card)
    assert "请重新说明" in text(examiner.get("/payments/many-paid/"))
