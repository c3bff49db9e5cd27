"""Names follow one rule everywhere: in full for who sees means, of people in the area; for everybody else masked."""

import io
from typing import Any

import openpyxl
import pytest

from nuanxin.domains.civil.models import Cremation
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.access.selectors import name_for
from nuanxin.kernel.registry.models import Person
from tests.interfaces.staff.conftest import COUNTY
from tests.interfaces.staff.world import MINE, OTHER, World, make_world

NAME = "欧阳锦绣"


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    """A cremation of one township whose applicant lives in the other, and a clerk of the first."""
    made = make_world(accounts["county_examiner"])
    here, there = made.places[MINE], made.places[OTHER]
    Person.objects.filter(pk=there.person.pk).update(name=NAME)
    Cremation.objects.filter(pk=here.record.pk).update(applicant=there.person)
    assert there.person.division.path.startswith(accounts["township_clerk"].area) is False
    return made


def cells(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    book = openpyxl.load_workbook(io.BytesIO(content))
    return " ".join(str(value) for row in book.active.iter_rows(values_only=True) for value in row)


@pytest.mark.parametrize(
    "url", ["/funerals/", "/funerals/?export=xlsx", "/registers/cremation/", "/registers/cremation/?export=xlsx"]
)
def test_somebody_of_another_township_is_masked_in_lists_and_exports(world: World, sign_in: Any, url: str) -> None:
    answer = sign_in("township_clerk").get(url)
    assert answer.status_code == 200
    text = cells(answer) if "export" in url else answer.content.decode()
    assert NAME not in text
    county = sign_in("county_examiner").get(url)
    whole = cells(county) if "export" in url else county.content.decode()
    assert (NAME in whole) or "cremation" in url


def test_somebody_of_another_township_is_masked_on_the_record_and_its_form(world: World, sign_in: Any) -> None:
    record = world.places[MINE].record.pk
    client = sign_in("township_clerk")
    for url in (f"/registers/cremation/{record}/", f"/registers/cremation/{record}/correct/"):
        page = client.get(url)
        assert NAME not in page.content.decode()
    assert NAME in sign_in("county_examiner").get(f"/registers/cremation/{record}/").content.decode()


def test_finance_opens_no_statement_of_a_household(world: World, sign_in: Any) -> None:
    home = world.places[MINE].household.pk
    assert sign_in("finance").get(f"/households/{home}/statement/").status_code == 403
    assert sign_in("township_clerk").get(f"/households/{home}/statement/").status_code == 200


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_one_rule(role: str) -> None:
    from nuanxin.kernel.access.models import Account

    account = Account(role=role, area=f"34.3402.{COUNTY}", is_active=True)
    inside, outside = f"34.3402.{COUNTY}.340223100", "34.3402.340281"
    assert (name_for(account, NAME, inside) == NAME) is (ROLES[role].sensitivity >= 2)
    assert name_for(account, NAME, outside) == "欧**绣"


def test_a_closed_account_and_one_without_a_role_see_masks_only() -> None:
    from nuanxin.kernel.access.models import Account

    for account in (Account(role="auditor", area="34", is_active=False), Account(role="", area="34")):
        assert name_for(account, NAME, "34") != NAME
