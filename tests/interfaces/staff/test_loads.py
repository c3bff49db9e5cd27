"""From an empty instance to people, households, facts, accounts and grants on the pages, through the pages alone."""

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nuanxin.kernel.core import clock
from nuanxin.kernel.cycle.models import TakeoverList
from nuanxin.kernel.cycle.services import run_waiting_loads
from tests.factories.loads import AS_OF, bureau, csv_of, number, workbook

PASSWORD = "a long enough one"
AREA = "34.3402.340223"


def enter(username: str, first: str) -> Client:
    """Sign in with a first password and change it, as everybody must."""
    client = Client()
    assert client.post("/login/", {"username": username, "password": first}).status_code == 302
    typed = {"act": "password", "old": first, "new": PASSWORD, "again": PASSWORD}
    assert client.post("/accounts/me/", typed).status_code == 302
    return client


def upload(client: Client, url: str, *files: tuple[str, bytes], **more: str) -> str:
    given = [SimpleUploadedFile(name, data) for name, data in files]
    answer = client.post(url, {"files": given, **more})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"])


@pytest.fixture
def people(db: None, capsys: pytest.CaptureFixture[str]) -> dict[str, Client]:
    """Set an empty instance up and open the accounts of two who sign, by the administrators' pages."""
    from nuanxin.interfaces.cli.commands.keeping import setup

    clock.move_to(AS_OF.replace(year=2024, month=1, day=5))
    setup(county="340223", names="甲,乙,丙")
    first = dict(re.findall(r"(\w+_admin)  (\S+)", capsys.readouterr().out))
    clients = {role: enter(role, password) for role, password in first.items()}
    for role in ("county_examiner", "section_chief", "township_clerk"):
        area = f"{AREA}.340223100" if role == "township_clerk" else AREA
        typed = {"username": role, "display_name": "李四", "role": role, "area": area, "reason": "启用"}
        page = clients["system_admin"].post("/accounts/new/", typed).content.decode()
        password = re.findall(r"<code>([0-9a-f-]{18})</code>", page)[0]
        asked = re.findall(
            r"/accounts/requests/(\d+)/", clients["security_admin"].get("/accounts/requests/").content.decode()
        )
        clients["security_admin"].post(f"/accounts/requests/{asked[0]}/", {"agree": "1"})
        clients[role] = enter(role, password)
    return clients


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def test_an_empty_instance_starts_from_a_bureaus_own_files(people: dict[str, Client]) -> None:
    examiner, chief = people["county_examiner"], people["section_chief"]
    assert "上传名册" in shown(examiner, "/takeover/")
    blank = openpyxl.load_workbook(io.BytesIO(examiner.get("/takeover/template/").content))
    assert {"居民", "待遇", "说明", "选项"} <= set(blank.sheetnames)
    rows = bureau()
    rows["居民"][1]["出生日期"] = "1950-01-01"
    page = upload(examiner, "/takeover/upload/", ("名册.xlsx", workbook(**rows)), month="2023-12")
    assert "等待核对" in shown(examiner, page)
    assert 'hx-trigger="every 2s"' in shown(examiner, f"{page}progress/")
    run_waiting_loads()
    assert examiner.get(f"{page}progress/")["HX-Refresh"] == "true"
    assert "与身份证号里的 1952-05-01 不一致" in shown(examiner, page)
    faulty = examiner.post(f"{page}faults/", {"purpose": "更正导入的行"})
    book = openpyxl.load_workbook(io.BytesIO(faulty.content))
    head = [cell.value for cell in book["居民"][1]]
    book["居民"].cell(2, head.index("出生日期") + 1).value = "1952-05-01"
    corrected = io.BytesIO()
    book.save(corrected)
    upload(examiner, f"{page}correct/", ("改好.xlsx", corrected.getvalue()))
    run_waiting_loads()
    assert "核对控制数并签字" in shown(examiner, page)
    assert examiner.post(f"{page}sign/").status_code == 302
    assert examiner.post(f"{page}sign/").status_code == 409
    assert "签字" in shown(chief, page)
    assert chief.post(f"{page}sign/").status_code == 302
    run_waiting_loads()
    assert "已生效" in shown(examiner, page)
    _look(people["township_clerk"], examiner)


def _look(clerk: Client, examiner: Client) -> None:
    """Everything that was loaded is on the pages."""
    listed = shown(clerk, f"/people/?q={number(901)}")
    person = re.findall(r"/people/(\d+)/", listed)[0]
    page = shown(clerk, f"/people/{person}/")
    assert "王户主" in page
    assert "残疾" in page
    assert "**** 0901" in page
    assert "李配偶" in shown(clerk, "/households/" + re.findall(r"/households/(\d+)/", page)[0] + "/")
    assert "最低生活保障" in shown(examiner, "/grants/")
    assert "无名氏甲" in shown(clerk, "/people/?q=无名氏甲")


def test_a_load_of_another_county_does_not_exist_and_a_clerk_may_not_load(people: dict[str, Client]) -> None:
    files = [SimpleUploadedFile("居民.csv", csv_of(bureau()["居民"]))]
    assert people["township_clerk"].post("/takeover/upload/", {"files": files}).status_code == 403
    page = upload(people["county_examiner"], "/takeover/upload/", ("居民.csv", csv_of(bureau()["居民"])))
    TakeoverList.objects.update(county="330522")
    for path in ("", "progress/"):
        assert people["county_examiner"].get(f"{page}{path}").status_code == 404
    for path in ("sign/", "correct/", "withdraw/", "faults/"):
        assert people["county_examiner"].post(f"{page}{path}", {"purpose": "核对"}).status_code == 404


def test_two_accept_the_clean_part_and_a_load_can_be_withdrawn(people: dict[str, Client]) -> None:
    examiner, chief = people["county_examiner"], people["section_chief"]
    rows = [*bureau()["居民"], {"身份证号": "1", "姓名": "错号", "村(社区)代码": "340223100001"}]
    page = upload(examiner, "/takeover/upload/", ("居民.csv", csv_of(rows)))
    run_waiting_loads()
    assert "只接收无错的行并签字" in shown(examiner, page)
    assert examiner.post(f"{page}sign/", {"partial": "1"}).status_code == 302
    assert chief.post(f"{page}sign/", {"partial": "1"}).status_code == 302
    run_waiting_loads()
    assert "只接收无错的行" in shown(chief, page)
    assert "王户主" in shown(examiner, "/people/?q=王户主")
    assert "错号" not in shown(examiner, "/people/?q=错号").split("<table", 1)[-1]
    assert examiner.post(f"{page}withdraw/").status_code == 409
    other = upload(examiner, "/takeover/upload/", ("居民.csv", csv_of(rows[:1])))
    assert examiner.post(f"{other}withdraw/").status_code == 302
    assert "已撤回" in shown(examiner, "/takeover/")


@pytest.mark.parametrize(("files", "month"), [((), ""), ((("a.csv", b"x"),), "2023-13"), ((("a.csv", b"x"),), "abc")])
def test_an_upload_that_cannot_be_is_refused_in_words(people: dict[str, Client], files: Any, month: str) -> None:
    given = [SimpleUploadedFile(name, data) for name, data in files]
    answer = people["county_examiner"].post("/takeover/upload/", {"files": given, "month": month})
    assert answer.status_code == 409
    assert not TakeoverList.objects.exists()
