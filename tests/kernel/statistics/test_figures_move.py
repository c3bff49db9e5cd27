"""Figures move with the records they cite, and with nothing else."""

import shutil
from decimal import Decimal
from fractions import Fraction

import pytest

from nuanxin.kernel.cycle.models import MonthRun
from nuanxin.kernel.grants.models import Grant
from nuanxin.kernel.payments.models import Due, Line
from nuanxin.kernel.statistics.models import Close, ClosedFile
from nuanxin.kernel.statistics.selectors import figure, figures
from nuanxin.kernel.statistics.store import closed_folder
from tests.factories.closing import close
from tests.factories.walk import COUNTY, Walk, month

pytestmark = pytest.mark.db


def values(period: str = "2024Q1") -> dict[str, int | Fraction | None]:
    return {one.indicator: one.value for one in figures(COUNTY, period)}


def test_a_failed_payment_is_not_counted(walk: Walk) -> None:
    walk.months(4, 4)
    walk.pay(walk.grant("gaoling_jintie", walk.person(), start=month(4)), month(4), paid=False)
    close(1, 2, 3, 4)
    assert values("2024-03")["old_age_allowance_paid"] == 10000
    assert values("2024-04")["old_age_allowance_paid"] == 0


def test_a_ratio_reads_circumstances_that_stood_at_the_months_end(walk: Walk) -> None:
    for code in ("home", "home"):
        cared = walk.person(town=1)
        walk.circumstance(cared, "self_care", level=1)
        walk.circumstance(cared, "residence_care", code=code)
        walk.grant("tekun", cared, start=month(1), town=1)
    able = walk.person()
    walk.circumstance(able, "self_care", level=0)
    walk.grant("tekun", able, start=month(1))
    close(1)
    rate = figure("tekun_disabled_central_support_rate", COUNTY, "2024-01")
    assert (rate.value, rate.records) == (Fraction(1, 3), 3)
    assert rate.computed == Decimal("33.33")


def test_the_household_count_moves_when_a_member_leaves_but_stays(walk: Walk, stock: dict[str, Grant]) -> None:
    leaver = stock["couple"].coverages.order_by("id").last()
    leaver.to_date = leaver.booked_to = month(2)
    leaver.save()
    close(1, 2)
    found = values("2024-02")
    assert (found["dibao_persons_exited"], found["dibao_households_exited"]) == (1, 0)


def test_removing_one_grant_moves_exactly_the_figures_that_cite_it(walk: Walk, stock: dict[str, Grant]) -> None:
    close(1, 2, 3)
    before = values()
    forget_closes()
    newcomer = stock["newcomer"]
    Due.objects.filter(grant=newcomer).delete()
    Line.objects.filter(person=newcomer.coverages.get().person).delete()
    newcomer.coverages.get().shares.all().delete()
    newcomer.coverages.all().delete()
    Grant.objects.filter(pk=newcomer.pk).delete()
    close(1, 2, 3)
    after = values()
    assert {code: (before[code], after[code]) for code in before if before[code] != after[code]} == {
        "dibao_households_new": (1, 0),
        "dibao_persons_new": (1, 0),
        "dibao_households_net": (0, -1),
        "dibao_persons_net": (0, -1),
        "dibao_households": (2, 1),
        "dibao_persons": (3, 2),
        "assistance_bank_paid": (850000, 750000),
        "assistance_funds_paid": (850000, 750000),
    }


def forget_closes() -> None:
    """Take the closes back, as only a test may."""
    ClosedFile.objects.all().delete()
    Close.objects.all().delete()
    shutil.rmtree(closed_folder(COUNTY, month(1)).parent)
    MonthRun.objects.update(state="done")


def test_nothing_closed_is_nothing_computed(walk: Walk) -> None:
    made = figure("dibao_persons", COUNTY, "2024H1")
    assert (made.value, made.computed, made.difference) == (None, None, None)
