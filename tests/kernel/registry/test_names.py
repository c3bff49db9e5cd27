"""Names and numbers have one form in the store, whichever way they came in, and any spelling finds them."""

import datetime as dt
from importlib import import_module

import pyarrow as pa
import pytest
from django.apps import apps
from django.db import connection

from nuanxin.kernel.core.crypto import decrypt
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.models import Person, PersonIdentifier

pytestmark = [pytest.mark.db, pytest.mark.django_db]

COUNTY = "34.3402.340223"
UYGHUR = ["阿卜杜·艾尼", "阿卜杜•艾尼", "阿卜杜.艾尼", "阿卜杜・艾尼", "阿卜杜 艾尼", "阿卜杜艾尼", "阿卜杜\u200b·艾尼"]
HAN = ["张三丰", "张　三丰", "张 三丰", "张三丰\u200b", "张\u00a0三 丰"]


def names(text: str) -> list[str]:
    return [person.name for person in selectors.find_people(COUNTY, text)]


def load(county, names: list[str], **columns: list) -> list[int]:
    table = {"county": ["340223"], "division": ["340223100001"], "sex": [1], "birth": [dt.date(1950, 3, 7)]}
    table = {name: values * len(names) for name, values in table.items()} | {"name": names} | columns
    return services.load_people(change=county.change, table=pa.table(table)).to_pylist()


@pytest.mark.parametrize("spelling", UYGHUR[:4] + UYGHUR[6:])
def test_any_spelling_of_a_pointed_name_is_stored_alike_and_finds_it(county, spelling):
    person = county.person(spelling)
    load(county, [spelling])
    assert list(Person.objects.values_list("name", "initials")) == [("阿卜杜·艾尼", "abdan")] * 2
    assert all(names(typed) == ["阿卜杜·艾尼"] * 2 for typed in UYGHUR)
    assert person.name == "阿卜杜·艾尼"


@pytest.mark.parametrize("spelling", HAN)
def test_any_spelling_of_a_han_name_is_stored_alike_and_finds_it(county, spelling):
    county.person(spelling)
    assert [names(typed) for typed in HAN] == [["张三丰"]] * len(HAN)


def test_a_rare_character_is_found_by_its_old_private_code(county):
    county.person("李\ue863")
    assert names("李䶮") == names("李\ue863") == names("ly") == ["李䶮"]


@pytest.mark.parametrize("name", ["李\ue000", "张?丰", "\u200b", "长" * 51])
def test_what_no_other_system_can_show_is_refused(county, name):
    with pytest.raises(Refused):
        county.person(name)


def test_numbers_loaded_in_bulk_have_the_form_of_the_counter(county):
    (person_id,) = load(county, ["王五"], citizen_id=["3402 2319-5003 071020"], phone=["138－0000 1111"])
    assert names("340223195003071020") == names("13800001111") == names("138-0000-1111") == ["王五"]
    account = services.load_accounts(
        change=county.change,
        table=pa.table(
            {
                "county": ["340223"],
                "holder_id": [person_id],
                "bank_code": ["103"],
                "number": ["6222 0000\u200b0000 0000 018"],
            }
        ),
    )
    assert selectors.accounts_of(person_id)[0].id == account[0].as_py()


def test_an_old_fifteen_digit_number_and_the_eighteen_it_became_are_one(county):
    (person_id,) = load(county, ["王五"])
    table = pa.table({"person_id": [person_id], "kind": ["citizen_id"], "number": ["340223500307102"]})
    services.load_identifiers(change=county.change, table=table)
    row = PersonIdentifier.objects.get()
    assert decrypt(row.cipher, row.key_id) == "340223195003071020"
    assert names("340223500307102") == names("340223195003071020") == ["王五"]
    assert selectors.people_by_identifiers(["340223500307102"]) == {"340223500307102": person_id}


@pytest.mark.parametrize("birth", [dt.date(1824, 3, 3), dt.date(2999, 1, 1)])
def test_nobody_is_two_hundred_years_old_or_not_yet_born(county, birth):
    with pytest.raises(Refused, match=birth.isoformat()):
        county.person(birth=birth)


def test_names_that_stood_before_take_the_one_form(county):
    old, same = county.person("张三"), county.person("李四")
    Person.objects.filter(pk=old.pk).update(name="阿卜杜•艾　尼", initials="x")
    migration = import_module("nuanxin.kernel.registry.migrations.0002_names_in_one_form")
    migration.take_one_form(apps, connection.schema_editor())
    rows = Person.objects.filter(pk__in=(old.pk, same.pk)).order_by("pk").values_list("name", "initials")
    assert list(rows) == [("阿卜杜·艾尼", "abdan"), ("李四", "ls")]


def test_every_character_a_name_may_hold_has_initials_or_none() -> None:
    from nuanxin.kernel.registry.initials import initials_of

    for code in (*range(0x3400, 0xA000), *range(0x20000, 0x20400), 0x2CB4E, 0xE863, 0x200B, ord("·")):
        assert len(initials_of(f"李{chr(code)}")) <= 2, hex(code)
