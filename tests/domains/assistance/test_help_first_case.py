"""Help first in a case: paid at once, the file completed in time, or found undue and recovered."""

import pytest

from tests.factories.county import TOWNSHIP

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def desk(db, tmp_path):
    from tests.factories.fund import Fund
    from tests.factories.month import MonthCounty

    return Fund(county=MonthCounty(tmp_path))


def opened(desk, fen=150_000):
    from nuanxin.kernel.casework.services import accept_application

    person = desk.county.person()
    desk.county.receipts.say("linshi_jiuzhu", person.pk, fen, granted=fen > 0)
    case = accept_application(
        account=desk.clerk, benefit="linshi_jiuzhu", person_id=person.pk, accepted_in=TOWNSHIP, urgent=True
    )
    return case, person


def move(account, case, name, note="失火", **data):
    from nuanxin.kernel.casework.selectors import case_by_id
    from nuanxin.kernel.casework.services import move_case

    version = case_by_id(case.pk).version
    return move_case(account=account, case_id=case.pk, version=version, move=name, note=note, data=data)


def paid_first(desk, case, amount="1000"):
    from nuanxin.kernel.payments.models import ReserveRequest

    move(desk.clerk, case, "pay_first", amount=amount, receipt_no="收1")
    desk.agree(ReserveRequest.objects.get(case_id=case.pk), desk.leader)


def test_paid_first_then_the_file_is_completed_and_looked_at(desk):
    from nuanxin.kernel.casework.models import Application
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import reserve
    from nuanxin.kernel.payments.models import Due

    case, person = opened(desk)
    move(desk.clerk, case, "pay_first", amount="1000", receipt_no="收1")
    with pytest.raises(Refused) as told:
        move(desk.clerk, case, "complete_file")
    assert told.value.code == "reserve.not_paid"
    from nuanxin.kernel.payments.models import ReserveRequest

    desk.agree(ReserveRequest.objects.get(case_id=case.pk), desk.leader)
    assert reserve.paid_in_cases([case.pk]) == {case.pk: {person.pk: 100_000}}
    move(desk.clerk, case, "complete_file")
    assert reserve.helps_in("340223").count() == 0
    done = move(desk.leader, case, "confirm_file")
    assert done.closed_on is not None
    assert reserve.help_of_case(case.pk).outcome == "entitled"
    assert Application.objects.get().state == "approved"
    assert [due.kind for due in Due.objects.all()] == ["reserve"]


def test_above_the_limit_nothing_is_paid_and_the_case_stays(desk):
    from nuanxin.kernel.casework.selectors import case_by_id
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments.models import ReserveRequest

    case, _ = opened(desk)
    with pytest.raises(Refused) as told:
        move(desk.clerk, case, "pay_first", amount="2500", receipt_no="收1")
    assert told.value.code == "reserve.county"
    assert case_by_id(case.pk).state == "accepted"
    assert ReserveRequest.objects.filter(case_id=case.pk).count() == 0


def test_not_entitled_is_recovered(desk):
    from nuanxin.kernel.payments.models import Due

    case, _ = opened(desk, fen=0)
    paid_first(desk, case)
    move(desk.clerk, case, "not_entitled", "收入超过规定", outcome="recover")
    move(desk.leader, case, "confirm_not_entitled", "核实无误")
    assert sorted((due.kind, due.amount_fen) for due in Due.objects.all()) == [
        ("recovery", 100_000),
        ("reserve", 100_000),
    ]


def test_a_write_off_is_the_countys(desk):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments.models import Due

    case, _ = opened(desk, fen=0)
    paid_first(desk, case)
    move(desk.clerk, case, "not_entitled", "收入超过规定, 已无偿还能力", outcome="write_off")
    with pytest.raises(Refused) as told:
        move(desk.leader, case, "confirm_not_entitled", "同意")
    assert told.value.code == "reserve.county_only"
    move(desk.chief, case, "confirm_not_entitled", "同意核销")
    assert [due.kind for due in Due.objects.all()] == ["reserve"]
