"""A bureau's first two months over HTTP alone: from an empty folder to a submitted report, with its own files and pages."""

import datetime as dt
import os
import re
from pathlib import Path

import pytest

from tests.journeys import nanling, takeover
from tests.journeys.bureau import Bureau
from tests.journeys.counter import Counter
from tests.journeys.web import Page

STAFF = {
    "county_examiner": ("李科员", nanling.AREA),
    "section_chief": ("周股长", nanling.AREA),
    "finance": ("钱会计", nanling.AREA),
    "township_clerk": ("陈经办", nanling.TOWN),
    "township_leader": ("吴镇长", nanling.TOWN),
}
APPLICANTS = {
    "dibao": "王大山", "dibao_bianyuan": "赵广田", "tekun": "孙有福", "linshi_jiuzhu": "周平安",
    "canji_shenghuo": "张小军", "canji_huli": "蒋明", "guer": "吴小宝", "shishi_wuren": "郑小芳",
    "gaoling_jintie": "钱老寿", "jujia_yanglao": "张福林", "huimin_binzang": "冯老根", "yimin_zhibu": "曹移民",
}  # fmt: skip
JANUARY, FEBRUARY = "2024-01", "2024-02"
NEW_CARD = "6217000099990002"


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the bureau's own instance is on SQLite")
def test_a_bureau_goes_from_an_empty_instance_to_a_submitted_report(tmp_path: Path) -> None:
    with Bureau(tmp_path, nanling.COUNTY, "2024-01-05").open() as bureau:
        bureau.begin()
        for role, (name, place) in STAFF.items():
            bureau.engage(role, name, place)
        takeover.load(bureau)
        takeover.load_again(bureau)
        counter = Counter(bureau)
        register_what_happened(counter)
        take_applications(counter)
        pay_january(counter)
        repair_a_bounce(counter)
        let_a_payee_die(counter)
        pay_february(counter)
        submit_the_report(counter)


def register_what_happened(counter: Counter) -> None:
    """Register a cremation, which confirms the death, and a resettler by the register's own workbook."""
    clerk = counter.desk("township_clerk")
    page = clerk.submit(
        clerk.get("/registers/cremation/new/"), "deceased", deceased=nanling.NUMBERS["冯老根"], died_on="2024-01-03",
        cremated_on="2024-01-04", parlour="南陵县殡仪馆", applicant=nanling.NUMBERS["冯建国"], transport_fen="300",
        cremation_fen="600", urn_fen="260",
    )  # fmt: skip
    assert "南陵县殡仪馆" in page.text, page.said()
    assert "已故" in clerk.get(f"/people/{counter.person('冯老根')}/").text
    page = clerk.submit(
        clerk.get("/registers/resettler/new/"), "reservoir", person=nanling.NUMBERS["曹移民"], reservoir="青山水库",
        completed_on="2010-03-15",
    )  # fmt: skip
    assert "青山水库" in page.text, page.said()


def take_applications(counter: Counter) -> None:
    """Take one application of every benefit the county offers through its counter and let it be decided."""
    clerk = counter.desk("township_clerk")
    offered = clerk.get(f"/cases/new/?person={counter.person('王大山')}").form("benefit").fields["benefit"].offered
    assert set(offered) == set(APPLICANTS), "an applicant for each benefit"
    register_need(counter)
    roster = clerk.submit(clerk.get("/resettlement/"), "/resettlement/post/")
    cases = {
        benefit: counter.apply(name, benefit, **({"payee": "none"} if benefit == "tekun" else {}))
        for benefit, name in APPLICANTS.items()
        if benefit != "yimin_zhibu"
    }
    open_account(counter, cases["tekun"])
    verify_what_was_declared(counter, cases["dibao"])
    counter.walk(*cases.values())
    approve_roster(counter, roster)


def verify_what_was_declared(counter: Counter, case: int) -> None:
    """Record an income that the family declares: the case names the question and stays, until it is verified."""
    clerk, home = counter.desk("township_clerk"), counter.household("王大山")
    page = clerk.get(f"/households/{home}/facts/?benefit=dibao")
    typed = {f"p{counter.person('陈秀兰')}-transfer_year": "2400"}
    clerk.submit(page, "source", more=typed, since="2024-01-05", standing="declared", source="申请表")
    page = clerk.get(f"/cases/{case}/")
    assert "年转移净收入" in page.text, page.said()
    assert "1 项尚未核实" in page.text, page.said()
    ids = list(page.form("/facts/verify/").fields["ids"].offered)
    page = clerk.submit(page, "/facts/verify/", ids=ids, source="核对报告")
    assert "已核实 1 项" in page.text, page.said()


def register_need(counter: Counter) -> None:
    """Record on the page of incomes and circumstances what befell a family, as verified by a visit."""
    clerk, home = counter.desk("township_clerk"), counter.household("周平安")
    page = clerk.get(f"/households/{home}/facts/?benefit=linshi_jiuzhu")
    typed = {"h-emergency_months": "2", "h-emergency_cause": "sudden"}
    done = clerk.submit(page, "source", more=typed, since="2024-01-05", standing="verified", source="入户调查")
    assert done.path == f"/households/{home}/", done.said()


def open_account(counter: Counter, case: int) -> None:
    """Register the account that an applicant opened after applying, and name it in the case."""
    clerk, person = counter.desk("township_clerk"), counter.person("孙有福")
    clerk.submit(clerk.get(f"/people/{person}/"), "bank_code", bank_code="102", number="6217000099990001")
    page = clerk.submit(clerk.get(f"/cases/{case}/"), "/payee/")
    assert "收款账户已登记" in page.text, page.said()


def approve_roster(counter: Counter, roster: Page) -> None:
    """Let the roster of resettlers be approved when its days of notice are over: it stands for their applications."""
    last = max(re.findall(r"\d{4}-\d{2}-\d{2}", roster.text))
    if last >= counter.bureau.day:
        counter.bureau.move_to(str(dt.date.fromisoformat(last) + dt.timedelta(days=1)))
    chief = counter.desk("section_chief")
    page = chief.submit(chief.get(roster.path), "/decide/", button="approve")
    assert "已核定" in page.text, page.said()


def pay_january(counter: Counter) -> None:
    """Run January: proposals agreed to by two, dues, a run released by another, the bank's answer with one line back."""
    counter.bureau.move_to("2024-01-31")
    counter.run_month(JANUARY)
    sent = {name for name, _, _ in counter.pay(JANUARY, refused={"蒋明": "03"})}
    assert sent == {"张福林", "张小军", "蒋明", "钱老寿", "周平安", "冯建国"}, sent
    counter.close(JANUARY)


def repair_a_bounce(counter: Counter) -> None:
    """Change the account after a line came back: one asks, another agrees."""
    clerk, person = counter.desk("township_clerk"), counter.person("蒋明")
    clerk.submit(clerk.get(f"/people/{person}/"), "bank_code", bank_code="103", number=NEW_CARD)
    counter.change_account("蒋明", f"**** {NEW_CARD[-4:]}")


def let_a_payee_die(counter: Counter) -> None:
    """Let the guardian who is paid for a child die: the clerk is asked at once, a new guardian is paid from then on."""
    counter.bureau.move_to("2024-02-06")
    counter.report_death("黄奶奶", "2024-02-05")
    work = counter.desk("township_clerk").get("/work/").text
    assert "郑*芳 事实无人抚养儿童基本生活补贴：收款人去世，请变更收款账户" in work, work[-1500:]
    counter.appoint_guardian("郑小芳", "郑姑姑")
    counter.change_account("郑小芳", "郑姑姑")


def pay_february(counter: Counter) -> None:
    """Run February: what bounced goes to the new card beside the month's own, the child's to the new guardian."""
    counter.bureau.move_to("2024-02-29")
    counter.run_month(FEBRUARY)
    sent = counter.pay(FEBRUARY, refused={})
    assert [(account, fen) for name, account, fen in sent if name == "蒋明"] == [(NEW_CARD, "86.00")] * 2, sent
    paid = {name: fen for name, _, fen in sent}
    assert paid["王大山"] == "1464.00", "(770 × 3 − (9,600 + 2,400) / 12) + 20 % of 770 for the child"
    assert paid["孙有福"] == "1310.00"
    assert paid["郑姑姑"] == paid["吴老太"] == "1500.00"
    assert "黄奶奶" not in paid
    counter.close(FEBRUARY)


def submit_the_report(counter: Counter) -> None:
    """Write the report, let a second person submit it, and open one of its figures down to a person."""
    chief, examiner = counter.desk("section_chief"), counter.desk("county_examiner")
    page = examiner.submit(examiner.get("/reports/"), "/reports/write/", period=FEBRUARY)
    page = chief.submit(chief.get(page.path), "/decide/", button="confirm")
    assert "已报送" in page.text, page.said()
    figure = examiner.get(f"/figures/?period={FEBRUARY}").link("享受高龄津贴人数")
    assert "钱" in examiner.get(figure.partition("?")[0] + f"records/?period={FEBRUARY}").text
    bridge = examiner.get(f"/figures/dibao_persons/?period={FEBRUARY}").text
    assert "期初（2024-01 末）3+ 新增城乡低保人数3− 退出城乡低保人数0= 期末6" in re.sub(r"\s*(?=[+−=0-9])", "", bridge)
    counter.bureau.command("audit", "money", nanling.COUNTY, FEBRUARY)
