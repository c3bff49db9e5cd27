"""A decision in stages on the page of its case and on the household's statement."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def desk(db: None, tmp_path: Any) -> Any:
    from tests.factories.desk import Desk
    from tests.factories.month import MonthCounty

    return Desk(MonthCounty(tmp_path))


def page(account: Any, address: str, **data: Any) -> Any:
    client = Client()
    client.force_login(account)
    return client.post(address, data, follow=True) if data else client.get(address)


def test_entered_looked_at_stopped_and_told_on_the_statement(desk: Any) -> None:
    from nuanxin.kernel.cycle import services as cycle

    person = desk.county.person("赵急", birth=dt.date(1980, 1, 1))
    home = desk.county.household(person)
    desk.county.receipts.say("linshi_jiuzhu", person.pk, 300_000)
    case = desk.end_notice(desk.publish(desk.apply("linshi_jiuzhu", person)))
    address, parts = f"/cases/{case.pk}/", f"/cases/{case.pk}/stages/"
    assert 'name="stages"' in page(desk.examiner, address).content.decode()
    from nuanxin.kernel.casework.selectors import case_by_id, decision_of, parts_of

    fresh = case_by_id(case.pk)
    page(desk.examiner, f"{address}move/", version=fresh.version, move="agree", stages="1000 1000 1000")
    desk.move(case, "approve", desk.chief)
    cycle.run_month(county=case.county, month=dt.date(2024, 1, 1), author=desk.county.author)
    desk.county.pay(dt.date(2024, 1, 1))
    desk.day(dt.date(2024, 2, 6))
    shown = page(desk.clerk, address).content.decode()
    assert "第 2 期 2024-02" in shown
    assert "待复查" in shown
    stage = parts_of(decision_of(case)).next
    assert "2024-02-06" in page(desk.clerk, parts, act="confirm", stage=stage.pk, found="仍在住院").content.decode()
    assert "停发待复核" in page(desk.clerk, parts, act="stop", found="已出院", heard="无异议").content.decode()
    done = page(desk.leader, parts, act="check", agree="yes").content.decode()
    assert "已停发" in done
    assert "无异议" in done
    statement = page(desk.clerk, f"/households/{home.pk}/statement/?year=2024").content.decode()
    assert "一次审批，分期发给" in statement
    assert "2024-03 1,000.00 元（已停发）" in statement
    assert page(desk.clerk, parts, act="confirm", stage=999, found="没有").status_code == 404
