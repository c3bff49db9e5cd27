"""What people of the bureau do at their desks, page by page: applications, cases, months, money, deaths, reports."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.journeys.bureau import Bureau
from tests.journeys.files import bank_answer
from tests.journeys.web import Form, Page

MOST_STEPS = 24
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PAYERS = ("county_examiner", "section_chief", "finance")
TURNS = ("township_clerk", "township_leader", "county_examiner", "section_chief")


@dataclass
class Counter:
    """The counters of one bureau."""

    bureau: Bureau

    def desk(self, role: str) -> Any:
        return self.bureau.desks[role]

    def person(self, name: str, role: str = "township_clerk") -> int:
        """Return the number of the one person who is found by a name."""
        page = self.desk(role).get(f"/people/?q={name}")
        found = sorted({int(n) for href, text in page.links for n in re.findall(r"^/people/(\d+)/$", href)})
        assert len(found) == 1, f"{name}: {found} {page.said()}"
        return found[0]

    def household(self, name: str) -> int:
        """Return the number of the household that a person's page leads to."""
        page = self.desk("township_clerk").get(f"/people/{self.person(name)}/")
        return int(re.findall(r"/households/(\d+)/", " ".join(href for href, _ in page.links))[0])

    # Cases

    def apply(self, name: str, benefit: str, **typed: Any) -> int:
        """Take an application in; return the case."""
        desk = self.desk("township_clerk")
        page = desk.get(f"/cases/new/?person={self.person(name)}")
        done = desk.submit(page, "filed_on", button="受理", benefit=benefit, **typed)
        assert re.fullmatch(r"/cases/\d+/", done.path), f"{name} {benefit}: {done.status} {done.said()}"
        return done.number()

    def walk(self, *cases: int) -> None:
        """Let whoever's turn it is press each case's primary button until all are closed; days pass when all wait."""
        open_cases = list(cases)
        for _ in range(MOST_STEPS):
            days = {case: self._press_on(case) for case in open_cases}
            open_cases = [case for case, day in days.items() if day]
            if not open_cases:
                return
            self.bureau.move_to(str(dt.date.fromisoformat(max(days.values())) + dt.timedelta(days=1)))
        raise AssertionError(f"cases {open_cases} do not end")

    def _press_on(self, case: int) -> str:
        """Press until the case is closed (returns nothing) or waits for the end of a day, which is returned."""
        for _ in range(MOST_STEPS):
            turn = self._turn(case)
            if turn is None:
                page = self.desk("county_examiner").get(f"/cases/{case}/")
                assert "办结" in page.text, f"case {case}: nobody's turn: {page.said()}"
                return ""
            if day := self._step(*turn, case):
                return day
        raise AssertionError(f"case {case} does not end")

    def _turn(self, case: int) -> tuple[str, Page, Form] | None:
        for role in TURNS:
            page = self.desk(role).get(f"/cases/{case}/")
            for form in page.forms:
                if form.action.endswith("/move/") and form.primary:
                    return role, page, form
        return None

    def _step(self, role: str, page: Page, form: Form, case: int) -> str:
        """Press the button; where a visit is wanting make it, where days of a notice are, return the last one."""
        typed: dict[str, Any] = {"note": "材料齐全，情况属实"} if "note" in form.fields else {}
        if "documents_seen" in form.fields:
            typed["documents_seen"] = list(form.fields["documents_seen"].offered)
        if "入户调查记录" in form.text:
            self.visit(case)
            return ""
        page.forms = [one for one in page.forms if one is form]
        answer = self.desk(role).submit(page, "/move/", **typed)
        if answer.status == HTTPStatus.OK:
            return ""
        days = [day for day in DAY.findall(form.text) if day >= self.bureau.day]
        assert days, f"case {case}, {role}, {form.text}: {answer.status} {answer.said()}"
        return max(days)

    def visit(self, case: int) -> None:
        """Record a visit of the clerk and a village worker on the case's page, and sign it."""
        desk = self.desk("township_clerk")
        page = desk.get(f"/cases/{case}/")
        page = desk.submit(
            page, "second_name", second_name="李协理", second_reason="村救助协理员，没有账号", present="申请人本人",
            findings="家中无固定收入，与申报相符",
        )  # fmt: skip
        page = desk.get(f"/cases/{case}/")
        desk.submit(page, "/sign/")

    # The month

    def run_month(self, month: str) -> Page:
        """Run the month's assessment, agree to what it proposes by two people, and make its dues."""
        page = self._month_act("county_examiner", month, "/run/")
        for role, act in (("county_examiner", "agree"), ("section_chief", "check")):
            self.decide(month, role, act)
        return page

    def _month_act(self, role: str, month: str, action: str) -> Page:
        desk = self.desk(role)
        page = desk.get(f"/month/{month}/")
        return desk.submit(page, action) if page.offers(action) else page

    def decide(self, month: str, role: str, act: str) -> None:
        """Agree in bulk to whatever the list of proposals offers for it."""
        desk = self.desk(role)
        page = desk.get(f"/month/{month}/proposals/")
        if page.offers("/decide/") and "all" in page.form("/decide/").fields:
            done = desk.submit(page, "/decide/", button=act, all="1")
            if done.offers("confirm"):
                desk.submit(done, "confirm")

    def pay(self, month: str, refused: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Make the month's dues and runs, release each by another, send its file, bring the bank's answer back.

        Returns name, account and amount of each line sent; `refused` are the codes with which the bank sends lines back.
        """
        self._month_act("county_examiner", month, "/prepare/")
        listed = self.desk("county_examiner").get(f"/payments/?month={month}")
        runs = sorted({int(n) for href, _ in listed.links for n in re.findall(r"^/payments/(\d+)/$", href)})
        assert runs, listed.said()
        return [line for run in runs for line in self._settle(run, refused)]

    def _settle(self, run: int, refused: Mapping[str, str]) -> list[tuple[str, str, str]]:
        address = f"/payments/{run}/"
        self._whoever(address, "/release/")
        self._whoever(address, "/write/")
        role, page = self._who(address, "/file/")
        sent = self.desk(role).submit(page, "/file/", purpose="送代发银行").body
        role, page = self._who(address, "/return/")
        answer = ("回盘.txt", bank_answer(sent, refused))
        trial = self.desk(role).submit(page, "/return/", button="试核对", file=answer)
        assert trial.status == HTTPStatus.OK, trial.said()
        done = self.desk(role).submit(page, "/return/", button="上传", file=answer)
        assert done.status == HTTPStatus.OK, done.said()
        lines = [line.split("|") for line in sent.decode("gb18030").split("\r\n")[1:] if line]
        return [(line[1], line[4], line[5]) for line in lines]

    def _who(self, address: str, wanted: str) -> tuple[str, Page]:
        """Return the first person whose page offers a form, with the page."""
        pages = {role: self.desk(role).get(address) for role in PAYERS}
        for role, page in pages.items():
            if page.offers(wanted):
                return role, page
        raise AssertionError(f"{address}: nobody is offered {wanted}: {pages['county_examiner'].said()}")

    def _whoever(self, address: str, wanted: str, button: str = "", **typed: Any) -> Page:
        role, page = self._who(address, wanted)
        done = self.desk(role).submit(page, wanted, button=button, **typed)
        assert done.status == HTTPStatus.OK, f"{address} {wanted}: {done.said()}"
        return done

    def close(self, month: str) -> None:
        """Close the month."""
        page = self._whoever(f"/month/{month}/", "/close/")
        assert "已结账" in page.text, page.said()

    # People

    def report_death(self, name: str, on: str) -> None:
        """Report a death at the counter and confirm it on the person's page."""
        clerk = self.desk("township_clerk")
        page = clerk.get(f"/households/{self.household(name)}/change/")
        page.forms = [one for one in page.forms if "kind" in one.fields]
        page = clerk.submit(page, "kind", person=str(self.person(name)), kind="death", on=on, reason="火化证明")
        page = clerk.get(f"/people/{self.person(name)}/")
        page = clerk.submit(page, "/events/", button="confirm", reason="火化证明")
        assert "已故" in page.text, page.said()

    def appoint_guardian(self, child: str, guardian: str) -> None:
        """Register who the guardian is from now on."""
        clerk, address = self.desk("township_clerk"), f"/people/{self.person(child)}/relations/"
        page = clerk.get(f"{address}?q={guardian}")
        page = clerk.submit(
            page, "other_number", other=str(self.person(guardian)), kind="监护人", reason="村民委员会指定监护人",
        )  # fmt: skip
        assert guardian in page.text, page.said()

    def change_account(self, name: str, account: str) -> None:
        """Ask for another account for all that a person is paid, and let somebody else agree."""
        clerk, address = self.desk("township_clerk"), f"/people/{self.person(name)}/account-change/"
        page = clerk.submit(clerk.get(address), "account", account=account, reason="原账户不能用")
        assert page.status == HTTPStatus.OK, page.said()
        done = self._whoever("/account-changes/", "agree", button="yes")
        assert "已办理" in done.text, done.said()
