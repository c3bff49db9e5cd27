"""Where the money of an application goes: one account, a choice, or plainly none yet, and never silence."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
BENEFIT = "gaoling_jintie"
RULES = {"own": ("own", "guardian"), "head": ("head", "own")}


@pytest.fixture
def desk(db: None, tmp_path: Any) -> Any:
    from tests.factories.desk import Desk
    from tests.factories.month import MonthCounty

    return Desk(MonthCounty(tmp_path))


def signed_in(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def old_person(desk: Any, name: str = "张老") -> Any:
    person = desk.county.person(name, birth=dt.date(1940, 1, 1))
    desk.county.household(person)
    desk.county.receipts.say(BENEFIT, person.pk, 5000)
    return person


def accept(desk: Any, person: Any, payee: str = "", benefit: str = BENEFIT) -> Any:
    form = {"act": "accept", "person": person.pk, "benefit": benefit, "filed_on": "2024-01-15", "payee": payee}
    return signed_in(desk.clerk).post("/cases/new/", form)


def only_case() -> Any:
    from nuanxin.kernel.casework.models import Case

    return Case.objects.select_related("application").get()


def test_the_one_account_that_fits_is_offered_and_stored(desk: Any) -> None:
    person = old_person(desk)
    account = desk.county.payee(person)
    shown = text(signed_in(desk.clerk).get(f"/cases/new/?person={person.pk}"))
    assert "本人现有账户" not in shown
    assert "发到" in shown
    assert accept(desk, person).status_code == 302
    assert (only_case().payee_id, only_case().application.payee_id) == (account, account)


def test_of_several_accounts_one_is_chosen_and_no_other_is_taken(desk: Any) -> None:
    from nuanxin.kernel.casework.models import Case

    person, stranger = old_person(desk), desk.county.person("外人", birth=dt.date(1970, 1, 1))
    desk.county.payee(person)
    second, strange = desk.county.payee(person, "6228480402564890018"), desk.county.payee(stranger)
    answer = accept(desk, person)
    assert answer.status_code == 409
    assert "2 个账户可以选" in text(answer)
    assert accept(desk, person, str(strange)).status_code == 409
    assert not Case.objects.exists()
    assert accept(desk, person, str(second)).status_code == 302
    assert only_case().payee_id == second


@pytest.mark.parametrize("kind", ["guardian", "parent", "payee"])
def test_who_has_no_account_may_be_paid_through_guardian_parent_or_representative(desk: Any, kind: str) -> None:
    from nuanxin.kernel.registry import services as registry

    person, other = old_person(desk), desk.county.person("监护人", birth=dt.date(1915, 1, 1))
    registry.record_relation(
        change=desk.county.change, person_id=person.pk, other_id=other.pk, kind=kind, valid_from=dt.date(2020, 1, 1)
    )
    account = desk.county.payee(other)
    accept(desk, person)
    assert only_case().payee_id == account


def test_a_household_is_paid_to_its_head_first(desk: Any) -> None:
    home, members = desk.home()
    applicant, head = members[1], members[0]
    desk.county.payee(applicant)
    account = desk.county.payee(head)
    accept(desk, applicant, benefit="dibao")
    assert (only_case().household_id, only_case().payee_id) == (home.pk, account)


def test_no_account_yet_opens_a_task_and_a_letter_and_the_decision_asks(desk: Any) -> None:
    from nuanxin.kernel.work.models import Letter, Task

    person = old_person(desk)
    answer = accept(desk, person)
    case = only_case()
    assert case.payee_id is None
    assert "尚无收款账户" in text(signed_in(desk.clerk).get(answer["Location"]))
    task = Task.objects.get(kind="payee")
    assert "高龄津贴" in task.title
    assert (task.role, task.due_on > task.opened_on) == ("people.write", True)
    assert Letter.objects.filter(kind="account", owner_id=case.pk).count() == 1
    page = f"/cases/{case.pk}/"
    refused = move(desk, case, "confirm")
    assert refused.status_code == 409
    assert "本案尚无收款账户" in text(refused)
    account = desk.county.payee(person)
    signed_in(desk.clerk).post(f"{page}payee/", {"account": account})
    task.refresh_from_db()
    assert (only_case().payee_id, task.state) == (account, "done")
    assert move(desk, only_case(), "confirm").status_code == 302


def move(desk: Any, case: Any, name: str, account: Any = None, **more: Any) -> Any:
    form = {"version": case.version, "move": name, "note": "情况属实"} | more
    return signed_in(account or desk.clerk).post(f"/cases/{case.pk}/move/", form)


@pytest.mark.db
def test_what_is_granted_without_an_account_is_paid_once_the_account_is_agreed_on(desk: Any) -> None:
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.payments.models import AccountChange, DueException, Line
    from nuanxin.kernel.work.models import Task
    from tests.factories.county import COUNTY

    person = old_person(desk)
    accept(desk, person, "none")
    assert move(desk, only_case(), "confirm", payee_later="1").status_code == 302
    assert move(desk, only_case(), "approve", desk.chief).status_code == 302
    grant = Grant.objects.get(person=person)
    task = Task.objects.get(kind="payee", state="open")
    assert (task.owner_kind, task.owner_id) == ("payee", grant.pk)
    desk.day(dt.date(2024, 2, 10))
    cycle.run_month(county=COUNTY, month=FEBRUARY, author=desk.county.author)
    cycle.build_dues(county=COUNTY, month=FEBRUARY, author=desk.county.author)
    assert cycle.prepare_payment_runs(county=COUNTY, month=FEBRUARY, author=desk.county.author) == []
    assert set(DueException.objects.values_list("code", flat=True)) == {"no_account"}

    client = signed_in(desk.clerk)
    place = client.get(f"/grants/{grant.pk}/account/")["Location"]
    client.post(f"/people/{person.pk}/account/", {"bank_code": "103", "number": "6228480402564890018"})
    (account,) = person.accounts.all()
    form = {"grants": [grant.pk], "account": account.pk, "on": "2024-02-10", "reason": "本人提供账户"}
    assert client.post(place, form).status_code == 302
    signed_in(desk.leader).post("/account-changes/", {"change": AccountChange.objects.get().pk, "agree": "yes"})
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=FEBRUARY, author=desk.county.author)
    assert set(Line.objects.filter(run=run).values_list("account_id", flat=True)) == {account.pk}
    assert not DueException.objects.exists()
    task.refresh_from_db()
    assert task.state == "done"
