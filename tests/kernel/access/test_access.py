import datetime as dt

import pytest
from django.contrib.auth import authenticate
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.access import selectors, services
from nuanxin.kernel.access.models import Account, Disclosure
from nuanxin.kernel.access.roles import ADMINISTRATION, APART, PERMISSIONS, ROLES
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.registry.models import Division

PASSWORD = "一个很长的密码-2024"
COUNTY = "34.3402.340223"
TOWNSHIP = f"{COUNTY}.340223100"

codes = st.tuples(*[st.integers(0, 2)] * 5).flatmap(lambda parts: st.integers(1, 5).map(lambda depth: parts[:depth]))


def path_of(parts):
    """Make a path of codes that begin alike, as real ones do."""
    names = ["34", "3402", "340223", "340223100", "340223100001"]
    return ".".join(f"{name[:-1]}{part}" for name, part in zip(names, parts, strict=False))


@pytest.fixture
def chief(db):
    return make("chief", "section_chief", COUNTY)


def make(username, role, area):
    return services.create_account(
        username=username, display_name="张三丰", role=role, area=area, password=PASSWORD, title="股长"
    )


@given(codes, codes)
def test_an_account_sees_its_area_and_nothing_else(area, place):
    account = Account(role="section_chief", area=path_of(area))
    inside = path_of(place).split(".")[: len(area)] == path_of(area).split(".")
    assert selectors.sees_path(account, path_of(place)) == inside


def test_a_code_that_only_begins_alike_is_outside():
    account = Account(area="34.3402.340223.34022310")
    assert not selectors.sees_path(account, "34.3402.340223.340223100")


@pytest.mark.parametrize("account", [Account(area=""), Account(area=COUNTY, is_active=False)])
def test_no_area_or_a_closed_account_sees_nothing(account):
    assert not selectors.sees_path(account, COUNTY)
    assert not selectors.sees_path(account, "")
    assert selectors.area_filter(account) == selectors.NOTHING
    assert selectors.township_filter(account) == selectors.NOTHING


@pytest.mark.parametrize(
    ("area", "condition"),
    [
        (TOWNSHIP, ("township", "340223100")),
        (COUNTY, ("township__startswith", "340223")),
        ("34.3402", ("township__startswith", "3402")),
        (f"{TOWNSHIP}.340223100001", ("pk__in", [])),
        (f"{TOWNSHIP}.340223100001.1", ("pk__in", [])),
    ],
)
def test_townships_of_an_area(area, condition):
    assert selectors.township_filter(Account(area=area)).children == [condition]


def test_roles_know_only_permissions_and_keep_maker_and_checker_apart():
    for role in ROLES.values():
        assert role.permissions <= set(PERMISSIONS)
        assert not [pair for pair in APART if set(pair) <= role.permissions]
    assert {permission for role in ROLES.values() for permission in role.permissions} == set(PERMISSIONS)
    assert [role.username for role in selectors.demo_roles()] == list(ROLES)


def test_three_administrators_hold_one_power_each_and_see_no_business():
    for code in ("system_admin", "security_admin", "audit_admin"):
        assert len(ROLES[code].permissions) == 1
        assert ROLES[code].permissions <= ADMINISTRATION
        assert ROLES[code].sensitivity == 0
    holders = [role.code for role in ROLES.values() if role.permissions & ADMINISTRATION]
    assert holders == ["system_admin", "security_admin", "audit_admin"]


@pytest.mark.db
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role": "king"}, "access.role"),
        ({"area": TOWNSHIP}, "access.area"),
        ({"area": ""}, "access.area"),
        ({"area": "34.3402.340223'"}, "access.area"),
        ({"password": "short"}, "access.password"),
        ({"username": "chief"}, "access.username_taken"),
    ],
)
def test_accounts_that_cannot_be(chief, change, code):
    good = {"username": "new", "display_name": "李四", "role": "auditor", "area": COUNTY, "password": PASSWORD}
    with pytest.raises(Refused) as caught:
        services.create_account(**good | change)
    assert caught.value.code == code
    assert Account.objects.count() == 1


@pytest.mark.db
def test_signing_in(chief):
    assert authenticate(username="chief", password=PASSWORD) == chief
    assert authenticate(username="chief", password="wrong") is None
    assert authenticate(username="nobody", password=PASSWORD) is None
    services.change_password(account=chief, password="另一个很长的密码 7")
    assert authenticate(username="chief", password=PASSWORD) is None
    assert authenticate(username="chief", password="另一个很长的密码 7") == chief
    type(chief).objects.filter(pk=chief.pk).update(is_active=False)
    assert authenticate(username="chief", password="另一个很长的密码 7") is None


@pytest.mark.db
def test_require(chief):
    services.require(chief, "cases.check")
    with pytest.raises(Refused, match="编制发放"):
        services.require(chief, "payments.prepare")
    with pytest.raises(Fault):
        services.require(chief, "cases.chek")
    chief.role = "gone"
    assert not selectors.may(chief, "cases.check")


@pytest.mark.db
class TestDisclosures:
    def look(self, account, person_id=7):
        return services.log_disclosure(account=account, person_id=person_id, what="identifier", purpose="核对申请")

    def test_entries_form_one_chain(self, chief):
        entries = [self.look(chief, person) for person in (1, 2, None)]
        assert [entry.previous for entry in entries] == ["", entries[0].chain, entries[1].chain]
        assert selectors.disclosure_head() == entries[-1].chain
        assert selectors.broken_disclosures() == []

    @pytest.mark.parametrize("change", [{"person_id": 9}, {"purpose": "x"}, {"what": "account"}, {"chain": "0" * 64}])
    def test_an_altered_entry_is_found(self, chief, change):
        entries = [self.look(chief, person) for person in (1, 2, 3)]
        Disclosure.objects.filter(pk=entries[1].pk).update(**change)
        assert entries[1].pk in selectors.broken_disclosures()

    def test_an_altered_time_is_found(self, chief):
        entry = self.look(chief)
        Disclosure.objects.update(at=entry.at - dt.timedelta(microseconds=1))
        assert selectors.broken_disclosures() == [entry.pk]

    def test_a_removed_entry_is_found(self, chief):
        entries = [self.look(chief, person) for person in (1, 2, 3)]
        Disclosure.objects.filter(pk=entries[1].pk).delete()
        assert selectors.broken_disclosures() == [entries[2].pk]

    def test_without_right_or_purpose_nothing_is_disclosed(self, chief, db):
        leader = make("leader", "leader", COUNTY)
        with pytest.raises(Refused, match="权限"):
            self.look(leader)
        with pytest.raises(Refused, match="用途"):
            services.log_disclosure(account=chief, person_id=1, what="identifier", purpose="  ")
        assert not Disclosure.objects.exists()


def test_masks():
    assert [selectors.masked_name(name) for name in ("", "李", "李四", "张三丰", "阿卜杜·热合曼")] == [
        "",
        "李",
        "李*",
        "张*丰",
        "阿*****曼",
    ]
    assert selectors.mask_id("1029", "330522") == "330522********1029"
    assert selectors.mask_account("6789") == "**** 6789"


@pytest.mark.db
@pytest.mark.django_db
def test_the_filter_finds_just_the_divisions_of_the_area():
    shapes = [tuple(map(int, f"{number:b}".zfill(depth))) for depth in range(1, 6) for number in range(2**depth)]
    paths = [path_of(shape) for shape in shapes]
    Division.objects.bulk_create(
        [Division(code=str(number + 1), name="x", level="village", path=path) for number, path in enumerate(paths)]
    )
    for area in paths:
        account = Account(role="section_chief", area=area)
        found = set(Division.objects.filter(selectors.area_filter(account, "")).values_list("path", flat=True))
        assert found == {path for path in paths if selectors.sees_path(account, path)}
