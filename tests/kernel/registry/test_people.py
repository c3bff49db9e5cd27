import datetime as dt

import pytest

from nuanxin.kernel.access.models import Disclosure
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import ChangeItem
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.initials import initials_of, initials_of_many
from nuanxin.kernel.registry.models import PersonIdentifier

pytestmark = [pytest.mark.db, pytest.mark.django_db]

NUMBER = "340223195003071020"


def test_a_number_is_kept_as_ciphertext_and_found_by_its_blind_index(county):
    man = county.person()
    services.change_identifier(change=county.change, person_id=man.pk, kind="citizen_id", number="３４0223195003071020")
    row = PersonIdentifier.objects.get(person=man, valid_to=None)
    assert NUMBER.encode() not in bytes(row.cipher)
    assert (row.tail, len(bytes(row.blind))) == ("1020", 32)
    assert selectors.person_by_identifier(NUMBER) == man
    assert selectors.people_by_identifiers([NUMBER, "nobody"]) == {NUMBER: man.pk}


def test_an_old_number_still_finds_its_holder_and_is_dated(county):
    man = county.person()
    old = PersonIdentifier.objects.get(person=man)
    services.change_identifier(
        change=county.change, person_id=man.pk, kind="citizen_id", number=NUMBER, valid_from=dt.date(2024, 2, 1)
    )
    old.refresh_from_db()
    assert old.valid_to == dt.date(2024, 2, 1)
    assert len(selectors.identifiers_of(man.pk)) == 2
    assert selectors.masked_identifiers([man.pk])[man.pk].endswith("1020")


def test_a_number_held_by_another_person_is_refused(county):
    services.change_identifier(change=county.change, person_id=county.person().pk, kind="citizen_id", number=NUMBER)
    with pytest.raises(Refused, match="另一人名下"):
        services.change_identifier(change=county.change, person_id=county.person().pk, kind="citizen_id", number=NUMBER)


def test_a_phone_may_be_shared_and_then_names_nobody(county):
    one, two = county.person(phone="13800001111"), county.person(phone="13800001111")
    assert selectors.person_ids_of("13800001111") == [one.pk, two.pk]
    assert selectors.people_by_identifiers(["13800001111"]) == {}
    assert selectors.shared_identifiers(["13800001111"]) == {"13800001111"}
    with pytest.raises(Refused, match="2 个人"):
        selectors.person_by_identifier("13800001111")


@pytest.mark.parametrize("number", ["340223195003071021", "123", "", "340223195013071020"])
def test_a_faulty_number_is_refused(county, number):
    with pytest.raises(Refused):
        services.change_identifier(change=county.change, person_id=county.person().pk, kind="citizen_id", number=number)


def test_a_dissolved_region_and_an_old_number_stay_valid(county):
    man = county.person()
    for number in ("340221195003071028", "340223500307102"):
        services.change_identifier(change=county.change, person_id=man.pk, kind="citizen_id", number=number)
    assert selectors.person_by_identifier(NUMBER) == man


@pytest.mark.parametrize(
    ("name", "birth"), [("", dt.date(1950, 1, 1)), ("王", dt.date(2024, 3, 16))], ids=["no name", "not yet born"]
)
def test_an_impossible_person_is_refused(county, name, birth):
    with pytest.raises(Refused):
        services.register_person(change=county.change, division="340223100001", name=name, sex=1, birth=birth)


def test_a_full_number_needs_a_purpose_and_the_area_and_is_logged(county):
    man = county.person()
    row = PersonIdentifier.objects.get(person=man)
    clerk = county.account("township_clerk", "34.3402.340223.340223100")
    stranger = county.account("township_clerk", "34.3402.340223.340223101")
    shown = services.disclose_identifier(account=clerk, identifier_id=row.pk, purpose="核对低保材料")
    assert shown.endswith(row.tail)
    assert Disclosure.objects.get().person_id == man.pk
    with pytest.raises(Refused, match="数据范围"):
        services.disclose_identifier(account=stranger, identifier_id=row.pk, purpose="核对低保材料")
    with pytest.raises(Refused, match="用途"):
        services.disclose_identifier(account=clerk, identifier_id=row.pk, purpose=" ")


def test_an_account_has_one_holder_and_ends_by_date(county):
    man = county.person()
    row = services.add_account(
        change=county.change, county="340223", bank_code="ABC", number="6228480000012345678", holder_id=man.pk
    )
    assert selectors.account_ids_of([man.pk], dt.date(2024, 1, 1)) == {man.pk: row.pk}
    services.end_account(change=county.change, account_id=row.pk, on=dt.date(2024, 2, 1))
    assert selectors.account_ids_of([man.pk], dt.date(2024, 2, 1)) == {}
    assert "12345678" not in ChangeItem.objects.latest("id").diff
    with pytest.raises(Refused, match="一个人或一个单位"):
        services.add_account(change=county.change, county="340223", bank_code="ABC", number="6228480000012345678")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王小明", "wxm"),
        ("单田芳", "stf"),
        ("曾国藩", "zgf"),
        ("尉迟恭", "ycg"),
        ("𠅤A1", "xa1"),
        ("阿依古丽·买买提", "ayglmmt"),
    ],
)
def test_initials(name, letters):
    made = initials_of(name)
    assert made == letters
    assert made == initials_of_many([name])[0]
    assert made.isascii()
