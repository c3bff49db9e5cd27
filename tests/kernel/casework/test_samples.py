"""The county looks again at a share of what townships decided; certificates that end are told of."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

JANUARY = dt.date(2024, 1, 1)


def decided_by_township(county, count):
    """Let a township decide dibao for so many households, and the county for two more."""
    from nuanxin.kernel.casework.selectors import open_proposal_ids
    from nuanxin.kernel.casework.services import check_decisions, make_decisions
    from nuanxin.kernel.casework.services.checking import check_in_case
    from nuanxin.kernel.cycle.services import run_month

    clerk = county.account("township_clerk", "34.3402.340223.340223100")
    leader = county.account("township_leader", "34.3402.340223.340223100")
    for number in range(count + 2):
        person = county.person(f"王{number}", birth=dt.date(1970, 1, 1))
        home = county.household(person)
        county.receipts.household("dibao", home.pk, {person.pk: {"basic": 40000}})
        county.apply("dibao", person, home)
    run_month(county=COUNTY, month=JANUARY, author=county.author)
    ids = open_proposal_ids(COUNTY, JANUARY)
    made = make_decisions(maker=clerk, proposal_ids=ids)
    done = [check_in_case(checker=leader, decision_id=one).pk for one in made[:count]]
    check_decisions(checker=county.checker, decision_ids=made[count:])
    return clerk, leader, done


@pytest.mark.db
def test_at_least_thirty_in_a_hundred_are_drawn_and_anybody_can_draw_the_same(county):
    from nuanxin.kernel.casework.models import Draw, Sample
    from nuanxin.kernel.casework.services import draw_samples
    from nuanxin.kernel.core.crypto import sm3_hex

    _, _, done = decided_by_township(county, 7)
    draw = draw_samples(county=COUNTY, month=JANUARY, author=county.author)
    assert (draw.decided, draw.drawn, draw.per_cent) == (7, 3, 30)
    assert draw.seed == sm3_hex(f"340223:2024-01:{','.join(str(one) for one in sorted(done))}")
    again = sorted(done, key=lambda one: sm3_hex(f"{draw.seed}:{one}"))[:3]
    assert set(Sample.objects.values_list("decision_id", flat=True)) == set(again)
    assert draw_samples(county=COUNTY, month=JANUARY, author=county.author) is None
    assert Draw.objects.count() == 1


@pytest.mark.db
def test_what_is_decided_after_the_draw_is_drawn_from_too(county):
    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.casework.models import Decision, Sample
    from nuanxin.kernel.casework.services import draw_samples

    _, leader, _ = decided_by_township(county, 3)
    first = draw_samples(county=COUNTY, month=JANUARY, author=county.author)
    held = set(Sample.objects.values_list("decision_id", flat=True))
    county_ones = Decision.objects.exclude(checker=leader)
    county_ones.update(checker=Account.objects.get(pk=leader.pk))
    second = draw_samples(county=COUNTY, month=JANUARY, author=county.author)
    assert (first.drawn, second.number, second.decided, second.drawn) == (1, 2, 5, 2)
    assert held < set(Sample.objects.values_list("decision_id", flat=True))


@pytest.mark.db
def test_a_fault_opens_a_review_and_nobody_looks_at_his_own(county):
    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.casework.models import Review, Sample
    from nuanxin.kernel.casework.services import draw_samples, record_sample
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.work.models import Task

    clerk, leader, _ = decided_by_township(county, 4)
    draw_samples(county=COUNTY, month=JANUARY, author=county.author)
    one, other = Sample.objects.order_by("id")
    with pytest.raises(Refused, match="权限"):
        record_sample(account=clerk, sample_id=one.pk, fault=False, note="")
    Account.objects.filter(pk=leader.pk).update(role="section_chief", area="34.3402.340223")
    leader.refresh_from_db()
    with pytest.raises(Refused, match="不能抽查自己"):
        record_sample(account=leader, sample_id=one.pk, fault=False, note="")
    with pytest.raises(Refused, match="写明"):
        record_sample(account=county.checker, sample_id=one.pk, fault=True, note="")
    record_sample(account=county.checker, sample_id=other.pk, fault=False, note="")
    assert Task.objects.get(owner_kind="draw").state == "open"
    found = record_sample(account=county.checker, sample_id=one.pk, fault=True, note="入户发现另有住房")
    review = Review.objects.get()
    assert (found.state, found.review_id, review.kind, review.changed) == ("fault", review.pk, "fault", True)
    assert review.grant_id is not None
    assert "另有住房" in review.note
    assert Task.objects.get(owner_kind="draw").state == "done"
    with pytest.raises(Refused, match="已经办理"):
        record_sample(account=county.checker, sample_id=one.pk, fault=False, note="")


class TestPapers:
    """A disability card that ends on 2024-06-30."""

    END = dt.date(2024, 6, 30)

    def setup(self, county, end=END):
        from nuanxin.kernel.grants.services import award_grant
        from nuanxin.kernel.grants.values import Award, Covered
        from nuanxin.kernel.registry import services as registry

        person = county.person("王小明", birth=dt.date(1980, 1, 1))
        registry.record_circumstance(
            change=county.change, kind="disability", person_id=person.pk, valid_from=dt.date(2020, 7, 1),
            valid_to=end + dt.timedelta(days=1), level=2, code="4",
        )  # fmt: skip
        award_grant(
            change=county.change,
            award=Award(
                county=COUNTY, township="340223100", division="340223100001", benefit="canji_huli", pays="person",
                from_date=dt.date(2021, 1, 1), persons=(Covered(person.pk, (("amount", 8600),)),), basis="decision",
                person_id=person.pk,
            ),
        )  # fmt: skip
        return person

    def warn(self, county, days):
        from nuanxin.kernel.casework.services import warn_certificates
        from nuanxin.kernel.core import clock

        on = self.END - dt.timedelta(days=days)
        clock.move_to(on)
        return warn_certificates(county=COUNTY, on=on, author=county.author)

    @pytest.mark.db
    def test_ninety_sixty_and_thirty_days_before_once_each(self, county):
        from nuanxin.kernel.work.models import Letter, Task

        self.setup(county)
        found = [self.warn(county, days) for days in (91, 90, 85, 61, 60, 31, 30, 29, 0)]
        assert found == [0, 1, 0, 0, 1, 0, 1, 0, 0]
        assert [task.state for task in Task.objects.order_by("id")] == ["dropped", "dropped", "open"]
        assert {task.due_on for task in Task.objects.all()} == {self.END}
        assert Letter.objects.filter(kind="expiry").count() == 3
        assert "王小明" not in Task.objects.first().title

    @pytest.mark.db
    def test_a_renewed_card_and_a_person_without_benefits_warn_nobody(self, county):
        from nuanxin.kernel.registry import services as registry

        person = self.setup(county)
        registry.record_circumstance(
            change=county.change, kind="disability", person_id=person.pk, valid_from=dt.date(2024, 7, 1), level=2,
            code="4",
        )  # fmt: skip
        other = county.person("李某")
        registry.record_circumstance(
            change=county.change, kind="disability", person_id=other.pk, valid_from=dt.date(2020, 7, 1),
            valid_to=dt.date(2024, 7, 1), level=2, code="4",
        )  # fmt: skip
        assert self.warn(county, 45) == 0
