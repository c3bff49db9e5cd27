"""What the bank's file can carry, and its answer held against every column that was sent."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

JANUARY = dt.date(2024, 1, 1)


def sent_run(county, names=("张甲", "张乙", "张丙"), fen=5000):
    """Pay old people of these names an equal sum; return the people and the run as it went to the bank."""
    from nuanxin.kernel.cycle import services as cycle
    from tests.factories.month import COUNTY

    old = granted(county, names, fen)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    cycle.release_run(run_id=run.pk, account=county.checker)
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    return old, run


def granted(county, names, fen=5000):
    from nuanxin.kernel.cycle import services as cycle
    from tests.factories.month import COUNTY

    old = [county.person(name, birth=dt.date(1940, 1, 1 + n)) for n, name in enumerate(names)]
    for person in old:
        county.apply("gaoling_jintie", person)
        county.receipts.say("gaoling_jintie", person.pk, fen)
    cycle.run_month(county=COUNTY, month=JANUARY, author=county.author)
    county.decide(JANUARY)
    cycle.build_dues(county=COUNTY, month=JANUARY, author=county.author)
    return old


def changed_answer(county, run, change):
    """Return the bank's answer with its cells (rows of text after the head) changed."""
    from nuanxin.kernel.payments.profiles import load_profile

    profile = load_profile(run.county)
    head, *rows = county.answer(run.pk).decode(profile.encoding).splitlines()
    cells = [dict(zip(profile.return_columns, row.split("|"), strict=True)) for row in rows]
    change(cells)
    lines = ["|".join(cell[name] for name in profile.return_columns) for cell in cells]
    return "\r\n".join([head, *lines]).encode(profile.encoding)


def exchanged(cells):
    cells[0]["account"], cells[1]["account"] = cells[1]["account"], cells[0]["account"]
    cells[0]["code"] = "03"


def strange(cells):
    cells[0]["account"] = "6222000000000000000"


def emptied(cells):
    cells[2]["account"] = ""


def renumbered(cells):
    cells[0]["seq"], cells[1]["seq"] = cells[1]["seq"], cells[0]["seq"]


@pytest.mark.parametrize(
    ("change", "named"),
    [(exchanged, "第 1 号.*第 2 号"), (strange, "第 1 号"), (emptied, "第 3 号"), (renumbered, "第 2 号.*第 1 号")],
)
def test_an_answer_about_another_account_is_refused_whole_and_names_its_lines(county, change, named):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import BankFile, Line

    _, run = sent_run(county)
    data = changed_answer(county, run, change)
    with pytest.raises(Refused, match=named) as refused:
        cycle.accept_return(run_id=run.pk, data=data, author=county.author)
    assert refused.value.code == "payments.return_account"
    assert "62170000" not in refused.value.message
    assert set(Line.objects.values_list("state", flat=True)) == {"sent"}
    assert not BankFile.objects.filter(direction="in").exists()


def own_profile(**change):
    """Let the instance's own bank profile differ from the package's."""
    from pathlib import Path

    import yaml
    from django.conf import settings

    from nuanxin.kernel.payments.profiles import load_profile
    from tests.factories.month import COUNTY

    shipped = load_profile(COUNTY).model_dump(mode="json") | change
    path = Path(settings.NUANXIN_HOME) / "counties" / COUNTY / "bank.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(shipped, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def profiles():
    made = []

    def make(**change):
        made.append(own_profile(**change))

    yield make
    for path in made:
        path.unlink(missing_ok=True)


def test_a_name_that_the_answer_states_is_held_against_the_one_sent(county, profiles):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle

    profiles(return_columns=["seq", "name", "account", "amount", "code"])
    _, run = sent_run(county)

    def rename(cells):
        cells[1]["name"] = "李四"

    with pytest.raises(Refused, match="第 2 号明细的户名"):
        cycle.accept_return(run_id=run.pk, data=changed_answer(county, run, rename), author=county.author)
    assert cycle.accept_return(run_id=run.pk, data=county.answer(run.pk), author=county.author).paid == 3


@pytest.mark.parametrize(
    ("name", "profile", "code"),
    [
        ("张㛃", {"encoding": "GBK"}, "bank_encoding"),
        ("李|四", {}, "bank_layout"),
        ("阿" * 41, {"longest": {"name": 80}}, "bank_length"),
    ],
)
def test_what_the_bank_cannot_read_holds_back_its_own_line_only(county, profiles, name, profile, code):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import DueException
    from nuanxin.kernel.registry.models import Person
    from tests.factories.month import COUNTY

    profiles(**profile)
    old = granted(county, ("张甲", "张乙", "张丙"))
    Person.objects.filter(pk=old[1].pk).update(name=name)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    (exception,) = DueException.objects.all()
    assert (exception.code, exception.due.person_id, run.line_count) == (code, old[1].pk, 2)
    cycle.release_run(run_id=run.pk, account=county.checker)
    assert cycle.write_bank_file(run_id=run.pk, author=county.author).line_count == 2


def test_a_name_that_turned_unreadable_since_preparing_is_held_at_release(county, profiles):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Line
    from nuanxin.kernel.registry.models import Person
    from tests.factories.month import COUNTY

    profiles(encoding="GBK")
    old = granted(county, ("张甲", "张乙"))
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    Person.objects.filter(pk=old[0].pk).update(name="张㛃")
    released = cycle.release_run(run_id=run.pk, account=county.checker)
    assert (released.line_count, Line.objects.get(person=old[0]).state) == (1, "held")
    assert cycle.write_bank_file(run_id=run.pk, author=county.author).line_count == 1


def test_rare_characters_go_to_the_bank_by_default(county):
    _, run = sent_run(county, ("张㛃", "李𬭎", "阿卜杜•艾\u200b尼"))
    from nuanxin.kernel.cycle import services as cycle

    _, data = cycle.open_bank_file(run_id=run.pk, account=county.maker, purpose="核对文件")
    text = data.decode("GB18030")
    assert all(name in text for name in ("|张㛃|", "|李𬭎|", "|阿卜杜·艾尼|"))
    assert cycle.accept_return(run_id=run.pk, data=county.answer(run.pk), author=county.author).paid == 3


@given(st.text(max_size=30))
def test_what_passes_the_check_always_comes_back_from_the_file_as_written(text):
    from nuanxin.kernel.core.names import normal_name
    from nuanxin.kernel.payments.bank_text import Control, OutLine, read_lines, render, uncarried
    from nuanxin.kernel.payments.profiles import load_profile

    profile, name = load_profile("340223"), normal_name(text)
    if uncarried(profile, "name", name):
        return
    line = OutLine(1, name, "", "102", "6217000000000001", 5000, "高龄津贴", "340223100")
    _, (cells,) = read_lines(profile, render(profile, Control("1", 1, 5000), [line]))
    assert cells[1] == name


def test_a_line_of_several_dues_of_every_kind_reconciles(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import Due, Line
    from nuanxin.kernel.payments.reconciling import reconcile
    from tests.factories.month import COUNTY

    old = granted(county, ("张甲", "张乙"))
    due = Due.objects.get(person=old[0])
    for n, kind in enumerate(("arrears", "event", "returned", "provider"), start=1):
        due.pk, due.kind, due.amount_fen, due.decision_id = None, kind, 583 * n, 900 + n
        due.save(force_insert=True)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    line = Line.objects.get(person=old[0])
    assert line.amount_fen == 5000 + 583 * (1 + 2 + 3 + 4)
    assert reconcile(run).broken == ()
    Line.objects.filter(pk=line.pk).update(amount_fen=1)
    assert [(one.seq, one.expected_fen, one.found_fen) for one in reconcile(run).broken if one.seq] == [
        (line.seq, 10830, 1)
    ]
