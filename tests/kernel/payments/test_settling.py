"""Debts settled: set-off under the ceiling, refunds once, write-offs by two, reversals; budgets, vouchers, debits."""

import datetime as dt

import pytest

from tests.kernel.payments.test_corrections import change_of, corrections, elders, month, settled, through


@pytest.fixture
def debtor(county):
    """Let one of two old people owe 50.00 from a February that was paid too much; return county and person."""
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import restate_shares
    from nuanxin.kernel.grants.values import Restatement
    from tests.factories.month import COUNTY

    old = elders(county, people=2)
    through(county, 2)
    grant = Grant.objects.get(person=old[0])
    restate_shares(
        change=change_of(), restatements=[Restatement(grant.pk, old[0].pk, month(2), month(3), (("amount", 0),))]
    )
    cycle.run_month(county=COUNTY, month=month(3), author=county.author)
    cycle.build_dues(county=COUNTY, month=month(3), author=county.author)
    county.old = old
    county.finance = county.account("finance")
    return county


def recovery():
    from nuanxin.kernel.payments.models import Due

    return Due.objects.get(kind="recovery", state="live")


def plan(county, instalment, agreed="张0", checked=True):
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.services import PlanDraft

    draft = PlanDraft((recovery().pk,), instalment, month(3), agreed, "还款协议〔2024〕1号")
    made = services.propose_plan(account=county.maker, draft=draft)
    return services.check_plan(account=county.checker, plan_id=made.pk) if checked else made


def ceiling(county, most, protected=()):
    """Write the instance's own ceiling."""
    from django.conf import settings

    from tests.factories.month import COUNTY

    folder = settings.NUANXIN_HOME / "counties" / COUNTY
    folder.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(protected)
    text = f"values:\n  - {{from: 2020-01-01, most: {most}, protected: [{listed}], document: 测试文件}}\n"
    (folder / "recovery.yaml").write_text(text, encoding="utf-8")


@pytest.mark.db
def test_set_off_stays_under_the_ceiling_to_the_fen_until_the_debt_is_paid(debtor):
    from nuanxin.kernel.payments.models import Due, Line, RecoveryPlan, Settlement

    ceiling(debtor, "33.33%")
    agreed = plan(debtor, 5000)
    withheld = []
    for number in (3, 4, 5, 6, 7):
        if number > 3:
            debtor.month(month(number))
        else:
            debtor.pay(month(3))
        withheld.append(5000 - Line.objects.get(person=debtor.old[0], run__pay_month=month(number)).amount_fen)
        settled()
    assert withheld == [1666, 1666, 1666, 2, 0]
    assert sum(Settlement.objects.values_list("amount_fen", flat=True)) == 5000
    assert RecoveryPlan.objects.get(pk=agreed.pk).state == "done"
    assert settled()["recovery_owed_fen"] == 0
    due = Due.objects.get(person=debtor.old[0], entitlement_month=month(3))
    assert (due.amount_fen, due.offset_fen, due.line.amount_fen) == (5000, 1666, 3334)


@pytest.mark.db
def test_when_all_is_set_off_there_is_no_line_and_the_due_is_settled(debtor):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Due, Line, PaymentRun, Settlement
    from tests.factories.month import COUNTY

    ceiling(debtor, "100%")
    plan(debtor, 5000)
    debtor.pay(month(3))
    assert not Line.objects.filter(person=debtor.old[0], run__pay_month=month(3)).exists()
    due = Due.objects.get(person=debtor.old[0], entitlement_month=month(3))
    assert (due.line_id, due.offset_fen) == (None, 5000)
    assert cycle.prepare_payment_runs(county=COUNTY, month=month(3), author=debtor.author) == []
    run = PaymentRun.objects.get(pay_month=month(3))
    settlement = Settlement.objects.get()
    assert (settlement.run_id, settlement.amount_fen, settlement.recovery_id) == (run.pk, 5000, recovery().pk)
    assert run.total_fen + settlement.amount_fen == 10000
    row = settled()
    assert (row["due_fen"], row["recovery_owed_fen"]) == (25000, 0)


def test_the_instalment_is_the_most_a_month_and_protected_benefits_need_an_agreement(debtor):
    from nuanxin.kernel.payments.models import Settlement
    from nuanxin.kernel.payments.services import end_plan

    ceiling(debtor, "50%", protected=("gaoling_jintie",))
    first = plan(debtor, 300, agreed="")
    debtor.pay(month(3))
    assert not Settlement.objects.exists()
    end_plan(account=debtor.checker, plan_id=first.pk, reason="改签协议")
    plan(debtor, 300, agreed="张0")
    debtor.month(month(4))
    debtor.month(month(5))
    assert list(Settlement.objects.values_list("amount_fen", flat=True)) == [300, 300]
    assert settled()["recovery_owed_fen"] == 4400


def test_a_plan_needs_two_people_and_one_debtor(debtor):
    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Settlement

    made = plan(debtor, 300, checked=False)
    with pytest.raises(Refused, match="权限"):
        services.check_plan(account=debtor.maker, plan_id=made.pk)
    Account.objects.filter(pk=debtor.maker.pk).update(role="section_chief")
    debtor.maker.refresh_from_db()
    with pytest.raises(Refused, match="不能复核自己"):
        services.check_plan(account=debtor.maker, plan_id=made.pk)
    debtor.pay(month(3))
    assert not Settlement.objects.exists(), "a plan that nobody checked withholds nothing"


@pytest.mark.db
def test_a_refund_is_booked_once_and_may_be_reversed(debtor):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Settlement

    owed = recovery()

    def refund(fen, ref="T001"):
        return services.book_refund(
            account=debtor.finance, recovery_ids=[owed.pk], amount_fen=fen, on=dt.date(2024, 3, 20), bank_ref=ref
        )

    first = refund(2000)
    assert refund(2000) == first
    with pytest.raises(Refused, match="已经登记"):
        refund(1000)
    with pytest.raises(Refused, match="多于尚欠"):
        refund(3001, "T002")
    assert settled()["recovery_owed_fen"] == 3000
    services.reverse_settlement(account=debtor.checker, settlement_id=first[0].pk, reason="银行串户")
    assert settled()["recovery_owed_fen"] == 5000
    assert list(Settlement.objects.order_by("id").values_list("amount_fen", flat=True)) == [2000, -2000]
    with pytest.raises(Refused, match="冲销"):
        services.reverse_settlement(account=debtor.checker, settlement_id=Settlement.objects.last().pk, reason="再冲")


@pytest.mark.db
def test_a_wrong_debt_that_was_set_off_comes_back_as_arrears_once_the_facts_are_right(debtor):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import restate_shares
    from nuanxin.kernel.grants.values import Restatement
    from nuanxin.kernel.payments.models import Due

    ceiling(debtor, "33.33%")
    plan(debtor, 5000)
    debtor.pay(month(3))
    old = debtor.old[0]
    right = Restatement(Grant.objects.get(person=old).pk, old.pk, month(2), month(3), (("amount", 5000),))
    restate_shares(change=change_of(), restatements=[right])
    debtor.month(month(4))
    arrears = Due.objects.get(kind="arrears", state="live")
    assert (arrears.amount_fen, arrears.entitlement_month) == (5000, month(2))
    settled()
    for number in (5, 6):
        debtor.month(month(number))
    assert settled()["recovery_owed_fen"] == 0
    assert paid_to(old) == 6 * 5000  # every month once, February at last


def paid_to(person):
    from nuanxin.kernel.payments.models import Line

    return sum(Line.objects.filter(person=person, state="paid").values_list("amount_fen", flat=True))


@pytest.mark.db
def test_a_set_off_that_should_not_have_been_is_paid_back_by_two_people(debtor):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due, PaymentRun, Settlement
    from nuanxin.kernel.payments.statements import statement_of
    from nuanxin.kernel.work.models import Letter
    from nuanxin.kernel.work.selectors import letter_words

    ceiling(debtor, "33.33%")
    wrong = plan(debtor, 5000)
    debtor.pay(month(3))
    row, old = Settlement.objects.get(), debtor.old[0]
    given = {"account": debtor.maker, "settlement_id": row.pk, "reason": "行政复议决定〔2024〕1号：未经本人同意"}
    with pytest.raises(Refused, match="先终止"):
        services.propose_set_off_return(**given)
    services.end_plan(account=debtor.checker, plan_id=wrong.pk, reason="复议撤销")
    with pytest.raises(Refused, match="退还抵扣，由另一人复核"):
        services.reverse_settlement(account=debtor.checker, settlement_id=row.pk, reason="复议撤销")
    refused = services.propose_set_off_return(**given)
    services.check_set_off_return(account=debtor.checker, settlement_id=refused.pk, agree=False)
    asked = services.propose_set_off_return(**given)
    with pytest.raises(Refused, match="已经提出"):
        services.propose_set_off_return(**given)
    with pytest.raises(Refused, match="权限"):
        services.check_set_off_return(account=debtor.maker, settlement_id=asked.pk)
    assert not Due.objects.filter(kind="returned").exists()
    services.check_set_off_return(account=debtor.checker, settlement_id=asked.pk)
    services.check_set_off_return(account=debtor.checker, settlement_id=asked.pk)
    assert settled()["recovery_owed_fen"] == 5000
    letter = Letter.objects.get(kind="returned")
    told = "\n".join(letter_words(letter).paragraphs)
    assert (letter.owner_kind, letter.person_id, letter.key) == ("person", old.pk, f"returned:{asked.pk}")
    for said in ("16.66", "2024年3月", "行政复议决定〔2024〕1号：未经本人同意", "50.00", "申请行政复议"):
        assert said in told
    run = PaymentRun.objects.get(pay_month=month(3))
    assert run.total_fen + row.amount_fen == 10000, "the run stays as it was"
    debtor.month(month(4))
    back = Due.objects.get(kind="returned")
    assert (back.amount_fen, back.line.run.pay_month, back.line.amount_fen) == (1666, month(4), 6666)
    found = settled()
    assert (found["recovery_owed_fen"], found["due_fen"]) == (5000, 35000)
    assert paid_to(old) == 4 * 5000  # February was paid though not due: that is the debt, owed again
    said = statement_of(household_id=None, person_ids=[old.pk], year=2024)
    assert (said.due_fen, said.paid_fen, said.debt_fen, said.owed_fen) == (15000, 20000, 5000, 0)
    assert [entry.words for entry in said.entries if entry.kind == "returned"] == ["退还抵扣"]
    plan(debtor, 1000)
    debtor.month(month(5))
    assert settled()["recovery_owed_fen"] == 4000


@pytest.mark.db
def test_money_set_off_whole_and_returned_is_no_entitlement_for_later_corrections(debtor):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import restate_shares
    from nuanxin.kernel.grants.values import Restatement
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due, Settlement

    ceiling(debtor, "100%")
    plan(debtor, 5000)
    debtor.pay(month(3))
    row, old = Settlement.objects.get(), debtor.old[0]
    asked = services.propose_set_off_return(account=debtor.maker, settlement_id=row.pk, reason="法院判决")
    services.check_set_off_return(account=debtor.checker, settlement_id=asked.pk)
    more = Restatement(Grant.objects.get(person=old).pk, old.pk, month(3), month(4), (("amount", 6000),))
    restate_shares(change=change_of(), restatements=[more])
    debtor.month(month(4))
    assert [due.amount_fen for due in Due.objects.filter(kind="arrears", state="live")] == [1000]
    assert settled()["recovery_owed_fen"] == 5000
    assert paid_to(old) == 4 * 5000 + 1000


@pytest.mark.db
def test_a_write_off_needs_a_second_person(debtor):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services

    row = services.propose_write_off(account=debtor.maker, recovery_id=recovery().pk, reason="民政〔2024〕3号")
    assert settled()["recovery_owed_fen"] == 5000
    with pytest.raises(Refused, match="待复核"):
        services.propose_write_off(account=debtor.maker, recovery_id=recovery().pk, reason="民政〔2024〕3号")
    services.check_write_off(account=debtor.checker, settlement_id=row.pk)
    assert settled()["recovery_owed_fen"] == 0


def budget(county, ceiling_fen, township="", shares=(5000, 2500, 0, 2500)):
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.services import BudgetDraft

    draft = BudgetDraft(2024, "gaoling_jintie", township, ceiling_fen, *shares, "财社〔2024〕1号")
    made = services.enter_budget(account=county.account("finance"), draft=draft)
    return services.check_budget(account=county.checker, budget_id=made.pk)


@pytest.mark.db
def test_vouchers_are_numbered_without_gaps_and_parted_by_source_to_the_fen(county):
    from nuanxin.kernel.payments.models import Voucher

    budget(county, 10_000_000, shares=(3333, 3333, 3333, 1))
    elders(county, people=3, fen=3334)
    through(county, 3)
    rows = Voucher.objects.order_by("number").values_list(
        "number", "total_fen", "central_fen", "province_fen", "city_fen", "county_fen", "open_fen"
    )
    assert list(rows) == [(number, 10002, 3334, 3334, 3333, 1, 0) for number in (1, 2, 3)]


@pytest.mark.db
def test_a_run_beyond_the_budget_needs_a_stated_reason(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.budgets import overruns
    from nuanxin.kernel.payments.models import Voucher
    from tests.factories.month import COUNTY

    budget(county, 14_999)
    elders(county, people=2)
    through(county, 1)
    cycle.run_month(county=COUNTY, month=month(2), author=county.author)
    cycle.build_dues(county=COUNTY, month=month(2), author=county.author)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=month(2), author=county.author)
    (over,) = overruns(run)
    assert (over.left_fen, over.run_fen, over.over_fen) == (4999, 10000, 5001)
    with pytest.raises(Refused, match="超出2024年预算"):
        cycle.release_run(run_id=run.pk, account=county.checker)
    run.refresh_from_db()
    assert run.state == "prepared"
    cycle.release_run(run_id=run.pk, account=county.checker, reason="追加预算正在办理")
    voucher = Voucher.objects.get(run=run)
    assert (voucher.number, voucher.over_fen, voucher.over_reason) == (2, 5001, "追加预算正在办理")


@pytest.mark.db
def test_what_a_run_costs_is_reckoned_again_when_a_budget_or_a_release_came_in_between(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.budgets import township_totals
    from nuanxin.kernel.payments.services.vouchers import costs_of, hold_still
    from tests.factories.month import COUNTY

    elders(county, people=2)
    cycle.build_dues(county=COUNTY, month=month(1), author=county.author)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=month(1), author=county.author)
    costs = costs_of(run, township_totals(run))
    assert (costs.amounts["open_fen"], costs.over) == (10_000, [])
    assert hold_still(run, costs)
    budget(county, 9_000)
    assert not hold_still(run, costs)
    costs = costs_of(run, township_totals(run))
    assert (costs.amounts["central_fen"], [one.over_fen for one in costs.over]) == (5_000, [1_000])
    cycle.release_run(run_id=run.pk, account=county.checker, reason="追加预算正在办理")
    assert not hold_still(run, costs)


@pytest.mark.db
def test_a_bounced_line_gives_its_money_back_to_the_budget(county):
    from nuanxin.kernel.payments.budgets import Ledger
    from tests.factories.month import COUNTY

    old = elders(county, people=3)
    through(county, 1, bounce={old[0].pk})
    ledger = Ledger(COUNTY, 2024, "gaoling_jintie")
    (run,) = ledger.released()
    (township,) = set(run.lines.values_list("township", flat=True))
    assert ledger.spent() == ledger.spent(township) == 10_000
    assert ledger.spent(without=run.pk) == ledger.spent(township, without=run.pk) == 0


def test_a_budget_is_whole_and_of_two_people(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Budget
    from nuanxin.kernel.payments.services import BudgetDraft

    finance = county.account("finance")
    wrong = BudgetDraft(2024, "gaoling_jintie", "", 1000, 5000, 2500, 0, 2499, "文")
    with pytest.raises(Refused, match="100%"):
        services.enter_budget(account=finance, draft=wrong)
    draft = BudgetDraft(2024, "gaoling_jintie", "", 1000, 5000, 2500, 0, 2500, "文")
    made = services.enter_budget(account=finance, draft=draft)
    with pytest.raises(Refused, match="不能批准自己"):
        services.check_budget(account=finance, budget_id=made.pk)
    services.check_budget(account=county.checker, budget_id=made.pk)
    budget(county, 2000)
    assert list(Budget.objects.order_by("id").values_list("state", "ceiling_fen")) == [
        ("replaced", 1000), ("in_force", 2000),
    ]  # fmt: skip


def test_a_debit_is_booked_once(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Voucher

    elders(county)
    through(county, 2)
    first, second = Voucher.objects.order_by("number")
    values = {"account": county.account("finance"), "on": dt.date(2024, 1, 20), "bank_ref": "B1"}
    services.book_debit(voucher_id=first.pk, amount_fen=5000, **values)
    services.book_debit(voucher_id=first.pk, amount_fen=5000, **values)
    with pytest.raises(Refused, match="已经登记"):
        services.book_debit(voucher_id=first.pk, amount_fen=5001, **values)
    with pytest.raises(Refused, match="另一张凭证"):
        services.book_debit(voucher_id=second.pk, amount_fen=5000, **values)


@pytest.mark.db
def test_redirecting_needs_two_people(county):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.registry import services as registry
    from tests.factories.month import COUNTY

    old = elders(county)
    change = change_of()
    event = registry.report_event(
        change=change, kind="death", person_id=old[0].pk, on=dt.date(2024, 1, 10), source="殡仪馆"
    )
    registry.confirm_event(change=change, event_id=event.pk)
    cycle.build_dues(county=COUNTY, month=month(1), author=county.author)
    cycle.prepare_payment_runs(county=COUNTY, month=month(1), author=county.author)
    due = Due.objects.get()
    heir = county.payee(county.person("张子", birth=dt.date(1970, 1, 1)))
    asked = services.propose_redirection(account=county.maker, due_ids=[due.pk], account_id=heir, reason="公证书1号")
    with pytest.raises(Refused, match="待复核"):
        services.propose_redirection(account=county.maker, due_ids=[due.pk], account_id=heir, reason="公证书1号")
    due.refresh_from_db()
    assert due.account_id != heir
    services.check_redirection(account=county.checker, redirection_id=asked.pk)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=month(1), author=county.author)
    assert (run.line_count, run.total_fen) == (1, 5000)
    assert corrections() == []
