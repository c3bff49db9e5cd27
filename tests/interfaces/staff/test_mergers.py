"""The page of a record that was absorbed leads to the record kept."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from nuanxin.kernel.registry import services
from tests.factories.county import SmallCounty

BIRTH = dt.date(1950, 3, 4)


def test_the_page_of_an_absorbed_record_leads_to_the_one_kept(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("county_examiner")
    county = SmallCounty()
    kept, absorbed = (county.person("王一", birth=BIRTH) for _ in range(2))
    assert client.get(f"/people/{absorbed.pk}/").status_code == 200
    event = services.report_event(
        change=county.change,
        kind="merged",
        person_id=kept.pk,
        other_id=absorbed.pk,
        on=dt.date(2024, 1, 10),
        source="比对",
    )
    services.confirm_event(change=county.change, event_id=event.pk)
    answer = client.get(f"/people/{absorbed.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{kept.pk}/")
    assert client.get(f"/people/{kept.pk}/").status_code == 200
