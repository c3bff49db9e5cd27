"""The demo's second person: what she takes first, what she leaves, and what is told when she is gone."""

import io

import pytest

from nuanxin.interfaces.cli.second_desk import LEAVE, RELEASE, SEND, SecondDesk, _Pile
from nuanxin.kernel.core.errors import Fault

_told: list[tuple[str, int, object]] = []


def _filled(monkeypatch: pytest.MonkeyPatch, *lines: str) -> _Pile:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    pile = _Pile()
    pile.fill(lambda *answer: _told.append(answer))
    return pile


def test_releases_come_first_and_the_rest_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = _filled(monkeypatch, '["release", 1]', '["send", 1]', '["release", 2]', '["send", 2]')
    assert [pile.take() for _ in range(5)] == [(RELEASE, 1), (RELEASE, 2), (SEND, 1), (SEND, 2), None]


def test_only_what_is_not_begun_is_left_to_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    _told.clear()
    pile = _filled(monkeypatch, '["send", 1]', '["send", 2]', f'["{LEAVE}", 2]', f'["{LEAVE}", 2]')
    assert _told == [(LEAVE, 2, True), (LEAVE, 2, False)]
    assert [pile.take(), pile.take()] == [(SEND, 1), None]


def test_a_desk_that_is_gone_is_told() -> None:
    with SecondDesk() as desk:
        desk._desk.kill()
        desk._desk.wait()
        with pytest.raises(Fault, match="second desk stopped"):
            desk.ask(RELEASE, 1)
        with pytest.raises(Fault, match="second desk stopped"):
            desk.answer(RELEASE, 1)
