"""A disability card that ends and is renewed late: what of the months between (T-R19-2), with the real law."""

import datetime as dt
import json

import pytest

from tests.factories.county import COUNTY, SmallCounty

MAY, JUNE, JULY, AUGUST, SEPTEMBER = (dt.date(2024, number, 1) for number in (5, 6, 7, 8, 9))


class CardCounty(SmallCounty):
    """One person with a card until 2024-06-30 and the care allowance since 2021, months run by the rulebook."""

    def __init__(self):
        from nuanxin.kernel.casework.assessed import use_assessor
        from nuanxin.kernel.core import clock
        from nuanxin.kernel.core.changes import author_of
        from nuanxin.kernel.cycle.assessing import use_assessments
        from nuanxin.kernel.grants.services import award_grant
        from nuanxin.kernel.grants.values import Award, Covered

        super().__init__()
        use_assessor(None)
        use_assessments(None)
        clock.move_to(MAY)
        self.maker, self.checker = self.account("county_examiner"), self.account("section_chief")
        self.author = author_of(self.maker)
        self.holder = self.person("王小明", birth=dt.date(1980, 1, 1), hukou_county=COUNTY)
        self.card(dt.date(2020, 7, 1), dt.date(2024, 7, 1))
        self.care()
        award = Award(
            county=COUNTY, township="340223100", division="340223100001", benefit="canji_huli", pays="person",
            from_date=dt.date(2021, 1, 1), persons=(Covered(self.holder.pk, (("amount", 8600),)),), basis="decision",
            person_id=self.holder.pk, booked_from=MAY,
        )  # fmt: skip
        award_grant(change=self.change, award=award)

    def card(self, start, end=None):
        from nuanxin.kernel.registry import services as registry

        registry.record_circumstance(
            change=self.open("card"), kind="disability", person_id=self.holder.pk, valid_from=start, valid_to=end,
            level=2, code="4",
        )  # fmt: skip

    def care(self):
        """An assessment of care that outlasts the card: it does not keep the subsidy going."""
        from nuanxin.kernel.registry import services as registry

        registry.record_circumstance(
            change=self.change, kind="care_level", person_id=self.holder.pk, valid_from=dt.date(2022, 1, 1), level=1
        )

    def run(self, month):
        """Assess, decide what waits, make the month's dues; the clock stands at its 20th."""
        from nuanxin.kernel.casework import selectors, services
        from nuanxin.kernel.core import clock
        from nuanxin.kernel.cycle import services as cycle

        clock.move_to(month.replace(day=20))
        services.resume_renewed(county=COUNTY, on=month.replace(day=20), author=self.author)
        cycle.run_month(county=COUNTY, month=month, author=self.author)
        made = services.make_decisions(maker=self.maker, proposal_ids=selectors.open_proposal_ids(COUNTY, month))
        services.check_decisions(checker=self.checker, decision_ids=made)
        cycle.build_dues(county=COUNTY, month=month, author=self.author)


def dues():
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(state="live").order_by("entitlement_month", "id")
    return [(one.entitlement_month.month, one.kind, one.amount_fen) for one in rows]


@pytest.fixture
def county(db):
    return CardCounty()


@pytest.mark.db
def test_the_gap_is_paid_back_where_the_place_says_so(county):
    from nuanxin.kernel.grants.models import Grant

    for month in (MAY, JUNE, JULY, AUGUST):
        county.run(month)
    assert dues() == [(5, "regular", 8600), (6, "regular", 8600)]  # nothing for July: the card ended before it
    grant = Grant.objects.get()
    assert (grant.to_date, grant.end_cause) == (JULY, "card_expired")
    county.card(dt.date(2024, 9, 5))
    county.run(SEPTEMBER)
    assert dues()[2:] == [(7, "arrears", 8600), (8, "arrears", 8600), (9, "regular", 8600)]


@pytest.mark.db
def test_the_gap_stays_unpaid_where_the_place_suspends(county, settings):
    from pathlib import Path

    folder = Path(settings.NUANXIN_HOME) / "counties" / COUNTY / "parameters"
    folder.mkdir(parents=True)
    value = {"from": "2016-01-01", "value": "suspend", "document": "测试办法", "assumption": "true"}
    (folder / "gap.yaml").write_text(json.dumps({"values": {"card_gap_rule": [value]}}, ensure_ascii=False))
    for month in (MAY, JUNE, JULY, AUGUST):
        county.run(month)
    county.card(dt.date(2024, 9, 5))
    county.run(SEPTEMBER)
    assert dues() == [(5, "regular", 8600), (6, "regular", 8600), (9, "regular", 8600)]


@pytest.mark.db
def test_a_card_that_ends_within_a_month_is_paid_for_it_and_asked_for_once(county):
    from nuanxin.kernel.casework.services import resume_renewed
    from nuanxin.kernel.grants.models import Grant

    county.card(dt.date(2024, 7, 1), dt.date(2024, 7, 16))
    for month in (MAY, JUNE, JULY):
        county.run(month)
    assert Grant.objects.get().to_date == AUGUST
    assert dues()[-1] == (7, "regular", 8600)
    county.card(dt.date(2024, 9, 5))
    assert Grant.objects.get().end_cause == "card_expired"
    assert resume_renewed(county=COUNTY, on=dt.date(2024, 9, 6), author=county.author) == 1
    assert resume_renewed(county=COUNTY, on=dt.date(2024, 9, 6), author=county.author) == 0
