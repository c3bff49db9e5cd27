"""The desk in the pages: taking in, moving on, being told when one comes second, other townships, the answer."""

import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.selectors import case_by_id
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.models import Household, Person

TODAY = dt.date(2024, 3, 15)
MINE, OTHER = "340223100", "340223101"


class Counter:
    """A poor household in each of two townships, of an old couple."""

    def __init__(self) -> None:
        clock.move_to(TODAY)
        self.change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
        self.homes = [self._home(town, seq) for seq, town in enumerate((MINE, OTHER))]

    def _home(self, town: str, seq: int) -> tuple[Household, Person, str]:
        village = registry.villages(town)[0].code
        number = make_citizen_id("340223", dt.date(1950, 1, 2), 21 + 2 * seq)
        person = services.register_person(
            change=self.change, division=village, name="王大山", sex=1, birth=dt.date(1950, 1, 2), citizen_id=number
        )
        home = services.register_household(change=self.change, division=village)
        services.add_member(
            change=self.change, household_id=home.pk, person_id=person.pk, role="head", valid_from=dt.date(2020, 1, 1)
        )
        for kind, level in (("assistance_file", None), ("property_ok", 1)):
            services.record_circumstance(
                change=self.change, kind=kind, household_id=home.pk, valid_from=dt.date(2024, 1, 1), level=level, source="核对"
            )  # fmt: skip
        disability = {"kind": "disability", "level": 1, "code": "4"}
        services.record_circumstance(
            change=self.change, person_id=person.pk, valid_from=dt.date(2024, 1, 1), source="残联", **disability
        )
        return home, person, number


@pytest.fixture
def counter(accounts: dict[str, Any]) -> Counter:
    return Counter()


def accept(client: Any, person: Person, benefit: str = "dibao", **more: str) -> Any:
    data = {"act": "accept", "person": person.pk, "benefit": benefit, "filed_on": "2024-03-15", **more}
    return client.post("/cases/new/", data)


def move(client: Any, case: Case, name: str, **more: Any) -> Any:
    fresh = case_by_id(case.pk)
    return client.post(f"/cases/{case.pk}/move/", {"version": fresh.version, "move": name, **more})


@pytest.mark.django_db
def test_a_complaint_from_the_cases_page_and_a_relative_call_for_the_county(counter: Counter, sign_in: Any) -> None:
    clerk = sign_in("township_clerk")
    accept(clerk, counter.homes[0][1])
    case = Case.objects.get()
    address = f"/cases/{case.pk}/"
    assert f"/appeals/new/?case={case.number}" in clerk.get(address).content.decode()
    form = clerk.get(f"/appeals/new/?case={case.number}").content.decode()
    assert f'value="{case.number}"' in form
    assert 'value="2024-03-15"' in form
    given = {"kind": "report", "channel": "来电", "received_on": "2024-03-15", "matter": "反映该户有车"}
    wrong = clerk.post("/appeals/new/", {**given, "case": "340223-1999-0000001"})
    assert "没有这个受理编号的案件" in wrong.content.decode()
    clerk.post("/appeals/new/", {**given, "case": case.number})
    page = clerk.get(address).content.decode()
    assert "340223举20240001，须县级入户" in page
    assert "收到举报 340223举20240001" in page
    assert "反映该户有车" not in page
    version = case_by_id(case.pk).version
    clerk.post(f"{address}near-relative/", {"version": version, "note": "村主任的弟弟"})
    page = clerk.get(address).content.decode()
    assert "近亲属，须县级审核" in page
    assert "near-relative/" not in page


@pytest.mark.django_db
def test_an_application_is_taken_in_with_the_rules_beside_it(counter: Counter, sign_in: Any) -> None:
    clerk, (home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    page = clerk.get(f"/cases/new/?person={person.pk}").content.decode()
    assert "最低生活保障" in page
    assert "符合" in page
    answer = accept(clerk, person)
    case = Case.objects.get()
    assert answer.url == f"/cases/{case.pk}/"
    assert (case.household_id, case.state) == (home.pk, "accepted")
    shown = clerk.get(answer.url).content.decode()
    assert case.number in shown
    assert "开始核对调查" in shown
    assert "申请书" in shown


@pytest.mark.django_db
def test_any_counter_takes_any_application_but_only_with_the_number_shown(counter: Counter, sign_in: Any) -> None:
    clerk, (_home, person, number) = sign_in("township_clerk"), counter.homes[1]
    assert clerk.get(f"/cases/new/?person={person.pk}").status_code == 404
    assert accept(clerk, person).status_code == 404
    found = clerk.post("/cases/new/", {"act": "find", "number": number})
    assert "王大山" in found.content.decode()
    assert accept(clerk, person, number=number).status_code == 302
    case = Case.objects.get()
    assert (case.accepted_in_id, case.handled_in_id[:9]) == (MINE, OTHER)
    shown = clerk.get(f"/cases/{case.pk}/").content.decode()
    assert "由别的乡镇办理" in shown
    assert move(clerk, case, "start_check", documents_seen=["申请书"]).status_code in (404, 409)


@pytest.mark.django_db
def test_papers_seen_at_the_counter_need_no_copies(counter: Counter, sign_in: Any) -> None:
    clerk, (_home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    accept(clerk, person)
    case = Case.objects.get()
    refused = move(clerk, case, "start_check")
    assert refused.status_code == 409
    assert "还缺材料" in refused.content.decode()
    from nuanxin.kernel.casework.selectors import missing_documents

    assert move(clerk, case, "start_check", documents_seen=missing_documents(case)).status_code == 302
    assert case_by_id(case.pk).state == "investigation"


@pytest.mark.django_db
def test_who_comes_second_is_told_and_nothing_is_lost(counter: Counter, sign_in: Any) -> None:
    clerk, (_home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    accept(clerk, person)
    case = Case.objects.get()
    stale = case.version
    clerk.post(f"/cases/{case.pk}/take/", {"version": stale})
    second = clerk.post(f"/cases/{case.pk}/move/", {"version": stale, "move": "start_check"})
    assert second.status_code == 409
    assert "没有覆盖他人的办理" in second.content.decode()


@pytest.mark.django_db
def test_cases_of_another_township_do_not_exist(counter: Counter, sign_in: Any) -> None:
    county, (_home, person, _number) = sign_in("county_examiner"), counter.homes[1]
    accept(county, person)
    case = Case.objects.get()
    clerk = sign_in("township_clerk")
    assert clerk.get(f"/cases/{case.pk}/").status_code == 404
    assert case.number not in clerk.get("/cases/").content.decode()
    assert case.number in county.get("/cases/").content.decode()
    assert "王大山" not in clerk.post("/answer/", {"q": case.number}).content.decode()
    assert "王大山" in county.post("/answer/", {"q": case.number}).content.decode()


@pytest.mark.django_db
def test_work_shows_what_is_due_and_bulk_leaves_what_lacks_papers(counter: Counter, sign_in: Any) -> None:
    clerk, (_home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    accept(clerk, person)
    case = Case.objects.get()
    assert "最低生活保障" in clerk.get("/work/?tab=later").content.decode()
    clock.move_to(dt.date(2024, 5, 15))
    assert "最低生活保障" in clerk.get("/work/").content.decode()
    answer = clerk.post("/cases/bulk/", {"ids": [case.pk]}, follow=True).content.decode()
    assert "还缺材料" in answer
    assert case_by_id(case.pk).state == "accepted"


@pytest.mark.django_db
def test_the_answer_says_where_it_stands(counter: Counter, sign_in: Any) -> None:
    clerk, (_home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    accept(clerk, person)
    said = clerk.post("/answer/", {"q": "王大山"}).content.decode()
    assert "已受理" in said
    assert Case.objects.get().number in said
    assert "没有查到" in clerk.post("/answer/", {"q": "赵无此人"}).content.decode()


@pytest.mark.django_db
def test_the_notice_board_shows_only_what_the_law_shows(counter: Counter, sign_in: Any) -> None:
    from nuanxin.kernel.casework.models import PublicNotice

    clerk, (home, person, _number) = sign_in("township_clerk"), counter.homes[0]
    accept(clerk, person)
    case = Case.objects.get()
    PublicNotice.objects.create(
        case=case, county="340223", township=MINE, division_id=home.division_id, benefit="dibao", shown_name="王*山",
        members=1, amount_fen=67_000, opened_on=TODAY, last_day=TODAY + dt.timedelta(days=7), state="open",
        booked_month=TODAY.replace(day=1), change=counter.change,
    )  # fmt: skip
    board = clerk.get("/notices/").content.decode()
    assert "王*山" in board
    assert "王大山" not in board
    assert "670.00" in board
