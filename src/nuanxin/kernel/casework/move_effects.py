"""What a declared move may do: the words under `does:` and who does them; rooms above add theirs."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework.models import Case, Decision
from nuanxin.kernel.casework.needs import Situation
from nuanxin.kernel.casework.schema import Move
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.models import Change


@dataclass
class Acting:
    """A move being made: the case (its version already the new one), who acts (None: the clock), what was handed in.

    `decision` is set by the effects that make or check one.
    """

    situation: Situation
    move_id: str
    move: Move
    change: Change
    account: Account | None
    decision: Decision | None = None

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.situation.case

    @property
    def data(self) -> Mapping[str, Any]:
        """Return what was handed in with the move."""
        return self.situation.data

    @property
    def note(self) -> str:
        """Return what was written with the move."""
        return self.situation.note

    @property
    def today(self) -> dt.date:
        """Return the day of the move."""
        return self.situation.today

    def actor(self) -> Account:
        """Return who acts; Fault when the clock tries what only people may do."""
        if self.account is None:
            raise Fault(f"the clock cannot do {self.move_id}")
        return self.account


Effect = Callable[[Acting], None]
_effects: dict[str, Effect] = {}


def register_move_effect(move_kind: str, func: Effect) -> None:
    """Let a word under `does:` of a declared move call a function inside the move's transaction."""
    _effects[move_kind] = func


def known_effects() -> frozenset[str]:
    """Return the words that may stand under `does:`."""
    return frozenset(_effects)


def run_effects(acting: Acting) -> None:
    """Do what a move declares, in order; Fault on a word nobody registered."""
    for word in acting.move.does:
        if word not in _effects:
            raise Fault(f"nobody registered what {word} does")
        _effects[word](acting)
