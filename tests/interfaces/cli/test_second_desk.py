"""The demo's second person: what she takes first, what she leaves, and what is told when she is gone."""

import io

import pytest

from nuanxin.interfaces.cli.second_desk import LEAVE, RELEASE, WRITE, SecondDesk, _Pile
from nuanxin.kernel.core.errors import Fault


def _filled(monkeypatch: pytest.MonkeyPatch, *lines: str) -> _Pile:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    pile = _Pile()
    pile.fill()
    return pile


def test_releases_come_first_and_files_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = _filled(monkeypatch, '["release", 1]', '["write", 1]', '["release", 2]', '["write", 2]')
    assert [pile.take() for _ in range(5)] == [(RELEASE, 1), (RELEASE, 2), (WRITE, 1), (WRITE, 2), None]


def test_a_file_that_somebody_else_writes_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = _filled(monkeypatch, '["write", 1]', '["write", 2]', f'["{LEAVE}", 2]')
    assert [pile.left((WRITE, 1)), pile.left((WRITE, 2)), pile.left((RELEASE, 2))] == [False, True, False]
    assert [pile.take(), pile.take(), pile.take()] == [(WRITE, 1), (WRITE, 2), None]


def test_a_desk_that_is_gone_is_told() -> None:
    with SecondDesk() as desk:
        desk._desk.kill()
        desk._desk.wait()
        with pytest.raises(Fault, match="second desk stopped"):
            desk.ask(RELEASE, 1)
        with pytest.raises(Fault, match="second desk stopped"):
            desk.answer(RELEASE, 1)
