"""The reserve fund on the desk: the clerk pays, the leader agrees, both count; the county fills up."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def fund(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from tests.factories.fund import Fund

    return Fund()


@pytest.fixture
def desk():
    def enter(account):
        client = Client()
        client.force_login(account)
        return client

    return enter


def text(answer):
    return answer.content.decode()


def test_a_clerk_pays_and_the_leader_agrees(fund, desk):
    from nuanxin.kernel.payments.models import ReserveRequest

    person = fund.county.person("张三丰")
    other = fund.county.person("李四光")
    fund.county.household(person, other)
    clerk, leader = desk(fund.clerk), desk(fund.leader)
    page = reverse("reserve-pay", args=[fund.id])
    assert f"?person={person.pk}" in text(clerk.get(page, {"q": "张三丰"}))
    form = text(clerk.get(page, {"person": person.pk}))
    assert form.count('name="person_ids"') == 2
    given = {
        "payee_id": person.pk, "person_ids": [person.pk, other.pk], "amount": "1,200", "purpose": "失火", "receipt_no": "收7",
        "method": "cash", "urgent": "1",
    }  # fmt: skip
    answer = clerk.post(page, given)
    asked = ReserveRequest.objects.get(state="open")
    assert answer["Location"] == reverse("reserve-request", args=[asked.pk])
    assert "reserve-check" not in text(clerk.get(answer["Location"]))
    check = reverse("reserve-check", args=[asked.pk])
    assert clerk.post(check).status_code == 403
    shown = text(leader.get(answer["Location"]))
    assert "张三丰" in shown
    assert "600.00" in shown
    assert check in shown
    leader.post(check, {"act": "approve"})
    assert fund.balance == 1_880_000
    ledger = text(clerk.get(reverse("reserve-fund", args=[fund.id])))
    assert "18,800.00" in ledger
    assert "2024-03-29" in ledger  # ten working days after 2024-03-15


def test_above_the_limit_the_page_says_the_county(fund, desk):
    person = fund.county.person()
    given = {"payee_id": person.pk, "person_ids": [person.pk], "amount": "2500", "purpose": "失火", "receipt_no": "收8"}
    answer = desk(fund.clerk).post(reverse("reserve-pay", args=[fund.id]), given, follow=True)
    assert "须报县级" in text(answer)


def test_filling_up_counting_and_reversing_from_the_page(fund, desk):
    from nuanxin.kernel.payments.models import ReserveCount, ReserveRequest

    paid = fund.pay(120_000)
    clerk, chief, leader = desk(fund.clerk), desk(fund.chief), desk(fund.leader)
    ask = reverse("reserve-ask", args=[fund.id])
    clerk.post(ask, {"act": "replenish"})
    asked = ReserveRequest.objects.get(state="open")
    home = text(chief.get(reverse("home")))
    assert reverse("reserve") in home
    chief.post(reverse("reserve-check", args=[asked.pk]), {"act": "reject", "reason": "凭单缺一张"})
    clerk.post(ask, {"act": "reverse", "entry_id": paid.pk, "reason": "没有领取"})
    leader.post(reverse("reserve-check", args=[ReserveRequest.objects.get(state="open").pk]), {"act": "approve"})
    assert fund.balance == 2_000_000
    count = reverse("reserve-count", args=[fund.id])
    clerk.post(count, {"month": "2024-03-01", "counted": "20000"})
    leader.post(count, {"count_id": ReserveCount.objects.get().pk, "act": "confirm"})
    assert ReserveCount.objects.get().state == "approved"


def test_terms_from_the_page(db, settings, desk):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from nuanxin.kernel.payments.models import ReserveTerms
    from tests.factories.county import SmallCounty

    county = SmallCounty()
    finance, chief = county.account("finance"), county.account("section_chief")
    page = text(desk(finance).get(reverse("reserve")))
    assert "20,000.00" in page
    desk(finance).post(
        reverse("reserve-terms"), {"township": "340223100", "float": "20,000.00", "limit": "2,000.00", "document": ""}
    )
    terms = ReserveTerms.objects.get()
    desk(chief).post(reverse("reserve-terms-check", args=[terms.pk]), {"act": "approve"})
    terms.refresh_from_db()
    assert (terms.state, terms.from_date) == ("approved", dt.date(2024, 3, 15))


def test_help_first_is_completed_or_found_undue_from_the_page(fund, desk):
    from nuanxin.kernel.payments.models import HelpFirst

    fund.pay(100_000, urgent=True)
    one = HelpFirst.objects.get()
    page = reverse("reserve-help", args=[one.pk])
    desk(fund.clerk).post(page, {"act": "undue", "outcome": "recover", "reason": "收入超过"})
    desk(fund.leader).post(page, {"act": "approve"})
    one.refresh_from_db()
    assert (one.outcome, one.approved_by_id) == ("recover", fund.leader.pk)
    fund.pay(100_000, urgent=True)
    two = HelpFirst.objects.latest("id")
    desk(fund.clerk).post(reverse("reserve-help", args=[two.pk]), {"act": "complete"})
    two.refresh_from_db()
    assert two.outcome == "entitled"


def test_a_roster_is_posted_and_agreed_to_from_the_page(db, settings, desk):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from nuanxin.domains.welfare.models import Roster
    from nuanxin.kernel.casework.models import Application
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.registry.register import register_by_code
    from nuanxin.kernel.registry.services.records import create_record
    from tests.factories.county import AREA, TOWNSHIP, VILLAGE, SmallCounty

    county = SmallCounty()
    clerk, chief = county.account("township_clerk", f"{AREA}.{TOWNSHIP}"), county.account("section_chief")
    given = {"person": county.person("张移民").pk, "reservoir": "青山水库", "completed_on": dt.date(2010, 1, 1)}
    create_record(spec=register_by_code("resettler"), values=given, account=clerk)
    assert VILLAGE in text(desk(clerk).get(reverse("resettlement")))
    desk(clerk).post(reverse("roster-post"), {"village": VILLAGE})
    roster = Roster.objects.get()
    page = reverse("roster", args=[roster.pk])
    assert "张移民" in text(desk(clerk).get(page))
    decide = reverse("roster-decide", args=[roster.pk])
    assert decide not in text(desk(clerk).get(page))
    clock.move_to(dt.date(2024, 3, 25))
    assert decide in text(desk(chief).get(page))
    desk(chief).post(decide, {"act": "approve"})
    assert Application.objects.get().source == "移民名册"
