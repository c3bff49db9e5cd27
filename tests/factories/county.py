"""A small county written through the registry's own verbs: two villages of Nanling, people, households, staff."""

import datetime as dt
from itertools import count

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import create_account
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.models import Household, Person

COUNTY, TOWNSHIP, OTHER_TOWNSHIP = "340223", "340223100", "340223101"
VILLAGE, OTHER_VILLAGE = "340223100001", "340223101001"
AREA = "34.3402.340223"
TODAY = dt.date(2024, 3, 15)
BIRTH = dt.date(1950, 3, 7)


class SmallCounty:
    """Verbs that put people and households into a county whose business date is 2024-03-15."""

    def __init__(self) -> None:
        clock.move_to(TODAY)
        services.load_divisions(COUNTY)
        self.change = self.open("test")
        self._numbers = count(1)

    def open(self, verb: str) -> Change:
        """Open another change."""
        return open_change(author=Author("测试"), verb=verb, reason="测试", source="tests")

    def person(
        self, name: str = "王小明", *, birth: dt.date = BIRTH, division: str = VILLAGE, sex: int = 1, **more: object
    ) -> Person:
        """Register a person with a citizen number of their own: a man unless `sex` says 2."""
        number = make_citizen_id(COUNTY, birth, next(self._numbers) * 2 - (sex == 1))
        return services.register_person(
            change=self.change, division=division, name=name, sex=sex, birth=birth, citizen_id=number, **more
        )

    def household(self, *people: Person, since: dt.date = dt.date(2020, 1, 1), division: str = VILLAGE) -> Household:
        """Open a household with these members, the first its head."""
        household = services.register_household(change=self.change, division=division)
        for person in people:
            services.add_member(
                change=self.change,
                household_id=household.pk,
                person_id=person.pk,
                role="head" if person == people[0] else "other",
                valid_from=since,
            )
        return household

    def account(self, role: str = "county_examiner", area: str = AREA, **more: str) -> Account:
        """Make an account of staff."""
        username = f"{role}{next(self._numbers)}"
        return create_account(
            username=username, display_name="李四", role=role, area=area, password="long enough 42", **more
        )
