"""A dated file changes the division tree: checked, whole or not at all; people follow, old codes still resolve."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from nuanxin.interfaces.cli.commands import divisions as command
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.models import Division, Household, Person
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 3, 15)
HEAD = "变动,代码,名称,上级代码,并入代码,生效日期,依据\n"
ORDER = "皖民地字〔2024〕1号"


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


def rows(*lines: str) -> bytes:
    return (HEAD + "\n".join(lines)).encode()


def send(client: Any, data: bytes, act: str = "load", reason: str = ORDER) -> Any:
    file = SimpleUploadedFile("区划.csv", data)
    return client.post("/divisions/load/", {"file": file, "act": act, "reason": reason})


def said(answer: Any) -> str:
    return str(answer.content.decode())


def test_villages_are_merged_renamed_and_new_and_people_follow(world: World, sign_in: Any) -> None:
    examiner, place = sign_in("county_examiner"), world.mine
    old = place.household.division_id
    data = rows(
        f"新设,340223100998,新和村,,,2024-03-01,{ORDER}",
        f"更名,340223101002,新名村,,,2024-03-01,{ORDER}",
        f"并入,{old},,,340223100998,2024-03-01,{ORDER}",
    )
    page = said(send(examiner, data, "check"))
    assert "居民" in page
    assert "新设 1" in page
    assert not Division.objects.filter(code="340223100998").exists()
    assert send(examiner, data).status_code == 302
    for record in (place.person, place.household, place.grant, place.facility):
        record.refresh_from_db()
        assert record.division_id == "340223100998"
    was = registry.division(old)
    assert (was.valid_to, was.replaced_by_id) == (dt.date(2024, 3, 1), "340223100998")
    assert registry.division_now(old) == "340223100998"
    assert old in {one.code for one in registry.villages("340223100", dt.date(2024, 2, 1))}
    assert old not in {one.code for one in registry.villages("340223100", TODAY)}
    page = said(examiner.get("/divisions/"))
    assert was.name in page
    assert ORDER in page
    assert f'value="{old}"' not in said(examiner.get("/people/new/"))
    assert "已于 2024-03-01 并入新和村" in said(examiner.post("/people/new/", {"division": old}))


def test_a_township_is_merged_with_its_villages_and_its_work_goes_along(world: World, sign_in: Any) -> None:
    examiner = sign_in("county_examiner")
    villages = list(registry.villages("340223100"))
    data = rows(
        *(f"新设,3402231019{n:02d},{one.name}迁,,,2024-03-01,{ORDER}" for n, one in enumerate(villages)),
        *(f"并入,{one.code},,,3402231019{n:02d},2024-03-01,{ORDER}" for n, one in enumerate(villages)),
        f"并入,340223100,,,340223101,2024-03-01,{ORDER}",
    )
    assert send(examiner, data).status_code == 302
    assert not Person.objects.filter(division__parent="340223100").exists()
    assert not Household.objects.filter(division__parent="340223100").exists()
    world.mine.grant.refresh_from_db()
    assert world.mine.grant.township == "340223101"
    world.mine.case.refresh_from_db()
    assert world.mine.case.township == "340223101"
    assert "340223100" not in {one.code for one in registry.townships("340223", TODAY)}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("撤销,340223100001,,,,2024-03-01,x", "不认识"),
        ("新设,340223100001,五里,,,2024-03-01,x", "已有"),
        ("新设,340223999001,甲村,,,2024-03-01,x", "上级"),
        ("新设,340223100998,,,,2024-03-01,x", "名称"),
        ("新设,330522100998,甲村,,,2024-03-01,x", "不属于本县"),
        ("新设,34022310099,甲村,,,2024-03-01,x", "12位"),
        ("更名,340223100001,新名,,,,x", "生效日期"),
        ("更名,340223100001,新名,,,2024-03-16,x", "不在"),
        ("更名,340223100001,新名,,,2024-03-01,", "依据"),
        ("更名,340223100997,新名,,,2024-03-01,x", "不在区划里"),
        ("并入,340223100001,,,340223100001,2024-03-01,x", "它自己"),
        ("并入,340223100001,,,340223101,2024-03-01,x", "同一级"),
        ("并入,340223100,,,340223101,2024-03-01,x", "没有并入别处"),
        ("并入,340223100001,,,340223100002,2024-13-01,x", "写法不对"),
    ],
)
def test_a_faulty_file_changes_nothing_and_its_faults_are_named_by_row(
    world: World, sign_in: Any, line: str, word: str
) -> None:
    before = list(Division.objects.order_by("code").values())
    page = said(send(sign_in("county_examiner"), rows(f"新设,340223100999,乙村,,,2024-03-01,{ORDER}", line)))
    assert "第 3 行" in page
    assert word in page
    assert list(Division.objects.order_by("code").values()) == before


def test_a_file_without_its_columns_or_nothing_at_all_is_refused(world: World, sign_in: Any) -> None:
    examiner = sign_in("county_examiner")
    assert "缺少列" in said(send(examiner, b"a,b\n1,2"))
    assert "没有收到文件" in said(examiner.post("/divisions/load/", {"act": "load"}))
    data = rows(f"新设,340223100998,新和村,,,2024-03-01,{ORDER}")
    assert "还没有填" in said(send(examiner, data, reason=""))
    assert not Division.objects.filter(code="340223100998").exists()


def test_a_county_that_was_not_shipped_is_loaded_from_a_file(tmp_path: Any, db: None) -> None:
    import typer
    from typer.testing import CliRunner

    app = typer.Typer()
    command.register(app)

    clock.move_to(TODAY)
    file = tmp_path / "区划.csv"
    lines = [
        "新设,35,福建省",
        "新设,3507,南平市",
        "新设,350723,光泽县",
        "新设,350723100,寨里镇",
        "新设,350723100201,小寺州村",
    ]
    file.write_bytes((("变动,代码,名称\n") + "\n".join(lines)).encode("gb18030"))
    assert "核对" not in CliRunner().invoke(app, [str(file), "--check"]).output
    assert not Division.objects.exists()
    assert CliRunner().invoke(app, [str(file)]).exit_code == 0
    assert registry.counties_kept() == {"350723": "光泽县"}
    assert registry.division("350723100201").path == "35.3507.350723.350723100.350723100201"
    assert CliRunner().invoke(app, [str(file)]).exit_code == 1


def test_nobody_is_registered_in_a_place_that_was_merged(world: World) -> None:
    data = rows(f"并入,340223101001,,,340223101002,2024-03-01,{ORDER}")
    with one_act(author=Author("测试"), verb="x", reason="x", source="x") as change:
        services.load_division_file(change=change, file=data, name="a.csv")
    with pytest.raises(Refused, match="并入"):
        services.register_person(change=world.walk.change, division="340223101001", name="张三", sex=1, birth=None)
