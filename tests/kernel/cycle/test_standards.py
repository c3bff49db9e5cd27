"""A new standard reaches the grants: back months, the open month's proposals, letters; twice changes nothing."""

import datetime as dt

import pytest

from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.casework.assessed import use_assessor
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.cycle.assessing import use_assessments
from nuanxin.kernel.grants.models import Share
from nuanxin.kernel.grants.services import award_grants
from nuanxin.kernel.grants.values import Award, Covered
from nuanxin.kernel.payments.models import Due
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.rulebook import layers, selectors, services
from nuanxin.kernel.work.models import Letter
from tests.factories.county import COUNTY, SmallCounty

JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2024, m, 1) for m in (1, 2, 3, 4))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]


class Bureau(SmallCounty):
    """A household on dibao and an old person on gaoling, in force as the rules of 2024 say, and their officers."""

    def __init__(self) -> None:
        super().__init__()
        use_assessments(None)
        use_assessor(None)
        clock.move_to(dt.date(2024, 1, 10))
        self.maker, self.checker = self.account("county_examiner"), self.account("section_chief")
        self.author = author_of(self.maker)
        self.head, self.old = (
            self.person("王一", birth=dt.date(1970, 1, 1)),
            self.person("王二", birth=dt.date(1930, 3, 2)),
        )
        self.home = self.household(self.head)
        self.record("assistance_file", household_id=self.home.pk)
        self.record("property_ok", household_id=self.home.pk, level=1)
        self.record("wage_year", person_id=self.head.pk, amount_fen=120_000)
        self.award("dibao", (self.head,), self.home, (("basic", 67_000),))
        self.award("gaoling_jintie", (self.old,), None, (("amount", 10_000),))

    def record(self, kind, **values):
        registry.record_circumstance(
            change=self.change, kind=kind, valid_from=dt.date(2023, 1, 1), source="测试", standing="verified", **values
        )

    def award(self, benefit, people, household, shares):
        award = Award(
            county=COUNTY, township="340223100", division="340223100001", benefit=benefit,
            pays="household" if household else "person", from_date=dt.date(2023, 1, 1),
            persons=tuple(Covered(p.pk, shares) for p in people), basis="decision",
            household_id=household.pk if household else None, person_id=None if household else people[0].pk,
        )  # fmt: skip
        return award_grants(change=self.change, awards=[award])[0]

    def grant_another_amount(self):
        """Let the household's money be too low, and a person of 81 apply for gaoling."""
        from nuanxin.kernel.casework.services import file_application

        Share.objects.filter(coverage__person=self.head).update(amount_fen=60_000)
        young = self.person("王三", birth=dt.date(1942, 5, 5))
        self.household(young)
        file_application(
            author=self.author,
            county=COUNTY,
            benefit="gaoling_jintie",
            person_id=young.pk,
            filed_on=dt.date(2024, 1, 5),
        )

    def month(self, month, close=True):
        clock.move_to(month.replace(day=15))
        cycle.run_month(county=COUNTY, month=month, author=self.author)
        if close:
            cycle.build_dues(county=COUNTY, month=month, author=self.author)
            cycle.mark_closed(county=COUNTY, month=month, change=self.change)

    def publish(self, parameter, value, start):
        one = services.draft_value(
            account=self.maker, county=COUNTY, parameter=parameter, value=value, effective_from=start,
            document="南民〔2024〕9号", article="第一条",
        )  # fmt: skip
        one = services.check_publication(account=self.maker, publication_id=one.pk)
        assert one.state == "checked", one.faults
        services.simulate_publication(account=self.maker, publication_id=one.pk)
        services.approve_publication(account=self.checker, publication_id=one.pk)
        return services.publish_publication(account=self.checker, publication_id=one.pk)

    def paid(self, person, month):
        live = Share.objects.filter(coverage__person=person, superseded_at=None, from_date__lte=month)
        return sum(s.amount_fen for s in live if s.to_date is None or s.to_date > month)


@pytest.fixture
def bureau():
    return Bureau()


def test_a_standard_from_january_published_in_march_is_made_up_for(bureau):
    for month in (JANUARY, FEBRUARY):
        bureau.month(month)
    bureau.month(MARCH, close=False)
    one = bureau.publish("gaoling_bands", {"80": "50 元/月", "90": "130 元/月"}, JANUARY)
    assert (one.effect, one.outcome["changed"], one.outcome["letters"]) == ("done", 1, 1)
    assert [bureau.paid(bureau.old, m) for m in (dt.date(2023, 12, 1), JANUARY, FEBRUARY, MARCH, APRIL)] == [
        10_000, 13_000, 13_000, 13_000, 13_000,
    ]  # fmt: skip
    cycle.build_dues(county=COUNTY, month=MARCH, author=bureau.author)
    dues = Due.objects.filter(person=bureau.old, state="live").values_list("entitlement_month", "kind", "amount_fen")
    assert set(dues) == {
        (JANUARY, "regular", 10_000), (JANUARY, "arrears", 3_000), (FEBRUARY, "regular", 10_000),
        (FEBRUARY, "arrears", 3_000), (MARCH, "regular", 13_000),
    }  # fmt: skip
    letter = Letter.objects.get()
    assert (letter.kind, letter.person_id, letter.owner_kind, letter.owner_id) == (
        "standard",
        bureau.old.pk,
        "publication",
        one.pk,
    )
    assert "南民〔2024〕9号 第一条" in letter.values
    rows = Share.objects.count()
    one.effect = "waiting"
    one.save()
    services.carry_out(publication_id=one.pk, author=bureau.author)
    assert (Share.objects.count(), Letter.objects.count()) == (rows, 1)


def test_a_lower_standard_does_not_reach_back(bureau):
    bureau.month(JANUARY)
    bureau.month(FEBRUARY, close=False)
    bureau.publish("gaoling_bands", {"80": "50 元/月", "90": "80 元/月"}, JANUARY)
    assert [bureau.paid(bureau.old, m) for m in (JANUARY, FEBRUARY, MARCH)] == [10_000, 8_000, 8_000]


def test_a_start_to_come_is_waited_for(bureau):
    bureau.month(JANUARY, close=False)
    one = bureau.publish("gaoling_bands", {"80": "50 元/月", "90": "130 元/月"}, MARCH)
    assert (one.state, one.effect) == ("published", "waiting")
    cycle.build_dues(county=COUNTY, month=JANUARY, author=bureau.author)
    bureau.month(FEBRUARY)
    one.refresh_from_db()
    assert (one.effect, bureau.paid(bureau.old, FEBRUARY)) == ("waiting", 10_000)
    bureau.month(MARCH)
    one.refresh_from_db()
    assert (one.effect, bureau.paid(bureau.old, MARCH), bureau.paid(bureau.old, FEBRUARY)) == ("done", 13_000, 10_000)
    assert Letter.objects.filter(kind="standard").count() == 1


def test_closed_months_are_made_up_for_when_the_next_is_run(bureau):
    bureau.month(JANUARY)
    one = bureau.publish("gaoling_bands", {"80": "50 元/月", "90": "130 元/月"}, JANUARY)
    assert (one.effect, bureau.paid(bureau.old, JANUARY)) == ("waiting", 13_000)
    bureau.month(FEBRUARY)
    one.refresh_from_db()
    assert (one.effect, Letter.objects.count()) == ("done", 1)
    arrears = Due.objects.filter(kind="arrears", state="live").values_list("entitlement_month", "amount_fen")
    assert list(arrears) == [(JANUARY, 3_000)]


def test_what_people_decide_is_proposed_anew_in_the_open_month_with_its_cause(bureau):
    bureau.month(JANUARY, close=False)
    assert not Proposal.objects.exists()
    one = bureau.publish("dibao_standard", "800 元/月", JANUARY)
    assert one.outcome["proposals"] == 1
    proposal = Proposal.objects.get()
    assert (proposal.cause, proposal.kind, proposal.before_fen, proposal.after_fen) == (
        "standard",
        "change",
        67_000,
        70_000,
    )
    assert bureau.paid(bureau.head, JANUARY) == 67_000
    second = bureau.publish("dibao_standard", "810 元/月", dt.date(2024, 1, 1))
    assert second.outcome["proposals"] == 1
    states = dict(Proposal.objects.values_list("after_fen", "state"))
    assert states == {70_000: "superseded", 71_000: "open"}
    made = casework.make_decisions(
        maker=bureau.maker, proposal_ids=[p.pk for p in Proposal.objects.filter(state="open")]
    )
    assert casework.check_decisions(checker=bureau.checker, decision_ids=made) == made
    assert bureau.paid(bureau.head, JANUARY) == 71_000
    assert not Letter.objects.exists()
    cycle.build_dues(county=COUNTY, month=JANUARY, author=bureau.author)
    letter = Letter.objects.get()
    assert (letter.household_id, '"after":"71000"' in letter.values) == (bureau.home.pk, True)


def test_the_month_does_not_run_on_unpublished_files(bureau):
    bureau.month(JANUARY)
    path = layers.home() / COUNTY / "parameters" / "x.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("values:\n  dibao_standard:\n    - {from: 2024-02-01, value: 900 元/月, document: 手写}\n", "utf-8")
    clock.move_to(FEBRUARY)
    with pytest.raises(Refused, match="与发布的不一致"):
        cycle.run_month(county=COUNTY, month=FEBRUARY, author=bureau.author)
    path.unlink()
    bureau.month(FEBRUARY)
    assert selectors.adopted(COUNTY).cause == "first"


def test_killed_after_the_files_were_written_it_goes_on(bureau, monkeypatch):
    bureau.month(JANUARY)
    bureau.month(FEBRUARY, close=False)

    def broken(**_):
        raise RuntimeError("killed")

    from nuanxin.kernel.cycle.services import standards

    monkeypatch.setattr(standards, "restate_shares", broken)
    with pytest.raises(RuntimeError):
        bureau.publish("gaoling_bands", {"80": "50 元/月", "90": "130 元/月"}, JANUARY)
    monkeypatch.undo()
    (one,) = selectors.waiting_publications(COUNTY, FEBRUARY)
    services.publish_publication(account=bureau.checker, publication_id=one.pk)
    assert [bureau.paid(bureau.old, m) for m in (JANUARY, FEBRUARY)] == [13_000, 13_000]
