import datetime as dt

import pytest

from nuanxin.kernel.registry import selectors
from nuanxin.kernel.registry.models import PersonIdentifier

pytestmark = [pytest.mark.db, pytest.mark.django_db]

COUNTY, TOWN, OTHER = "34.3402.340223", "34.3402.340223.340223100", "34.3402.340223.340223101"


@pytest.fixture
def people(county):
    return {
        "王小明": county.person("王小明", phone="13800001111"),
        "李小红": county.person("李小红", division="340223101001"),
        "王五": county.person("王五", birth=dt.date(1960, 1, 1)),
    }


def names(area: str, text: str) -> list[str]:
    return sorted(person.name for person in selectors.find_people(area, text))


@pytest.mark.parametrize(
    ("area", "text", "found"),
    [
        (COUNTY, "小", ["李小红", "王小明"]),
        (COUNTY, "王", ["王五", "王小明"]),
        (COUNTY, "wx", ["王小明"]),
        (COUNTY, "WXM", ["王小明"]),
        (COUNTY, "13800001111", ["王小明"]),
        (COUNTY, "五里", ["王五", "王小明"]),
        (COUNTY, "五里 小", ["王小明"]),
        (COUNTY, "籍山 wxm", ["王小明"]),
        (COUNTY, "许镇", ["李小红"]),
        (COUNTY, "张", []),
        (COUNTY, "12", []),
        (TOWN, "小", ["王小明"]),
        (OTHER, "13800001111", []),
        (OTHER, "王", []),
        (OTHER, "五里", []),
        ("", "王", []),
        (TOWN, "", ["王五", "王小明"]),
        (COUNTY, "%", []),
    ],
)
def test_what_is_found_where(people, area, text, found):
    assert names(area, text) == found


def test_a_whole_number_finds_its_holder_and_a_tail_only_within_a_township(people, county):
    row = PersonIdentifier.objects.get(person=people["王五"])
    from nuanxin.kernel.core.crypto import decrypt

    number = decrypt(row.cipher, row.key_id)
    assert names(COUNTY, number.lower()) == ["王五"]
    assert names(TOWN, row.tail) == ["王五"]
    assert names(COUNTY, f"籍山 {row.tail}") == ["王五"]
    assert names(COUNTY, row.tail) == []
    assert names(OTHER, row.tail) == []


def test_at_most_so_many_are_returned_with_their_divisions(people, django_assert_num_queries):
    assert len(selectors.find_people(COUNTY, "王", limit=1)) == 1
    found = list(selectors.find_people(COUNTY, "王小明"))
    with django_assert_num_queries(0):
        assert found[0].division.name == "五里居委会"
