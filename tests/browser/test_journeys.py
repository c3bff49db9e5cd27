"""Whole journeys in a real browser, one for each workflow: apply → decide → pay → change → recover → statement."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = dt.date(2024, 3, 4)
MARCH, APRIL, MAY, JUNE = (dt.date(2024, number, 1) for number in (3, 4, 5, 6))


@pytest.fixture
def office(live_server: Any, chromium: Any, settings: Any, tmp_path: Any) -> Iterator[Any]:
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["*"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from tests.browser.office import Office

    wrong: list[str] = []
    opened = Office(chromium, live_server.url, wrong, DAY)
    yield opened
    opened.close()
    assert wrong == []


def test_dibao_from_the_counter_to_a_cut_a_recovery_and_the_statement(office: Any, shot: Any) -> None:
    person = office.register("王大山", dt.date(1952, 3, 1))
    office.declare(person, "dibao", {"h-property_ok": "true", "transfer_year": "2400"})
    case = office.apply(person, "dibao")
    shot(office.page("township_clerk"), "counter-case")
    walked = office.walk(case)
    assert walked == [
        "township_clerk:start_check", "township_clerk:publish", "county_examiner:agree", "section_chief:approve",
    ]  # fmt: skip
    office.pay(MARCH)
    office.pay(APRIL)
    said = office.statement(person)
    assert "2024-04" in said
    grant = _open_cut(office, person)
    changed = office.walk(grant)
    assert changed[-1] == "section_chief:approve"
    office.pay(MAY)
    _look_back(office, person, shot)
    office.report_death(person, "2024-05-10")
    office.pay(JUNE)
    said = office.statement(person, household=_home_of(person))
    assert "应退还（追溯核算）" in said
    assert "应退还（死亡）" not in said, "it is paid to the end of the month of death"
    shot(office.page("township_clerk"), "counter-statement")


def _look_back(office: Any, person: Any, shot: Any) -> None:
    """Let it turn out that the pension rose a month earlier: found, reckoned month by month, agreed by another."""
    from nuanxin.kernel.casework.models import ReassessedMonth
    from nuanxin.kernel.casework.recomputing import recompute_reassessment

    office.declare(person, "dibao", {"transfer_year": "6000"}, since="2024-03-10")
    finder = office.page("county_examiner")
    finder.goto("/reassessments/")
    finder.click("text=查找晚报的事实")
    clerk = office.page("township_clerk")
    clerk.goto("/reassessments/")
    clerk.click("tbody tr")
    clerk.click("text=逐月核算")
    assert "2024-04" in clerk.inner_text("table")
    clerk.fill("#reason", "养老金三月已上调，本人四月才报告")
    clerk.fill("#heard", "2024-05-30")
    clerk.fill("#statement", "本人承认，愿退还")
    shot(clerk, "counter-look-back")
    clerk.click("text=提请复核")
    clerk.wait_for_selector("text=待复核")
    chief = office.page("section_chief")
    chief.goto(clerk.url.removeprefix(office.base))
    chief.click("text=复核同意")
    chief.wait_for_selector("text=已更正")
    number = int(chief.url.rstrip("/").rpartition("/")[2])
    assert [found for _, found in recompute_reassessment(number)] == [(), ()]
    ReassessedMonth.objects.filter(month=APRIL).update(receipt_sm3="0" * 64)
    assert [len(found) for _, found in recompute_reassessment(number)] == [1, 0], "what was altered is told"


def _home_of(person: Any) -> int:
    from nuanxin.kernel.registry.models import Membership

    return Membership.objects.filter(person=person).latest("id").household_id


def _open_cut(office: Any, person: Any) -> int:
    """Let the pension rise, open a change case from the household's page and propose the cut."""
    office.declare(person, "dibao", {"transfer_year": "6000"}, since="2024-04-20")
    case = office.open_from_home(person, "change")
    office.press(case, "township_clerk", "propose_cut")
    return case


ALLOWANCES = {
    "gaoling_jintie": (dt.date(1940, 3, 1), {}),
    "canji_huli": (dt.date(1970, 3, 1), {"disability_level": "1", "disability_class": "4"}),
    "tekun": (dt.date(1950, 3, 1), {"h-property_ok": "true", "no_obligor": "true", "self_care_failed": "0"}),
    "guer": (dt.date(2012, 3, 1), {"orphan": "true"}),
}


@pytest.mark.parametrize("benefit", ALLOWANCES)
def test_an_allowance_is_asked_for_paid_stopped_by_death_and_recovered(office: Any, benefit: str) -> None:
    birth, facts = ALLOWANCES[benefit]
    person = office.register("陈阿婆", birth)
    home = office.home(person)
    if facts:
        office.declare(person, benefit, facts)
    if benefit == "guer":
        office.appoint(person, office.register("陈阿公", dt.date(1955, 3, 1), seq=13))
    case = office.apply(person, benefit, payee="监护人" if benefit == "guer" else "")
    office.walk(case)
    assert office.case(case).state == "granted"
    for month in (MARCH, APRIL, MAY):
        office.pay(month)
    office.report_death(person, "2024-04-10")
    office.pay(JUNE)
    said = office.statement(person, household=home)
    assert "2024-05" in said
    assert "应退还（死亡）" in said


def test_help_comes_first_and_the_file_after(office: Any) -> None:
    person = office.register("赵急难", dt.date(1975, 3, 1))
    home = office.home(person)
    _open_fund(office)
    office.declare(person, "linshi_jiuzhu", {"h-emergency_months": "1", "h-emergency_cause": "sudden"})
    case = office.apply(person, "linshi_jiuzhu", urgent=True)
    office.press(case, "township_clerk", "pay_first", amount="600", method="cash", receipt_no="收0001")
    assert office.case(case).state == "paid_first"
    _agree_to_requests(office)
    office.walk(case)
    assert office.case(case).state == "paid"
    assert "600.00" in office.statement(person, household=home)
    office.pay(MARCH)
    assert "600.00" in office.statement(person, household=home)


def _open_fund(office: Any) -> None:
    """Let finance and the chief agree to the township's reserve fund, and the money be handed over."""
    from nuanxin.kernel.payments import services
    from tests.browser.office import TOWNSHIP

    staff = office.accounts
    terms = services.propose_reserve_terms(
        account=staff["finance"], township=TOWNSHIP, float_fen=2_000_000, limit_fen=200_000, document="县发〔2024〕1号"
    )
    services.approve_reserve_terms(account=staff["section_chief"], terms_id=terms.pk)
    asked = services.request_reserve_advance(account=staff["township_clerk"], fund_id=terms.fund_id)
    services.approve_reserve_request(account=staff["section_chief"], request_id=asked.pk)


def _agree_to_requests(office: Any) -> None:
    """Let the township's leader agree to what was asked of the fund."""
    from nuanxin.kernel.payments import services
    from nuanxin.kernel.payments.models import ReserveRequest

    for asked in ReserveRequest.objects.filter(state="open"):
        services.approve_reserve_request(account=office.accounts["township_leader"], request_id=asked.pk)


def test_a_funeral_is_relieved_once_from_the_cremation_record(office: Any) -> None:
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.identifiers import make_citizen_id

    son = office.register("孙家子", dt.date(1970, 3, 1))
    person = office.register("孙老人", dt.date(1940, 3, 1), seq=13, household=office.home(son))
    home, page = office.home(person), office.page("township_clerk")
    clock.move_to(dt.date(2024, 3, 7))
    page.goto("/registers/cremation/new/")
    for name, value in {
        "deceased": make_citizen_id("340223", dt.date(1940, 3, 1), 13), "died_on": "2024-03-05",
        "cremated_on": "2024-03-06", "cremation_fen": "250", "applicant": make_citizen_id("340223", dt.date(1970, 3, 1), 11),
    }.items():  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.click("main button.btn-primary")
    page.wait_for_load_state()
    case = office.apply(person, "huimin_binzang")
    office.walk(case)
    assert office.case(case).state == "granted"
    office.pay(MARCH)
    assert "250.00" in office.statement(person, household=home)


def test_a_resettler_is_posted_paid_at_the_half_year_and_recovered_after_death(office: Any, shot: Any) -> None:
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.identifiers import make_citizen_id

    clock.move_to(dt.date(2024, 5, 6))
    birth = dt.date(1955, 3, 1)
    person = office.register("周移民", birth)
    home, page = office.home(person), office.page("township_clerk")
    page.goto("/registers/resettler/new/")
    for name, value in {
        "person": make_citizen_id("340223", birth, 11), "reservoir": "青山水库", "completed_on": "2010-03-15",
    }.items():  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.click("main button.btn-primary")
    page.wait_for_load_state()
    page.goto("/resettlement/")
    shot(page, "resettlement-both")
    page.click("button:has-text('公示名册')")
    page.wait_for_url("**/resettlement/*/")
    roster = page.url
    shot(page, "roster-both")
    clock.move_to(dt.date(2024, 5, 14))
    chief = office.page("section_chief")
    chief.goto(roster)
    chief.click("button[value=approve]")
    chief.wait_for_load_state()
    assert "已核定" in chief.inner_text("main")
    office.pay(MAY, decide=True)
    assert "待发放" in office.statement(person), "due by the month, paid out in June"
    office.pay(JUNE)
    assert "已到账" in office.statement(person)
    office.report_death(person, "2024-05-10")
    office.pay(dt.date(2024, 7, 1))
    said = office.statement(person, household=home)
    assert "应退还（死亡）" in said
    assert said.count("-50.00") == 1
    shot(page, "resettler-statement-both")


def test_nobody_is_stopped_unheard_under_the_act(office: Any, shot: Any) -> None:
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.work.selectors import letters_of

    clock.move_to(dt.date(2026, 8, 3))
    person = office.register("王大山", dt.date(1952, 3, 1))
    facts = {"h-property_ok": "true", "transfer_year": "30000"}
    office.declare(person, "dibao", facts, since="2026-08-01")
    office.grant_dibao(person, dt.date(2026, 8, 1), 70000)
    case, page = office.open_from_home(person, "stop"), office.page("township_clerk")
    page.click("#next summary")
    assert "应当先听取当事人意见(社会救助法 第四十八条)" in page.inner_text("#why-propose_stop")
    page.locator("#next form:has(input[value=propose_stop]) button").click()
    page.wait_for_load_state()
    assert "应当先听取当事人意见" in page.inner_text("body")
    assert office.case(case).state == "opened"
    office.press(case, "township_clerk", "invite", on="2026-08-05", place="镇便民服务中心")
    clock.move_to(dt.date(2026, 8, 5))
    second = str(office.accounts["township_leader"].pk)
    office.press(case, "township_clerk", "hear", second_id=second, outcome="objects", statement="退休金要给孙子上学")
    shot(page, "hearing-heard-both")
    office.press(case, "township_clerk", "propose_stop")
    assert office.walk(case) == ["county_examiner:agree", "section_chief:approve"]
    assert office.case(case).state == "stopped"
    assert {one.kind for one in letters_of(("case", case))} == {"hearing", "stopped"}
    page.goto(f"/cases/{case}/")
    shot(page, "hearing-stopped-both")
    for month in (dt.date(2026, 8, 1), dt.date(2026, 9, 1)):
        office.pay(month)
    said = office.statement(person)
    assert "2026-08\n" in said
    assert "2026-09\n" not in said
    assert said.count("已到账") == 1
