"""Debts, statements, budgets, reconciliation and redirections as people work on them."""

from typing import Any

import pytest
from django.urls import reverse

from nuanxin.kernel.payments import statements
from nuanxin.kernel.payments.models import Budget, Due, Line, RecoveryPlan, Redirection, Settlement, Voucher
from tests.factories.walk import month
from tests.interfaces.staff.world import World, make_world


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    return make_world(accounts["county_examiner"])


def page(client: Any, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, (name, answer.status_code)
    return str(answer.content.decode())


def test_a_plan_is_proposed_and_agreed_to_by_two(world: World, sign_in: Any) -> None:
    debt = world.mine.debt
    address = reverse("debt", args=[debt.pk])
    form = {"act": "plan", "instalment": "12.34", "from": "2024-04", "agreed_with": "张三", "basis": "协议1号"}
    assert sign_in("county_examiner").post(address, form).status_code == 302
    plan = RecoveryPlan.objects.get()
    assert (plan.state, plan.instalment_fen, plan.total_fen) == ("proposed", 1234, 5000)
    assert "同意计划" not in page(sign_in("county_examiner"), "debt", debt.pk)
    assert "同意计划" in page(sign_in("section_chief"), "debt", debt.pk)
    sign_in("section_chief").post(address, {"act": "check", "agree": "yes"})
    plan.refresh_from_db()
    assert plan.state == "in_force"


def test_a_refund_is_booked_by_finance_and_reversed_by_the_chief(world: World, sign_in: Any) -> None:
    debt = world.mine.debt
    address = reverse("debt", args=[debt.pk])
    form = {"act": "refund", "amount": "20.00", "on": "2024-04-02", "bank_ref": "R1"}
    refused = sign_in("county_examiner").post(address, form)
    assert "权限" in refused.content.decode()
    sign_in("finance").post(address, form)
    row = Settlement.objects.get()
    assert (row.amount_fen, row.bank_ref) == (2000, "R1")
    assert "30.00" in page(sign_in("auditor"), "debt", debt.pk)
    sign_in("section_chief").post(address, {"act": "reverse", "settlement": row.pk, "reason": "串户"})
    assert sum(Settlement.objects.values_list("amount_fen", flat=True)) == 0


def test_a_settlement_of_another_debt_cannot_be_acted_on(world: World, sign_in: Any) -> None:
    form = {"act": "refund", "amount": "20.00", "on": "2024-04-02", "bank_ref": "R1"}
    sign_in("finance").post(reverse("debt", args=[world.other.debt.pk]), form)
    row = Settlement.objects.get()
    answer = sign_in("section_chief").post(
        reverse("debt", args=[world.mine.debt.pk]), {"act": "reverse", "settlement": row.pk, "reason": "x"}
    )
    assert answer.status_code == 404
    assert Settlement.objects.count() == 1


def test_a_set_off_is_paid_back_by_two_people(world: World, sign_in: Any) -> None:
    debt = world.mine.debt
    address, examiner, chief = reverse("debt", args=[debt.pk]), sign_in("county_examiner"), sign_in("section_chief")
    due = Due.objects.filter(county=debt.county, kind="regular", line__isnull=False).order_by("id").first()
    row = Settlement.objects.create(
        county=debt.county, kind="set_off", state="in_force", recovery=debt, due=due, run=due.line.run, amount_fen=1000,
        on=month(1), change=debt.change,
    )  # fmt: skip
    assert "退还抵扣" in page(examiner, "debt", debt.pk)
    form = {"act": "return-set-off", "settlement": row.pk, "reason": "复议决定〔2024〕1号"}
    examiner.post(address, form)
    asked = Settlement.objects.get(reverses=row)
    assert (asked.state, asked.amount_fen) == ("proposed", -1000)
    assert "check-return" in page(chief, "debt", debt.pk)
    assert "return-set-off" not in page(examiner, "debt", debt.pk)
    assert statements.debts_in(debt.county).get(pk=debt.pk).settled_fen == 1000, "what waits does not count"
    chief.post(address, {"act": "check-return", "settlement": asked.pk, "agree": "yes"})
    assert Due.objects.get(kind="returned").amount_fen == 1000
    assert "复议决定〔2024〕1号" in page(examiner, "debt", debt.pk)


def test_the_statement_says_what_was_due_paid_and_owed(world: World, sign_in: Any) -> None:
    home = world.mine.household.pk
    text = page(sign_in("township_clerk"), "statement", home)
    words = sign_in("township_clerk").get(reverse("statement", args=[home]), {"year": 2024}).content.decode()
    assert "对账单" in text
    for said in ("已到账", "应退还", "死亡", "您还要退还", "50.00", "打印"):
        assert said in words, said
    assert "应退还" not in sign_in("leader").get(reverse("statement", args=[home]), {"year": 2019}).content.decode()


def test_a_budget_is_entered_by_finance_and_approved_by_another(world: World, sign_in: Any) -> None:
    form = {
        "act": "enter", "year": "2024", "benefit": "dibao", "township": "", "ceiling": "10000.00", "central": "70",
        "province": "20", "city": "0", "county_share": "10", "document": "财社〔2024〕1号",
    }  # fmt: skip
    sign_in("finance").post(reverse("budgets"), form)
    budget = Budget.objects.get()
    assert (budget.state, budget.central, budget.ceiling_fen) == ("proposed", 7000, 1_000_000)
    answer = sign_in("finance").post(reverse("budgets"), {"act": "check", "budget": budget.pk})
    assert "不能批准自己" in answer.content.decode()
    sign_in("section_chief").post(reverse("budgets"), {"act": "check", "budget": budget.pk})
    budget.refresh_from_db()
    assert budget.state == "in_force"
    shown = sign_in("finance").get(reverse("budgets"), {"year": 2024}).content.decode()
    assert "财社〔2024〕1号" in shown


def test_the_reconciliation_names_the_row_that_breaks_it(world: World, sign_in: Any) -> None:
    run = world.mine.line.run
    total = sum(Line.objects.filter(run=run).values_list("amount_fen", flat=True))
    type(run).objects.filter(pk=run.pk).update(total_fen=total)
    Voucher.objects.create(
        run=run, county=run.county, year=2024, number=1, total_fen=total, central_fen=total, province_fen=0,
        city_fen=0, county_fen=0, open_fen=0, on=month(1),
    )  # fmt: skip
    address = reverse("reconciliation", args=[run.pk])
    assert "不平" not in page(sign_in("finance"), "reconciliation", run.pk)
    sign_in("finance").post(address, {"amount": "99.99", "on": "2024-01-20", "bank_ref": "B1"})
    assert "银行扣款与名单合计不符" in page(sign_in("finance"), "reconciliation", run.pk)
    Line.objects.filter(pk=world.mine.line.pk).update(amount_fen=1)
    assert "明细金额与其应发不符" in page(sign_in("finance"), "reconciliation", run.pk)
    assert "不平" in sign_in("auditor").get(reverse("reconciliations"), {"month": "2024-01"}).content.decode()
    assert sign_in("township_clerk").get(address).status_code == 403


def test_money_is_redirected_by_two(world: World, sign_in: Any) -> None:
    import pyarrow as pa

    from nuanxin.kernel.registry.services import load_accounts
    from tests.factories.month import COUNTY

    person, heir = world.mine.person, world.walk.person(0)
    due = Due.objects.create(
        county=COUNTY, township=world.mine.grant.township, benefit="dibao", component="main", kind="arrears",
        person=person, household=world.mine.household, grant=world.mine.grant, entitlement_month=month(3),
        booked_month=month(3), amount_fen=700, state="live", change=world.walk.change,
    )  # fmt: skip
    table = pa.table(
        {
            "county": [COUNTY],
            "holder_id": pa.array([heir.pk], pa.int64()),
            "bank_code": ["102"],
            "number": ["6217000000000123"],
        }
    )
    account = load_accounts(change=world.walk.change, table=table)[0].as_py()
    shown = sign_in("county_examiner").get(reverse("redirections"), {"person": person.pk, "receiver": heir.pk})
    assert "提出改付" in shown.content.decode()
    form = {
        "act": "propose", "person": person.pk, "receiver": heir.pk, "dues": [due.pk], "account": account,
        "reason": "公证书",
    }  # fmt: skip
    sign_in("county_examiner").post(reverse("redirections"), form)
    asked = Redirection.objects.get()
    sign_in("section_chief").post(reverse("redirections"), {"act": "check", "redirection": asked.pk, "agree": "yes"})
    due.refresh_from_db()
    assert due.account_id == account
