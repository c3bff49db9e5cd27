import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import services

pytestmark = [pytest.mark.db, pytest.mark.django_db]

CODE = "51340223MJ1234561R"


def test_an_organisation_is_known_by_its_code_once(county):
    common = {"change": county.change, "county": "340223", "name": "南陵县慈善协会", "kind": "social_group"}
    made = services.register_organisation(uscc=CODE.lower(), **common)
    assert made.uscc == CODE
    with pytest.raises(Refused, match="已登记"):
        services.register_organisation(uscc=CODE, **common)
    with pytest.raises(Refused, match="校验位"):
        services.register_organisation(uscc=CODE[:-1] + "A", **common)


def test_a_facility_stands_within_a_county(county):
    made = services.register_facility(change=county.change, division="340223100", name="籍山敬老院", kind="home")
    assert made.county == "340223"
    with pytest.raises(Refused, match="县区以内"):
        services.register_facility(change=county.change, division="3402", name="市殡仪馆", kind="parlour")
