"""The rulebook at the counter: live while facts are typed, frozen with the opinion, computed again from what was frozen."""

import datetime as dt
import json

import pytest

from tests.factories.county import COUNTY, TOWNSHIP, SmallCounty

PATH = f"34.3402.340223.{TOWNSHIP}"


class Counter:
    """A poor household of three and the people who handle its application by the shipped law."""

    def __init__(self) -> None:
        self.county = SmallCounty()
        self.clerk = self.county.account("township_clerk", area=PATH)
        self.colleague = self.county.account("township_clerk", area=PATH)
        self.examiner, self.chief = self.county.account("county_examiner"), self.county.account("section_chief")
        self.head = self.county.person("王一", birth=dt.date(1970, 1, 1))
        self.child = self.county.person("王二", birth=dt.date(2015, 3, 20))
        self.disabled = self.county.person("王三", birth=dt.date(2000, 1, 1))
        self.home = self.county.household(self.head, self.child, self.disabled)
        for person in (self.head, self.disabled):
            self.account(person)

    def account(self, person):
        from nuanxin.kernel.registry.services import add_account

        number = f"6217{person.pk:012d}"
        add_account(change=self.county.change, county=COUNTY, bank_code="102", number=number, holder_id=person.pk)

    def record(self, kind, **values):
        from nuanxin.kernel.registry.services import record_circumstance

        record_circumstance(
            change=self.county.change, kind=kind, valid_from=dt.date(2023, 1, 1), source="核对",
            **({"standing": "verified"} | values),
        )  # fmt: skip

    def apply(self, benefit, person, **more):
        from nuanxin.kernel.casework.services import accept_application

        return accept_application(
            account=self.clerk, benefit=benefit, person_id=person.pk, accepted_in=TOWNSHIP, **more
        )

    def move(self, case, move, account=None, note="", **data):
        from nuanxin.kernel.casework.selectors import case_by_id
        from nuanxin.kernel.casework.services import move_case

        version = case_by_id(case.pk).version
        who = account or self.clerk
        return move_case(account=who, case_id=case.pk, version=version, move=move, note=note, data=data)


@pytest.fixture
def counter(db):
    from nuanxin.kernel.casework.assessed import use_assessor

    use_assessor(None)
    return Counter()


@pytest.mark.db
def test_the_receipt_lives_until_it_is_frozen(counter):
    from nuanxin.kernel.casework.models import Decision, Proposal
    from nuanxin.kernel.casework.selectors import live_receipt, wanted_documents
    from nuanxin.kernel.casework.services import close_due_notices
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.rulebook.recomputing import frozen_again
    from nuanxin.kernel.statistics.lineage.entitlement import decided_steps
    from nuanxin.kernel.statistics.lineage.steps import Reader
    from tests.factories.desk import visited

    case = counter.apply("dibao", counter.head, household_id=counter.home.pk)
    assert wanted_documents(case) == ["申请书", "家庭经济状况核对授权书", "诚信承诺书"]
    live = live_receipt(case)
    assert live.granted is None
    assert [one.fact for one in live.questions] == ["property_ok"]
    counter.record("property_ok", household_id=counter.home.pk, level=1)
    counter.record("wage_year", person_id=counter.head.pk, amount_fen=1_200_000)
    assert live_receipt(case).amount_fen > 0
    counter.move(case, "start_check", documents_seen=wanted_documents(case))
    visited(case, counter.clerk, counter.colleague)
    case = counter.move(case, "publish")
    proposal = Proposal.objects.get()
    kept = json.loads(proposal.receipt)
    assert (proposal.after_fen, proposal.persons_after, kept["subject_id"]) == (kept["amount_fen"], 3, counter.home.pk)
    assert "王" not in proposal.inputs
    counter.record("wage_year", person_id=counter.head.pk, amount_fen=9_000_000, standing="observed")
    again = frozen_again(proposal.release_id, proposal.month, "dibao", counter.home.pk, proposal.inputs)
    assert again == kept
    clock.move_to(case.notices.get().last_day + dt.timedelta(days=1))
    assert close_due_notices(county=COUNTY, on=clock.today()) == 1
    with pytest.raises(Refused, match="待查清"):
        counter.move(case, "agree", counter.examiner)
    counter.record("wage_year", person_id=counter.head.pk, amount_fen=1_200_000)
    counter.move(case, "agree", counter.examiner)
    counter.move(case, "approve", counter.chief)
    assert Decision.objects.get().receipt == proposal.receipt
    grant = Grant.objects.get()
    assert sum(share.amount_fen for one in grant.coverages.all() for share in one.shares.all()) == proposal.after_fen
    with pytest.raises(Refused):
        counter.apply("dibao", counter.head)
    steps = decided_steps(grant.decision_id, "dibao", (counter.home.pk, None), proposal.month, None, Reader())
    assert [one.kind for one in steps][:3] == ["decision", "receipt", "law"]
    assert "窗口测算" in steps[1].title


def test_a_paper_that_data_answer_is_not_asked(counter):
    from nuanxin.kernel.casework.selectors import missing_documents, wanted_documents

    case = counter.apply("canji_huli", counter.disabled)
    assert missing_documents(case) == ["残疾人证"]
    counter.record("disability", person_id=counter.disabled.pk, level=1, code="4")
    assert wanted_documents(case) == []
    assert counter.move(case, "send_to_check").state == "card_check"
    case = counter.move(case, "confirm", counter.examiner, note="残联系统核对一致")
    assert counter.move(case, "approve", counter.chief).state == "granted"


def test_help_is_where_the_need_arises(counter):
    """A person of no household here and of another county's register may apply where the need arose (法 第三十七条)."""
    from nuanxin.kernel.casework.services import accept_application

    guest = counter.county.person("外来", birth=dt.date(1980, 1, 1))
    alone = counter.county.household(guest)
    case = accept_application(
        account=counter.clerk, benefit="linshi_jiuzhu", person_id=guest.pk, household_id=alone.pk,
        accepted_in=TOWNSHIP, handled_in=TOWNSHIP, urgent=True,
    )  # fmt: skip
    assert (case.workflow, case.handled_in_id, case.urgent) == ("linshi", TOWNSHIP, True)


def test_nothing_is_frozen_by_a_law_that_nobody_published(counter):
    from nuanxin.kernel.core.changes import author_of
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.rulebook import layers
    from nuanxin.kernel.rulebook.services import adopt_first

    adopt_first(county=COUNTY, month=dt.date(2024, 3, 1), author=author_of(counter.chief))
    case = counter.apply("canji_huli", counter.disabled)
    counter.record("disability", person_id=counter.disabled.pk, level=1, code="4")
    counter.move(case, "send_to_check")
    path = layers.home() / COUNTY / "parameters" / "loose.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("values:\n  dibao_standard:\n    - {from: 2024-02-01, value: 900 元/月, document: 手写}\n", "utf-8")
    try:
        with pytest.raises(Refused, match="与发布的不一致"):
            counter.move(case, "confirm", counter.examiner, note="残联系统核对一致")
    finally:
        path.unlink()
    assert counter.move(case, "confirm", counter.examiner, note="残联系统核对一致").state == "approval"
