"""What people of the bureau do at their desks, page by page: applications, cases, months, money, deaths, reports."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from tests.journeys.bureau import Bureau
from tests.journeys.web import Form, Page

MOST_STEPS = 24
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
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

    def walk(self, case: int, until: str = "办结") -> list[str]:
        """Let whoever's turn it is press the case's primary button until it is closed; return who pressed what."""
        done: list[str] = []
        for _ in range(MOST_STEPS):
            turn = self._turn(case)
            if turn is None:
                page = self.desk("county_examiner").get(f"/cases/{case}/")
                assert until in page.text, f"case {case}: nobody's turn after {done}: {page.said()}"
                return done
            role, page, form = turn
            done.append(f"{role}:{form.buttons[0][2]}")
            self._step(role, page, form, case)
        raise AssertionError(f"case {case} does not end: {done}")

    def _turn(self, case: int) -> tuple[str, Page, Form] | None:
        for role in TURNS:
            page = self.desk(role).get(f"/cases/{case}/")
            for form in page.forms:
                if form.action.endswith("/move/") and form.primary:
                    return role, page, form
        return None

    def _step(self, role: str, page: Page, form: Form, case: int) -> None:
        """Press the button; where something is wanting first (a visit, days of a notice), do that instead."""
        typed: dict[str, Any] = {"note": "材料齐全，情况属实"} if "note" in form.fields else {}
        if "documents_seen" in form.fields:
            typed["documents_seen"] = list(form.fields["documents_seen"].offered)
        move = form.fields["move"].values[0]
        page.forms = [one for one in page.forms if one is form]
        answer = self.desk(role).submit(page, "/move/", **typed)
        if answer.status < 400:
            return
        if "入户" in answer.text and "公示" not in form.text:
            self.visit(case)
        elif days := DAY.findall(form.text + answer.text):
            self.bureau.move_to(str(dt.date.fromisoformat(max(days)) + dt.timedelta(days=1)))
        else:
            raise AssertionError(f"case {case}, {role}, {move}: {answer.status} {answer.said()}")

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
