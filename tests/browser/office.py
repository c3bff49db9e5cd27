"""An office in the browser: every role at a desk, one household, a bank, and a calendar that the tests turn."""

import datetime as dt
from typing import Any

from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.access.services import create_account
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.services import close_due_notices
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import ensure_key
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.grants.services import award_grant
from nuanxin.kernel.grants.values import Award, Covered
from nuanxin.kernel.payments.models import PaymentRun
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.models import Person
from nuanxin.kernel.registry.services import load_divisions, record_circumstance
from tests.factories.month import bank_answer

COUNTY, TOWNSHIP = "340223", "340223100"
PATH = f"34.3402.{COUNTY}"
WEEK = dt.timedelta(days=7)


class Office:
    """Pages of every role, opened when first needed; `walk` lets whoever's turn it is press the next button."""

    def __init__(self, browser: Any, base: str, wrong: list[str], day: dt.date, width: int = 1440) -> None:
        self.browser, self.base, self.wrong, self.width = browser, base, wrong, width
        self.pages: dict[str, Any] = {}
        ensure_key()
        clock.move_to(day)
        load_divisions(COUNTY)
        self.accounts = {
            code: create_account(
                username=code, display_name="王某", role=code, password="a long enough one",
                area=f"{PATH}.{TOWNSHIP}" if role.area_level == "township" else PATH,
            )
            for code, role in ROLES.items()
        }  # fmt: skip

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()

    def page(self, role: str) -> Any:
        """Return the role's page, signed in by the demo's door."""
        if role not in self.pages:
            page = self.browser.new_context(
                viewport={"width": self.width, "height": 900}, base_url=self.base
            ).new_page()
            page.on(
                "console", lambda m: self.wrong.append(m.text) if m.type == "error" and "409" not in m.text else None
            )
            page.on("pageerror", lambda error: self.wrong.append(str(error)))
            page.on("dialog", lambda dialog: dialog.accept())
            page.goto("/login/")
            page.click(f"button[name=role][value={role}]")
            self.pages[role] = page
        return self.pages[role]

    def register(self, name: str, birth: dt.date, seq: int = 11, *, household: int | None = None) -> Person:
        """Register somebody at the township's counter, alone or in a household, with an account."""
        page = self.page("township_clerk")
        page.goto("/people/new/")
        page.fill("input[name=name]", name)
        page.fill("input[name=number]", make_citizen_id(COUNTY, birth, seq))
        if household:
            page.fill("input[name=household]", str(household))
            page.select_option("select[name=role]", "child")
        page.select_option("select[name=division]", registry.villages(TOWNSHIP)[0].code)
        page.click("main button.btn-primary")
        page.wait_for_url("**/households/*/")
        person = Person.objects.get(name=name)
        page.goto(f"/people/{person.pk}/")
        page.click("summary:has-text('登记收款账户')")
        page.fill("input[name=bank_code]", "402376100016")
        page.fill("form[action$='/account/'] input[name=number]", f"6217990000{person.pk:08d}")
        page.click("form[action$='/account/'] button")
        page.wait_for_load_state()
        return person

    def home(self, person: Person) -> int:
        found = registry.household_of(person.pk, clock.today())
        assert found is not None
        return found.pk

    def declare(self, person: Person, benefit: str, facts: dict[str, str], since: str = "2024-01-01") -> None:
        """Type facts (`name` of the person, `h-name` of the household) and keep them as verified."""
        page, home = self.page("township_clerk"), self.home(person)
        page.goto(f"/households/{home}/facts/?benefit={benefit}")
        for name, value in facts.items():
            field = page.locator(f"[name='{name if name.startswith('h-') else f'p{person.pk}-{name}'}']")
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        page.fill("input[name=since]", since)
        page.select_option("select[name=standing]", "verified")
        page.fill("input[name=source]", "入户核实")
        page.click("main button.btn-primary")
        page.wait_for_url(f"**/households/{home}/")

    def appoint(self, child: Person, guardian: Person) -> None:
        """Register the guardian of a child."""
        page = self.page("township_clerk")
        page.goto(f"/people/{child.pk}/relations/?q={guardian.name}")
        form = page.locator("form:has(input[name=valid_from])")
        form.locator(f"[name=other][value='{guardian.pk}']").check()
        form.locator("select[name=kind]").select_option(label="监护人")
        form.locator("input[name=reason]").fill("村民委员会指定监护人")
        form.locator("button[type=submit]").click()
        page.wait_for_load_state()

    def apply(self, person: Person, benefit: str, *, urgent: bool = False, payee: str = "") -> int:
        """Take the application in, to the first account that is offered or the one of such a payee; return the case."""
        page = self.page("township_clerk")
        page.goto(f"/cases/new/?person={person.pk}")
        page.check(f"input[name=benefit][value={benefit}]")
        page.locator("select[name=payee] option").nth(1).wait_for(state="attached")
        options = page.locator("select[name=payee] option").all_inner_texts()
        page.select_option("select[name=payee]", index=next(n for n, text in enumerate(options) if n and payee in text))
        if urgent:
            page.check("input[name=urgent]")
        page.click("main button.btn-primary:has-text('受理')")
        page.wait_for_url("**/cases/*/")
        return int(page.url.rstrip("/").rsplit("/", 1)[-1])

    def case(self, case_id: int) -> Case:
        return casework.case_by_id(case_id)

    def walk(self, case_id: int, until: str = "") -> list[str]:
        """Press the primary button of whoever's turn it is until the case is closed; return who did what."""
        done: list[str] = []
        for _ in range(12):
            case = self.case(case_id)
            if case.closed_on is not None or case.state == until:
                return done
            role, offer = self._turn(case)
            if offer.refusal is not None and offer.refusal.code == "casework.visit":
                self.visit(case_id)
            elif offer.refusal is not None and offer.refusal.code == "casework.notice_shortened":
                clock.move_to(case.notices.latest("id").last_day + dt.timedelta(days=1))
                close_due_notices(county=COUNTY, on=clock.today())
            else:
                self.press(case_id, role, offer.id)
                done.append(f"{role}:{offer.id}")
        raise AssertionError(f"case {case_id} stays in {self.case(case_id).state}: {done}")

    def _turn(self, case: Case) -> tuple[str, Any]:
        for role, account in self.accounts.items():
            for offer in casework.moves_for(case, account):
                if offer.primary:
                    return role, offer
        raise AssertionError(f"nobody can move case {case.pk} on from {case.state}")

    def press(self, case_id: int, role: str, move: str, **typed: str) -> None:
        """Press one move's button on the page of the case."""
        page = self.page(role)
        page.goto(f"/cases/{case_id}/")
        form = page.locator(f"#next form:has(input[name=move][value={move}])")
        if not form.is_visible():
            page.click("#next summary")
        for box in form.locator("input[name=documents_seen]").all():
            box.check()
        for name, value in {"note": "材料齐全，情况属实", **typed}.items():
            field = form.locator(f"[name={name}]")
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        before = self.case(case_id).version
        form.locator("button[type=submit]").click()
        page.wait_for_load_state()
        assert self.case(case_id).version > before, page.inner_text("main")[:400]

    def visit(self, case_id: int) -> None:
        """Record a visit of the clerk and a village worker, and sign it."""
        page = self.page("township_clerk")
        page.goto(f"/cases/{case_id}/")
        page.click("#visits summary")
        page.fill("#visits input[name=second_name]", "李协理")
        page.fill("#visits input[name=second_reason]", "村救助协理员，没有账号")
        page.fill("#visits input[name=present]", "申请人本人")
        page.fill("#visits textarea[name=findings]", "家中无固定收入，与申报相符")
        page.click("#visits details button")
        page.wait_for_load_state()
        page.click("#visits button:has-text('签名')")
        page.wait_for_load_state()

    def pay(self, month: dt.date, *, decide: bool = False) -> None:
        """Run a month (its proposals decided in the browser when asked) and pay it: the examiner prepares, the chief
        releases, the bank answers."""
        clock.move_to(max(clock.today(), month.replace(day=20)))
        examiner = self.accounts["county_examiner"]
        author = author_of(examiner)
        cycle.run_month(county=COUNTY, month=month, author=author)
        if decide:
            self.decide(month)
        cycle.build_dues(county=COUNTY, month=month, author=author)
        cycle.prepare_payment_runs(county=COUNTY, month=month, author=author)
        for run in PaymentRun.objects.filter(county=COUNTY, pay_month=month, state="prepared"):
            released = cycle.release_run(run_id=run.pk, account=self.accounts["section_chief"])
            if released.line_count:
                cycle.write_bank_file(run_id=run.pk, author=author)
                _, data = cycle.open_bank_file(run_id=run.pk, account=examiner, purpose="送代发银行")
                cycle.accept_return(run_id=run.pk, data=bank_answer(data), author=author)
        clock.move_to(max(clock.today(), month_end(month)))

    def grant_dibao(self, person: Person, first: dt.date, fen: int) -> None:
        """Grant a person's household what was decided before: so much a month from a month on."""
        place, payee = person.division_id, registry.accounts_of(person.pk, clock.today())[0].id
        change = open_change(
            author=author_of(self.accounts["county_examiner"]), verb="award", reason="已确认", source="测试"
        )
        record_circumstance(change=change, kind="assistance_file", household_id=self.home(person), valid_from=first)
        award_grant(
            change=change,
            award=Award(
                county=COUNTY, township=place[:9], division=place, benefit="dibao", pays="household",
                from_date=first, persons=(Covered(person.pk, (("basic", fen),)),), basis="decision",
                household_id=self.home(person), payee_id=payee,
            ),
        )  # fmt: skip

    def decide(self, month: dt.date) -> None:
        """Agree to all that the month proposes: the examiner first, then the chief."""
        for role, act in (("county_examiner", "agree"), ("section_chief", "check")):
            page = self.page(role)
            page.goto(f"/month/{month:%Y-%m}/proposals/")
            page.check("#bulk input[name=all]")
            page.click(f"#bulk button[value={act}]")
            page.wait_for_load_state()

    def open_from_home(self, person: Person, kind: str) -> int:
        """Open a case of a kind about the household's grant from its page; return the case."""
        page = self.page("township_clerk")
        page.goto(f"/households/{self.home(person)}/")
        page.click(f"button[name=kind][value={kind}]")
        page.wait_for_url("**/cases/*/")
        return int(page.url.rstrip("/").rsplit("/", 1)[-1])

    def report_death(self, person: Person, on: str) -> None:
        """Report a death at the counter and confirm it."""
        page, home = self.page("township_clerk"), self.home(person)
        page.goto(f"/households/{home}/change/")
        form = page.locator("form:has(input[name=act][value=event])")
        form.locator("select[name=person]").select_option(str(person.pk))
        form.locator("select[name=kind]").select_option("death")
        form.locator("input[name=on]").fill(on)
        form.locator("input[name=reason]").fill("火化证明")
        form.locator("button").click()
        page.wait_for_load_state()
        page.goto(f"/people/{person.pk}/")
        page.click("summary:has-text('订正或撤回')")
        page.fill("form[action*='/events/'] input[name=reason]", "火化证明")
        page.click("form[action*='/events/'] button[value=confirm]")
        page.wait_for_load_state()

    def statement(self, person: Person, household: int | None = None) -> str:
        """Return the household's statement of account in words."""
        page = self.page("township_clerk")
        page.goto(f"/households/{household or self.home(person)}/statement/")
        return str(page.inner_text("main"))
