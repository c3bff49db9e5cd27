import pytest

from tests.run import only_db, parallel, run_pytest


@pytest.mark.parametrize(
    ("given", "narrowed"),
    [
        ([], ["-m", "db"]),
        (["tests/kernel", "-q"], ["tests/kernel", "-q", "-m", "db"]),
        (["-m", "not browser", "-k", "x"], ["-k", "x", "-m", "(not browser) and db"]),
        (["-m=spark or browser"], ["-m", "(spark or browser) and db"]),
    ],
)
def test_the_second_pass_is_narrowed_whatever_was_asked_for(given, narrowed):
    assert only_db(given) == narrowed


@pytest.mark.parametrize(("given", "workers"), [([], True), (["-q"], True), (["-k", "fen"], True), (["-n0"], False)])
def test_workers_are_for_the_whole_suite(given, workers):
    assert bool(parallel(given)) == workers
    assert not parallel(["tests/test_run.py::test_x"])
    assert not parallel(["--pdb"])


def test_the_closing_line_and_the_exit_code_are_pytests_own(capsys):
    outcome = run_pytest(["tests/test_run.py", "-q", "-p", "no:cacheprovider", "-k", "narrowed"], "", "SQLite")
    assert outcome.code == 0
    assert outcome.closing.startswith("4 passed")
    assert capsys.readouterr().out.rstrip().endswith(outcome.closing)
    assert run_pytest(["tests/test_run.py::nothing", "-q"], "", "SQLite").code == 4
