"""Which words a letter of a kind has in a county on a day: declarations, overlays, remedies, as canonical text."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.declarations import load_declaration
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault, Fault
from nuanxin.kernel.registry.counties import load_county
from nuanxin.kernel.work.schema import GIVEN, Changed, LetterFile, LetterOverlay, Remedy, RemedyFile, Wording, words_in

PACKAGE = Path(__file__).resolve().parents[2]
REMEDIES = "_remedies.yaml"
LEVELS = (2, 4, 6)
Dated = TypeVar("Dated", Wording, Changed, Remedy)


@dataclass(frozen=True)
class Frozen:
    """A wording as letters keep it: canonical text and its SM3."""

    kind: str
    county: str
    series: str
    text: str
    sm3: str
    types: Mapping[str, str]
    needed: frozenset[str]


@dataclass(frozen=True)
class Letters:
    """Every declaration of letters, read once: kinds, what areas say differently, remedies."""

    kinds: Mapping[str, LetterFile]
    overlays: Mapping[str, tuple[tuple[str, LetterOverlay], ...]]
    remedies: Mapping[str, tuple[Remedy, ...]]


def frozen_wording(kind: str, county: str, on: dt.date) -> Frozen:
    """Return the wording in force; Fault for a kind nobody declares, DeclarationError when a file is faulty."""
    return _frozen(kind, county, on, _stamp(), str(settings.NUANXIN_HOME))


@lru_cache(maxsize=512)
def _frozen(kind: str, county: str, on: dt.date, stamp: tuple[int, ...], home: str) -> Frozen:
    letters = load_letters()
    file = letters.kinds.get(kind)
    if file is None:
        raise Fault(f"no letter is called {kind}; declared: {', '.join(letters.kinds)}")
    said = _said(letters, file, county, on)
    values = {name: spec.model_dump() for name, spec in file.values.items()}
    profile = load_county(county)
    given = {
        "bureau": profile.bureau,
        "county": profile.name,
        "county_title": profile.title,
        "government": f"{profile.name}人民政府",
        "prefix": f"{profile.name[0]}民",
        "series": file.series,
    }
    remedy = _remedy(letters, said.remedy, on)
    body: dict[str, Any] = {
        "kind": kind,
        "label": file.label,
        "series": file.series,
        "given": given,
        "values": values,
        "title": said.title,
        "to": said.to,
        "paragraphs": list(said.paragraphs),
        "remedy": remedy,
        "closing": said.closing,
        "number": said.number,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    types = {**{name: spec.type for name, spec in file.values.items()}, "issuer": "text"}
    needed = frozenset(name for name, spec in file.values.items() if not spec.optional)
    return Frozen(kind, county, file.series, text, sm3_hex(text), types, needed)


def _said(letters: Letters, file: LetterFile, county: str, on: dt.date) -> Wording:
    """Return the wording of the day with what the county's areas say differently laid over, the nearest last."""
    said = _newest(file.versions, on)
    if said is None:
        raise Fault(f"the letter {file.letter} has no wording for {on}")
    for _, overlay in sorted(
        (pair for pair in letters.overlays.get(file.letter, ()) if county.startswith(pair[0].removeprefix("home:"))),
        key=lambda pair: (pair[0].startswith("home:"), len(pair[0])),
    ):
        change = _newest(overlay.versions, on)
        if change:
            said = said.model_copy(update=change.model_dump(exclude={"from_"}, exclude_none=True))
    return said


def _remedy(letters: Letters, name: str | None, on: dt.date) -> dict[str, Any] | None:
    found = _newest(letters.remedies.get(name, ()), on) if name else None
    return found.model_dump(mode="json", by_alias=True) if found else None


def _newest(dated: tuple[Dated, ...], on: dt.date) -> Dated | None:
    return max((one for one in dated if one.from_ <= on), key=lambda one: one.from_, default=None)


def letter_labels() -> dict[str, str]:
    """Return what each kind of letter is called, by its code."""
    return {kind: file.label for kind, file in load_letters().kinds.items()}


def check_letters() -> list[DeclarationFault]:
    """Return every fault of the letters' declarations; none when all may be used."""
    try:
        load_letters()
    except DeclarationError as error:
        return error.faults
    return []


def load_letters() -> Letters:
    """Return every declaration of letters; DeclarationError carries all faults of all files."""
    return _letters(_stamp())


def _stamp() -> tuple[tuple[str, int], ...]:
    """Return the instance's own files and when each last changed: they may be edited while we run."""
    return tuple((str(path), path.stat().st_mtime_ns) for path in sorted(_own().glob("*/letters/*.yaml")))


def _own() -> Path:
    return Path(settings.NUANXIN_HOME) / "counties"


@lru_cache(maxsize=8)
def _letters(stamp: tuple[tuple[str, int], ...]) -> Letters:
    reading = _Reading()
    for path in _national():
        reading.read_kind(path)
    for layer, path in _local():
        reading.read_overlay(layer, path)
    remedies = reading.read(PACKAGE / "kernel" / "work" / "letters" / REMEDIES, RemedyFile)
    reading.check(remedies)
    if reading.faults or remedies is None:
        raise DeclarationError(reading.faults)
    overlays = {kind: tuple(found) for kind, found in reading.overlays.items()}
    return Letters(reading.kinds, overlays, remedies.remedies)


def _national() -> Iterator[Path]:
    folders = [PACKAGE / "kernel" / "work" / "letters", *sorted((PACKAGE / "domains").glob("*/letters"))]
    for folder in folders:
        yield from (path for path in sorted(folder.glob("*.yaml")) if path.name != REMEDIES)


def _local() -> Iterator[tuple[str, Path]]:
    for prefix, top in (("", PACKAGE / "counties"), ("home:", _own())):
        for path in sorted(top.glob("[0-9]*/letters/*.yaml")):
            yield prefix + path.parent.parent.name, path


Model = TypeVar("Model", LetterFile, LetterOverlay, RemedyFile)


class _Reading:
    """Gathers kinds and overlays, and every fault on the way."""

    def __init__(self) -> None:
        self.kinds: dict[str, LetterFile] = {}
        self.overlays: dict[str, list[tuple[str, LetterOverlay]]] = {}
        self.faults: list[DeclarationFault] = []

    def read(self, path: Path, model: type[Model]) -> Model | None:
        try:
            return load_declaration(path, model)
        except DeclarationError as error:
            self.faults += error.faults
            return None

    def read_kind(self, path: Path) -> None:
        file = self.read(path, LetterFile)
        if file is None:
            return
        if file.letter in self.kinds:
            self.faults.append(file.document.fault(f"文书“{file.letter}”已经声明过。请换一个代码。", "letter"))
        self.kinds[file.letter] = file

    def read_overlay(self, layer: str, path: Path) -> None:
        overlay = self.read(path, LetterOverlay)
        if overlay is None:
            return
        self.overlays.setdefault(overlay.letter, []).append((layer, overlay))
        base = self.kinds.get(overlay.letter)
        if base is None:
            self.faults.append(overlay.document.fault(f"没有文书“{overlay.letter}”可以改写。请核对代码。", "letter"))
            return
        for index, one in enumerate(overlay.versions):
            texts = [text for text in (one.title, one.to, one.number, one.closing, *(one.paragraphs or ())) if text]
            unknown = words_in(*texts) - set(base.values) - GIVEN
            if unknown:
                message = f"文书“{overlay.letter}”没有 {'、'.join(sorted(unknown))} 这些值。请改正占位符。"
                self.faults.append(overlay.document.fault(message, "versions", index))

    def check(self, remedies: RemedyFile | None) -> None:
        """Note kinds and overlays that name a remedy nobody declares."""
        names = set(remedies.remedies) if remedies else set()
        files: list[LetterFile | LetterOverlay] = [*self.kinds.values()]
        files += [overlay for found in self.overlays.values() for _, overlay in found]
        for file in files:
            versions: tuple[Wording | Changed, ...] = file.versions
            for index, version in enumerate(versions):
                if remedies and version.remedy and version.remedy not in names:
                    message = f"没有救济途径“{version.remedy}”。可用：{'、'.join(sorted(names))}。"
                    self.faults.append(file.document.fault(message, "versions", index, "remedy"))
