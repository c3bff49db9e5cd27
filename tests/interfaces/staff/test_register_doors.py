"""The doors of registers and events: what is wrong is told in place and can be corrected, each with its reason."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from nuanxin.domains.civil.models import Cremation, MarriageRecord
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.selectors.registers import history_of
from tests.interfaces.staff.world import World, make_world

pytestmark = [pytest.mark.django_db]

TODAY = dt.date(2024, 3, 15)
BIRTH = dt.date(1950, 3, 7)


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def clerk(sign_in: Any) -> Any:
    return sign_in("county_examiner")


class People:
    """People of the clerk's village with numbers of their own."""

    def __init__(self, world: World) -> None:
        self.village = world.mine.person.division_id
        self.change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
        self.numbers: dict[int, str] = {}

    def person(self, name: str, sex: int = 1, seq: int = 900) -> Person:
        number = make_citizen_id("340223", BIRTH, seq + sex + len(self.numbers) * 2)
        person = services.register_person(
            change=self.change, division=self.village, name=name, sex=sex, birth=BIRTH, citizen_id=number
        )
        self.numbers[person.pk] = number
        return person


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def post(client: Any, path: str, **data: Any) -> Any:
    return client.post(path, data)


def cremate(client: Any, number: str, **typed: str) -> Any:
    data = {"deceased": number, "died_on": "2024-03-05", "cremated_on": "2024-03-07", **typed}
    return client.post("/registers/cremation/new/", data)


def upload(client: Any, code: str, header: list[str], *rows: list[str], **typed: str) -> Any:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([header, *rows]):
            sheet.write_row(line, 0, cells)
    file = SimpleUploadedFile("表.xlsx", buffer.getvalue())
    return client.post(f"/registers/{code}/import/", {"file": file, **typed})


def sheet_of(answer: Any) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))


def test_a_record_is_corrected_on_its_page_and_the_death_follows(people: People, clerk: Any) -> None:
    man, right = people.person("王大"), people.person("赵三")
    assert cremate(clerk, people.numbers[man.pk], deceased__stated_name="王大").status_code == 302
    record = Cremation.objects.get(deceased=man)
    page = f"/registers/cremation/{record.pk}/correct/"
    shown = clerk.get(page).content.decode()
    assert 'value="2024-03-05"' in shown
    assert people.numbers[man.pk] not in shown
    answer = post(clerk, page, died_on="2024-03-04", cremated_on="2024-03-07", reason="死亡证明为4日")
    assert answer.status_code == 302
    man.refresh_from_db()
    assert man.death == dt.date(2024, 3, 4)
    post(
        clerk,
        page,
        deceased=people.numbers[right.pk],
        died_on="2024-03-04",
        cremated_on="2024-03-07",
        reason="认错了人",
    )
    man.refresh_from_db()
    right.refresh_from_db()
    assert (man.death, right.death) == (None, dt.date(2024, 3, 4))
    words = [field.after for entry in history_of(register_by_code("cremation"), record.pk) for field in entry.fields]
    assert "2024-03-04" in words
    assert "死亡证明为4日" in clerk.get(f"/registers/cremation/{record.pk}/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": "x"}, "没有说明事由"),
        ({"reason": ""}, "请写明事由"),
        ({"died_on": "2042-07-01"}, "不在 1900-01-01 至"),
        ({"died_on": "1949-01-01"}, "早于出生日期"),
        ({"deceased": "340223195003071020"}, "不在居民档案里"),
    ],
)
def test_a_wrong_correction_is_told_keeps_what_was_typed_and_changes_nothing(
    people: People, clerk: Any, typed: dict[str, str], said: str
) -> None:
    man = people.person("王大")
    cremate(clerk, people.numbers[man.pk])
    record = Cremation.objects.get(deceased=man)
    data = {"died_on": "2024-03-04", "cremated_on": "2024-03-06", "reason": "死亡证明为4日", **typed}
    answer = clerk.post(f"/registers/cremation/{record.pk}/correct/", data)
    assert answer.status_code in (200, 409)
    page = answer.content.decode()
    assert said in page
    assert "2024-03-06" in page
    record.refresh_from_db()
    assert record.died_on == dt.date(2024, 3, 5)


def test_another_township_opens_no_correction(people: People, world: World, sign_in: Any) -> None:
    stranger = sign_in("township_clerk")
    path = f"/registers/cremation/{world.other.record.pk}/correct/"
    assert stranger.get(path).status_code in (403, 404)
    assert stranger.post(path, {"died_on": "2024-03-01"}).status_code in (403, 404)


def test_a_divorce_without_a_marriage_is_asked_in_the_form_and_goes_in_with_the_answer(
    people: People, clerk: Any
) -> None:
    man, wife = people.person("王大"), people.person("李二", sex=2)
    data = {
        "division": people.village, "kind": "divorce", "registered_on": "2024-03-01", "party_a_name": "王大",
        "party_b_name": "李二", "party_a": people.numbers[man.pk], "party_b": people.numbers[wife.pk],
    }  # fmt: skip
    page = post(clerk, "/registers/marriage/new/", **data).content.decode()
    assert "以前的结婚登记" in page
    assert 'name="answer"' in page
    assert people.numbers[man.pk] in page  # nothing typed is lost
    assert not MarriageRecord.objects.exists()
    assert post(clerk, "/registers/marriage/new/", **data, answer="已查验外省结婚证").status_code == 302
    assert "已查验外省结婚证" in MarriageRecord.objects.get().change.reason


MARRIAGE = ["业务类型", "办理日期", "甲方姓名", "乙方姓名", "甲方身份号码", "乙方身份号码", "所在村(社区)代码"]


def test_a_failed_import_hands_its_rows_back_with_what_is_wrong_and_can_be_sent_again(
    people: People, clerk: Any, sign_in: Any
) -> None:
    man, wife = people.person("王大"), people.person("李二", sex=2)
    a, b = people.numbers[man.pk], people.numbers[wife.pk]
    good = ["结婚登记", "2024-01-05", "王大", "李二", a, b, people.village]
    page = upload(clerk, "marriage", MARRIAGE, good, [*good[:3], "错名字", *good[4:]]).content.decode()
    assert "“错名字”" in page
    assert "下载问题清单" in page
    rows = sheet_of(clerk.get("/registers/marriage/import/problems/"))
    assert rows[0][-1] == "问题"
    assert rows[1][-1] in (None, "")
    assert rows[1][4] == a
    assert "“李二”名下" in rows[2][-1]
    assert sign_in("township_clerk").get("/registers/marriage/import/problems/").status_code in (302, 403, 404)
    again = [list(rows[0]), [cell or "" for cell in rows[1]]]
    assert "已导入 1 条" in upload(clerk, "marriage", again[0], again[1]).content.decode()
    assert clerk.get("/registers/marriage/import/problems/").status_code == 302


def test_an_import_that_only_asks_takes_the_answer(people: People, clerk: Any) -> None:
    man, wife = people.person("王大"), people.person("李二", sex=2)
    row = ["离婚登记", "2024-01-05", "王大", "李二", people.numbers[man.pk], people.numbers[wife.pk], people.village]
    assert "1 处须核实" in upload(clerk, "marriage", MARRIAGE, row).content.decode()
    assert "已导入 1 条" in upload(clerk, "marriage", MARRIAGE, row, answer="已查验结婚证").content.decode()


def test_two_days_of_one_death_lead_to_the_person_and_are_put_right_there(people: People, clerk: Any) -> None:
    man = people.person("王大")
    event = services.report_event(
        change=people.change, kind="death", person_id=man.pk, on=dt.date(2024, 3, 5), source="窗口报告"
    )
    header, row = ["逝者身份号码", "死亡日期", "火化日期"], [people.numbers[man.pk], "2024-03-03", "2024-03-07"]
    page = upload(clerk, "cremation", header, row).content.decode()
    assert f"/people/{man.pk}/" in page
    assert "2024-03-05" in page
    door = f"/people/{man.pk}/events/{event.pk}/"
    assert "订正日期" in clerk.get(f"/people/{man.pk}/").content.decode()
    assert post(clerk, door, act="correct", on="2024-03-16", reason="死亡证明").status_code == 409
    assert post(clerk, door, act="correct", on="2024-03-03", reason="x").status_code == 409
    assert post(clerk, door, act="bury", on="2024-03-03", reason="死亡证明").status_code == 409
    assert post(clerk, door, act="correct", on="2024-03-03", reason="死亡证明为3日").status_code == 302
    assert "已导入 1 条" in upload(clerk, "cremation", header, row).content.decode()
    assert [one.state for one in LifeEvent.objects.filter(person=man).order_by("id")] == ["withdrawn", "confirmed"]


def test_a_death_under_a_cremation_is_not_withdrawn_at_the_counter(people: People, clerk: Any) -> None:
    man = people.person("王大")
    cremate(clerk, people.numbers[man.pk])
    event, record = LifeEvent.objects.get(person=man), Cremation.objects.get(deceased=man)
    answer = post(clerk, f"/people/{man.pk}/events/{event.pk}/", act="withdraw", reason="认错了人")
    assert answer.status_code == 409
    assert f"第 {record.pk} 号记录" in answer.content.decode()
    man.refresh_from_db()
    assert man.death is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"on": "2010-01-01"}, "早于这个家庭"),
        ({"on": "2024-03-16"}, "不在 1900-01-01 至 2024-03-15"),
        ({"reason": "x"}, "没有说明事由"),
        ({"cause": ""}, "没有选择"),
    ],
)
def test_a_move_needs_a_day_of_the_households_own_and_a_reason(
    world: World, clerk: Any, typed: dict[str, str], said: str
) -> None:
    home, there = world.mine.household, world.other.household.division_id
    data = {
        "act": "move", "on": "2024-03-15", "cause": "family", "reason": "随女儿居住", "division": there, **typed,
    }  # fmt: skip
    answer = clerk.post(f"/households/{home.pk}/change/", data)
    assert answer.status_code == 409
    assert said in answer.content.decode()
    home.refresh_from_db()
    assert home.division_id == world.mine.person.division_id


@pytest.mark.parametrize("kind", ["death", "move_out", "move_in", "coming_of_age"])
def test_every_event_of_one_person_has_a_door_with_a_day_that_has_been(world: World, clerk: Any, kind: str) -> None:
    path, person = f"/households/{world.mine.household.pk}/change/", world.mine.person
    data = {"act": "event", "kind": kind, "person": person.pk, "reason": "派出所证明"}
    assert clerk.post(path, {**data, "on": "2024-12-31"}).status_code == 409
    assert clerk.post(path, {**data, "on": "2024-03-15"}).status_code == 302
    assert LifeEvent.objects.get(person=person).kind == kind


def test_a_record_of_the_list_is_opened_by_a_link(people: People, clerk: Any) -> None:
    man = people.person("王大")
    cremate(clerk, people.numbers[man.pk])
    record = Cremation.objects.get(deceased=man)
    assert (
        f'<a href="/registers/cremation/{record.pk}/">王大</a>' in clerk.get("/registers/cremation/").content.decode()
    )
