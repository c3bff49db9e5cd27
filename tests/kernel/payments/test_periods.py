"""What is due by the month may be paid out at the end of a quarter, half-year or year (T-R25)."""

import datetime as dt

import pytest

COUNTY = "340223"


def month(number, year=2024):
    return dt.date(year, number, 1)


@pytest.mark.parametrize(
    ("period", "months"),
    [("quarter", [3, 6, 9, 12]), ("half_year", [6, 12]), ("year", [12]), ("month", list(range(1, 13)))],
)
def test_a_period_ends_where_the_calendar_says(period, months):
    from nuanxin.kernel.payments.periods import pays_out_in

    assert [number for number in range(1, 13) if pays_out_in(period, month(number))] == months


@pytest.fixture
def walk(db):
    from nuanxin.kernel.core import clock
    from tests.factories.county import SmallCounty

    county = SmallCounty()
    clock.move_to(dt.date(2024, 1, 15))
    return county


def awarded(county, person, account, *, first=dt.date(2024, 1, 1), fen=5000):
    from nuanxin.kernel.grants.services import award_grant
    from nuanxin.kernel.grants.values import Award, Covered

    award_grant(
        change=county.change,
        award=Award(
            county=COUNTY, township="340223100", division="340223100001", benefit="yimin_zhibu", pays="person", from_date=first,
            persons=(Covered(person.pk, (("basic", fen),)),), basis="decision", person_id=person.pk, payee_id=account,
        ),
    )  # fmt: skip


def payee(county, person):
    import pyarrow as pa

    from nuanxin.kernel.registry import services

    table = pa.table(
        {
            "county": [COUNTY], "holder_id": pa.array([person.pk], pa.int64()), "bank_code": ["102"],
            "number": [f"6217{person.pk:012d}"],
        }
    )  # fmt: skip
    return services.load_accounts(change=county.change, table=table)[0].as_py()


def run(county, number, year=2024):
    """Build a month's dues and prepare its runs; return (dues made, fen prepared)."""
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.months import month_end
    from nuanxin.kernel.payments.services import build_regular_dues, prepare_payment_runs

    clock.move_to(month_end(month(number, year)))
    change = county.open("month")
    change.actor_id = county.account().pk
    change.save()
    made = build_regular_dues(county=COUNTY, month=month(number, year), change=change)
    runs = prepare_payment_runs(county=COUNTY, month=month(number, year), change=change)
    return made, [one.total_fen for one in runs]


@pytest.mark.db
def test_t_r25_2_half_a_year_is_one_line_of_300_yuan(walk):
    person = walk.person()
    awarded(walk, person, payee(walk, person))
    for number in range(1, 6):
        assert run(walk, number) == (1, [])
    assert run(walk, 6) == (1, [30_000])
    from nuanxin.kernel.payments.models import DueException, Line

    assert Line.objects.count() == 1
    assert DueException.objects.count() == 0


@pytest.mark.db
def test_t_r25_1_a_year_begun_in_march_is_500_yuan(walk):
    person = walk.person()
    awarded(walk, person, payee(walk, person), first=month(3))
    paid = [run(walk, number)[1] for number in range(1, 13)]
    assert [fen for one in paid for fen in one] == [20_000, 30_000]


@pytest.mark.db
def test_t_r25_3_who_dies_in_august_is_due_400_yuan_and_his_heirs_are_paid(walk):
    import pyarrow as pa

    from nuanxin.kernel.payments.models import Due, DueException
    from nuanxin.kernel.payments.services import redirect_dues
    from nuanxin.kernel.registry import services as registry

    person, heir = walk.person(), walk.person()
    awarded(walk, person, payee(walk, person))
    paid = []
    for number in range(1, 9):
        paid += run(walk, number)[1]
    table = pa.table(
        {
            "kind": ["death"],
            "person_id": pa.array([person.pk], pa.int64()),
            "on": [dt.date(2024, 8, 20)],
            "source": ["测试"],
        }
    )
    registry.confirm_events(change=walk.open("death"), table=table)
    for number in range(9, 13):
        assert run(walk, number) == (0, [])
    assert paid == [30_000]
    assert sum(Due.objects.filter(state="live").values_list("amount_fen", flat=True)) == 40_000
    assert set(DueException.objects.values_list("code", flat=True)) == {"dead_holder"}
    waiting = list(Due.objects.filter(line__isnull=True).values_list("pk", flat=True))
    redirect_dues(change=walk.open("redirect"), due_ids=waiting, account_id=payee(walk, heir))
    assert run(walk, 12) == (0, [10_000])


@pytest.mark.db
def test_a_line_the_bank_sent_back_does_not_wait_half_a_year(walk):
    from nuanxin.kernel.payments.models import Line

    person = walk.person()
    awarded(walk, person, payee(walk, person))
    for number in range(1, 7):
        run(walk, number)
    Line.objects.update(state="failed")
    assert run(walk, 7) == (1, [30_000])
