"""Heads of the chains, kept in a file outside the database that only grows: what the database loses, the file shows.

Each line bears a keyed SM3 (the key lies apart from the database) over itself and the line before. Beside it lies the
newest head of each busy chain, replaced at every entry, so that a removed tail shows at once and not the next day.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.crypto import keyed_hex
from nuanxin.kernel.core.files import replace_file

PURPOSE, RESTORED, TAIL = "anchor", "restored", 4096


@dataclass(frozen=True)
class Anchor:
    """One line: of which chain, which entry of it, and that entry's head, as it was then."""

    at: str
    chain: str
    place: str
    head: str
    seal: str

    def text(self, before: str) -> str:
        """Return what the seal is over."""
        return "|".join((before, self.at, self.chain, self.place, self.head))


@dataclass(frozen=True)
class Anchors:
    """What the file says of one chain since the last accepted restoration, and what is wrong with the file itself."""

    lines: tuple[Anchor, ...]
    faults: tuple[str, ...]


def write_anchor(*, chain: str, place: str, head: str) -> None:
    """Append an entry's head once the transaction that made it is committed; the same one twice is written once."""
    transaction.on_commit(lambda: _append(chain, place, head))


def write_newest(*, chain: str, place: str, head: str) -> None:
    """Keep a busy chain's newest head (`place` is its number) once the transaction that made it is committed."""
    transaction.on_commit(lambda: _replace_newest(chain, place, head))


def read_anchors(chain: str) -> Anchors:
    """Return the lines of a chain, its newest head the last; each line's own seal is checked."""
    path = Path(settings.ANCHOR_FILE)
    lines = _lines(path)
    faults = _seal_faults(lines)
    restored = max((at for at, line in enumerate(lines) if line.chain == RESTORED), default=-1)
    kept = [line for line in lines[restored + 1 :] if line.chain == chain]
    newest = _read_newest().get(chain)
    if newest is not None:
        if newest.seal != keyed_hex(PURPOSE, newest.text("newest")):
            faults.append(f"锚定文件 {_newest_path().name} 被改动过。")
        kept.append(newest)
    return Anchors(tuple(kept), tuple(faults))


def accept_restored(*, reason: str) -> None:
    """Note that the database was laid out from an older copy: heads anchored before are no longer looked for in it."""
    with _alone():
        _newest_path().unlink(missing_ok=True)
        _write(Path(settings.ANCHOR_FILE), RESTORED, reason.strip()[:200], "")


def set_aside_anchors() -> None:
    """Put the anchors of an earlier instance aside where a new one begins in the same place."""
    path = Path(settings.ANCHOR_FILE)
    with _alone():
        _newest_path().unlink(missing_ok=True)
        if path.exists():
            path.rename(path.with_name(f"{path.name}.{clock.now():%Y%m%d%H%M%S}"))


def _append(chain: str, place: str, head: str) -> None:
    path = Path(settings.ANCHOR_FILE)
    with _alone():
        last = _last_of(path, chain)
        if last is None or (last.place, last.head) != (place, head):
            _write(path, chain, place, head)


def _write(path: Path, chain: str, place: str, head: str) -> None:
    before = _last_seal(path)
    anchor = Anchor(clock.now().isoformat(timespec="seconds"), chain, place, head, "")
    seal = keyed_hex(PURPOSE, anchor.text(before))
    line = json.dumps([anchor.at, chain, place, head, seal], ensure_ascii=False) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace_newest(chain: str, place: str, head: str) -> None:
    with _alone():
        newest = _read_newest()
        if chain in newest and int(newest[chain].place) >= int(place):
            return
        anchor = Anchor(clock.now().isoformat(timespec="seconds"), chain, place, head, "")
        rows = {key: [one.at, one.chain, one.place, one.head, one.seal] for key, one in newest.items()}
        rows[chain] = [anchor.at, chain, place, head, keyed_hex(PURPOSE, anchor.text("newest"))]
        replace_file(_newest_path(), json.dumps(rows, ensure_ascii=False))


def _newest_path() -> Path:
    path = Path(settings.ANCHOR_FILE)
    return path.with_name(f"{path.name}.newest")


def _read_newest() -> dict[str, Anchor]:
    path = _newest_path()
    if not path.exists():
        return {}
    return {chain: Anchor(*row) for chain, row in json.loads(path.read_text(encoding="utf-8")).items()}


def _lines(path: Path) -> list[Anchor]:
    """Return the lines; what is no line any more is one whose seal fits nothing."""
    if not path.exists():
        return []
    return [_line(text) for text in path.read_text(encoding="utf-8", errors="replace").splitlines()]


def _line(text: str) -> Anchor:
    try:
        row = json.loads(text)
        return Anchor(*map(str, row))
    except (ValueError, TypeError):
        return Anchor("", "", "", "", "")


def _seal_faults(lines: list[Anchor]) -> list[str]:
    before = ""
    for number, line in enumerate(lines, 1):
        if line.seal != keyed_hex(PURPOSE, line.text(before)):
            return [f"锚定文件第 {number} 行起被改动过。"]
        before = line.seal
    return []


def _last_of(path: Path, chain: str) -> Anchor | None:
    return next((line for line in reversed(_lines(path)) if line.chain == chain), None)


def _last_seal(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        rows = file.read().decode("utf-8", errors="replace").splitlines()
    return _line(rows[-1]).seal if rows else ""


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time write."""
    path = Path(settings.ANCHOR_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
