"""One of everything in two townships, so that each page can be opened inside and outside an account's area."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from nuanxin.domains.civil.registers.cremation import Cremation
from nuanxin.kernel.casework.models import (
    Appeal,
    Case,
    Decision,
    Draw,
    Proposal,
    ReassessedMonth,
    ReassessedShare,
    Reassessment,
    Review,
    Sample,
)
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.cycle.models import TakeoverDifference, TakeoverList
from nuanxin.kernel.engine.models import Snapshot
from nuanxin.kernel.payments.models import Due
from nuanxin.kernel.registry.models import Facility, Household, Membership, Organisation, Person
from nuanxin.kernel.rulebook.models import Adoption, AssessmentRun, Publication, Release
from nuanxin.kernel.statistics.models import SubmittedReport
from nuanxin.kernel.work.models import Attachment, Letter, Visit
from nuanxin.kernel.work.services import add_attachment, queue_letters, record_visit
from nuanxin.kernel.work.values import LetterDraft
from tests.factories.walk import NOON, TOWNSHIPS, Walk, month
from tests.interfaces.staff.reserves import Reserves, reserves_in

MINE, OTHER = 0, 1


@dataclass
class Place:
    """What stands in one township."""

    person: Person
    household: Household
    grant: Any
    line: Any
    debt: Any
    proposal: Proposal
    decision: Decision
    difference: TakeoverDifference
    record: Cremation
    letter: Letter
    attachment: Attachment
    visit: Visit
    review: Review
    reassessment: Reassessment
    appeal: Appeal
    sample: Sample
    case: Case
    reserves: Reserves
    facility: Facility


@dataclass
class World:
    """Two townships and what is the county's."""

    walk: Walk
    taken: TakeoverList
    places: list[Place]
    standard: Publication
    adoption: Adoption
    report: SubmittedReport
    organisation: Organisation

    @property
    def mine(self) -> Place:
        """Return what lies in the township of the clerk."""
        return self.places[MINE]

    @property
    def other(self) -> Place:
        """Return what lies elsewhere."""
        return self.places[OTHER]


def make_world(maker: Any) -> World:
    """Put one of everything into both townships."""
    walk = Walk()
    taken = TakeoverList.objects.create(
        county=walk.county, as_of=dt.date(2023, 12, 31), name="名单.xlsx", sm3="0" * 64, blob="x", faulty_rows=1,
        change=walk.change,
    )  # fmt: skip
    run = _run(walk)
    standard = Publication.objects.create(
        county=walk.county, title="新标准", files={}, effective_from=month(4), maker=maker, change=walk.change
    )
    adoption = Adoption.objects.create(
        county=walk.county, month=month(1), cause="upgrade", state="proposed", release=run.release, change=walk.change
    )
    places = [_place(walk, town, maker, taken, run) for town in (MINE, OTHER)]
    report = SubmittedReport.objects.create(
        county=walk.county, period="2024H1", version=1, state="waiting", head="4" * 64, sm3="5" * 64, maker=maker,
        made_on=month(1), change=walk.change,
    )  # fmt: skip
    organisation = Organisation.objects.create(
        county=walk.county, uscc="51340223MJ1234561R", name="南陵县慈善会", kind="social_group", change=walk.change
    )
    return World(walk, taken, places, standard, adoption, report, organisation)


def _run(walk: Walk) -> AssessmentRun:
    snapshot = Snapshot.objects.create(county=walk.county, business_date=month(1), folder="", taken_at=NOON)
    release = Release.objects.create(sm3="1" * 64, engine_version="1", folder="")
    return AssessmentRun.objects.create(
        county=walk.county, month=month(1), purpose="month", snapshot=snapshot, release=release, folder=""
    )


def _debt(walk: Walk, grant: Any) -> Due:
    """Let the grant's household owe something back from a month before."""
    return Due.objects.create(
        county=walk.county, township=grant.township, benefit=grant.benefit, component="main", kind="recovery",
        person=grant.coverages.get().person, household=grant.household, grant=grant, entitlement_month=month(2),
        booked_month=month(3), amount_fen=5000, cause="death", state="live", change=walk.change,
    )  # fmt: skip


def _place(walk: Walk, town: int, maker: Any, taken: TakeoverList, run: AssessmentRun) -> Place:
    person, household = walk.person(town), walk.household(town)
    Membership.objects.create(
        household=household, person=person, role="head", counted=True, valid_from=month(1), recorded_at=NOON,
        change=walk.change,
    )  # fmt: skip
    walk.circumstance(person, "wage_year", amount_fen=960000)
    grant = walk.grant("dibao", person, start=month(1), household=household, town=town)
    proposal, decision = _decided(walk, town, household, maker, run)
    return Place(
        person=person,
        household=household,
        grant=grant,
        line=walk.pay(grant, month(1))[0],
        debt=_debt(walk, grant),
        proposal=proposal,
        decision=decision,
        difference=TakeoverDifference.objects.create(list=taken, grant=grant, stated_fen=1, reason="amount"),
        record=_cremation(walk, town),
        **_papers(walk, town, person, maker),
        **_looked(walk, town, household, grant, decision, maker),
        case=_case(walk, town, household, person),
        reserves=reserves_in(walk, town, maker),
        facility=Facility.objects.create(
            county=walk.county, division=household.division, name=f"敬老院{town}", kind="home", change=walk.change
        ),
    )


def _decided(walk: Walk, town: int, household: Household, maker: Any, run: AssessmentRun) -> tuple[Proposal, Decision]:
    place = {"county": walk.county, "township": TOWNSHIPS[town], "benefit": "dibao", "change": walk.change}
    proposal = Proposal.objects.create(
        month=month(1), kind="change", household=household, cause="membership", key=f"k{town}",
        assessment_run_id=run.pk, state="made", **place,
    )  # fmt: skip
    decision = Decision.objects.create(
        proposal=proposal, kind="change", household=household, opinion="approved", outcome="pending", maker=maker,
        made_on=month(1), reason="", release_id="1" * 64, receipt="{}", receipt_sm3="2" * 64, **place,
    )  # fmt: skip
    return proposal, decision


def _cremation(walk: Walk, town: int) -> Cremation:
    dead = walk.person(town)
    return Cremation.objects.create(
        county=walk.county, division=walk.villages[town], township=TOWNSHIPS[town], booked_month=month(1),
        change=walk.change, deceased=dead, died_on=dt.date(2024, 1, 2), cremated_on=dt.date(2024, 1, 3),
    )  # fmt: skip


def _papers(walk: Walk, town: int, person: Person, maker: Any) -> dict[str, Any]:
    """Queue a letter, keep an attachment and record a visit in a township."""
    village, owner = walk.villages[town].code, ("person", person.pk)
    values = {"name": "张三", "benefit": "最低生活保障", "amount": "78000"}
    draft = LetterDraft(walk.county, village, "approved", owner, person.pk, None, values, f"letter{town}")
    queue_letters(change=walk.change, drafts=[draft])
    place = {"author": author_of(maker), "owner": owner, "county": walk.county, "division": village}
    return {
        "letter": Letter.objects.get(key=f"letter{town}"),
        "attachment": add_attachment(document="户口本", name="a.pdf", data=b"%PDF-1.7 %%EOF", **place),
        "visit": record_visit(
            on=month(1), first_id=maker.pk, second_name="张大山", second_reason="村民政协理员，未开通账号",
            present="张三", findings="独居", **place,
        ),
    }  # fmt: skip


def _looked(walk: Walk, town: int, household: Household, grant: Any, decision: Decision, maker: Any) -> dict[str, Any]:
    """Put a review, an appeal and a drawn decision into a township."""
    place = {"county": walk.county, "township": TOWNSHIPS[town], "change": walk.change}
    draw, _ = Draw.objects.get_or_create(
        county=walk.county, month=month(1), number=1,
        defaults={"per_cent": 30, "decided": 2, "drawn": 2, "seed": "3" * 64, "on": month(2), "change": walk.change},
    )  # fmt: skip
    return {
        "review": Review.objects.create(
            division=walk.villages[town], benefit="dibao", grant=grant, household=household, kind="stable",
            month=month(1), due_on=dt.date(2024, 1, 31), since=month(1), state="open", key=f"r{town}",
            found='[{"count":1,"kind":"wage_year","on":"2024-01-02","what":"circumstance"}]', changed=True, **place,
        ),
        "reassessment": _looked_back(walk, town, household, grant, maker, place),
        "appeal": Appeal.objects.create(
            division=walk.villages[town], number=f"a{town}", kind="report", channel="来电", anonymous=True,
            matter="邻居反映有车", benefit="dibao", grant=grant, household=household, received_on=month(1),
            received_by=maker, due_on=month(3), clock="60日", state="received", booked_month=month(1), **place,
        ),
        "sample": Sample.objects.create(month=month(1), draw=draw, decision=decision, state="drawn", **place),
    }  # fmt: skip


def _looked_back(walk: Walk, town: int, household: Household, grant: Any, maker: Any, place: Any) -> Reassessment:
    """Put a reassessment of January that waits for its check into a township."""
    one = Reassessment.objects.create(
        division=walk.villages[town], benefit="dibao", grant=grant, household=household, first=month(1), last=month(1),
        found='[{"kind":"wage_year","on":"2024-01-02","what":"circumstance"}]', more_fen=0, less_fen=100,
        reason="查明有务工收入", heard_on=month(2), statement="属实", state="proposed", maker=maker, made_on=month(2),
        key=f"look{town}", **place,
    )  # fmt: skip
    looked = ReassessedMonth.objects.create(reassessment=one, month=month(1), granted=True, receipt_sm3="0" * 64)
    person = grant.coverages.get().person
    ReassessedShare.objects.create(month=looked, person=person, component="basic", was_fen=200, due_fen=100)
    return one


def _case(walk: Walk, town: int, household: Household, person: Person) -> Case:
    village = walk.villages[town]
    return Case.objects.create(
        county=walk.county, township=TOWNSHIPS[town], number=f"340223-2024-{town:07d}", kind="apply", benefit="dibao",
        workflow="means_tested", state="accepted", person=person, household=household, cause="application",
        accepted_in=village, handled_in=village, opened_on=month(1), accepted_on=month(1), entered_on=month(1),
        due_on=month(1), booked_month=month(1), owner_role="township_clerk", change=walk.change,
    )  # fmt: skip
