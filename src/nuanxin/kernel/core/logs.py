"""What a log may hold: where something failed and of which kind, never whose name or number stood in the sentence."""

import logging
import re
import traceback
from types import TracebackType

from nuanxin.kernel.core.errors import Fault

NUMBERS = re.compile(r"\d{11,}[Xx]?")
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PrivateFormatter(logging.Formatter):
    """Writes a traceback without the words of its exceptions: a refusal or a database names people in them.

    Our own `Fault` keeps its words, which hold ids only; long numbers are taken out of every line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, long numbers taken out."""
        return NUMBERS.sub("[number]", super().format(record))

    def formatException(self, ei: Raised) -> str:  # noqa: N802 (logging's own name)
        """Return the frames of an exception and of what it came from, each with its type only."""
        parts: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None and len(parts) < 5:
            words = f": {error}" if isinstance(error, Fault) else ""
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"Traceback (most recent call last):\n{frames}{type(error).__qualname__}{words}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\nThe above exception was the direct cause of the following one:\n\n".join(reversed(parts))
