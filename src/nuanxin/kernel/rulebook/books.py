"""The shelves: every declaration file of the package and the instance, read once, layer by layer."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from django.conf import settings

from nuanxin.kernel.core.declarations import Document, read_document, validate
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault
from nuanxin.kernel.rulebook.schema import (
    Benefit,
    BenefitOverride,
    DatedValue,
    ExampleFile,
    Exclusion,
    ExclusionFile,
    Fact,
    FactFile,
    Parameter,
    ParameterFile,
)

T = TypeVar("T")
PACKAGE = Path(__file__).resolve().parents[2]
NATIONAL = ""
Printed = tuple[str, str, str, int, int]
RECENT_SECONDS = 2
FOLDERS = ("facts", "parameters", "benefits", "examples")


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A declaration with its layer and the place where it stands."""

    item: T
    layer: str
    document: Document
    keys: tuple[str | int, ...] = ()

    def fault(self, message: str, *keys: str | int) -> DeclarationFault:
        """Return a fault at a key of this declaration."""
        return self.document.fault(message, *self.keys, *keys)


@dataclass
class Books:
    """Everything declared, not yet resolved for a county; `faults` of reading are kept, not raised."""

    facts: list[tuple[str, Placed[Fact]]] = field(default_factory=list)
    parameters: list[tuple[str, Placed[Parameter]]] = field(default_factory=list)
    values: list[tuple[str, Placed[list[DatedValue]]]] = field(default_factory=list)
    benefits: list[tuple[str, Placed[Benefit | BenefitOverride]]] = field(default_factory=list)
    exclusions: list[tuple[str, Placed[Exclusion]]] = field(default_factory=list)
    examples: list[Placed[ExampleFile]] = field(default_factory=list)
    faults: list[DeclarationFault] = field(default_factory=list)

    def add(self, shelf: "Books") -> None:
        """Put another's declarations behind these."""
        for held, more in zip(vars(self).values(), vars(shelf).values(), strict=True):
            held.extend(more)

    @property
    def count(self) -> int:
        """Return how many declarations were read."""
        named = (self.facts, self.parameters, self.values, self.benefits, self.exclusions)
        return sum(len(shelf) for shelf in named) + sum(len(e.item.examples) for e in self.examples)


@dataclass(frozen=True)
class Roots:
    """Where declarations lie: the package's folder and the instance's own.

    `instead` lays a candidate's folder in the place of the instance's layers of some codes, so that a new standard can
    be checked and simulated before anything of it is in force.
    """

    package: Path = PACKAGE
    home: Path | None = None
    instead: Path | None = None
    codes: tuple[str, ...] = ()

    def given(self) -> Iterator[tuple[str, Path]]:
        """Yield (layer, folder) of what comes with the package, from the nation down."""
        yield NATIONAL, self.package / "kernel" / "rulebook"
        for domain in sorted((self.package / "domains").glob("*")):
            yield NATIONAL, domain
        for county in sorted((self.package / "counties").glob("[0-9]*")):
            yield county.name, county

    def own(self) -> Iterator[tuple[str, Path]]:
        """Yield the instance's own layers, `home:<code>`, a candidate's in the place of those it stands for."""
        own = list((self.home / "counties").glob("[0-9]*")) if self.home else []
        candidate = list(self.instead.glob("[0-9]*")) if self.instead else []
        kept = [folder for folder in own if folder.name not in self.codes]
        for county in sorted([*kept, *candidate], key=lambda folder: folder.name):
            yield f"home:{county.name}", county


def default_roots() -> Roots:
    """Return the package's files and this instance's."""
    return Roots(home=Path(settings.NUANXIN_HOME))


def open_books(roots: Roots | None = None) -> Books:
    """Return every declaration; read again only when a file changed.

    Roots with the same files have the same books, so that what was read and compiled of the package is shared.
    """
    return _books(declared_files(roots or default_roots(), FOLDERS))


def declared_files(roots: Roots, folders: tuple[str, ...]) -> tuple[Printed, ...]:
    """Return the files of these folders as (layer, folder, path, changed in ns, size), from the nation down.

    The package's own are looked at every few seconds only: a page asks for the law many times.
    """
    return (*_given(roots, folders), *_files(roots.own(), folders))


def _files(layers: Iterable[tuple[str, Path]], folders: tuple[str, ...]) -> Iterator[Printed]:
    for layer, place in layers:
        for name in folders:
            for path in sorted((place / name).glob("*.yaml")):
                state = path.stat()
                yield layer, name, str(path), state.st_mtime_ns, state.st_size


_looked: dict[tuple[str, ...], tuple[float, tuple[Printed, ...]]] = {}


def _given(roots: Roots, folders: tuple[str, ...]) -> tuple[Printed, ...]:
    if roots.package != PACKAGE:
        return tuple(_files(roots.given(), folders))
    now, held = time.monotonic(), _looked.get(folders)
    if held is None or now - held[0] > RECENT_SECONDS:
        held = _looked[folders] = (now, tuple(_files(roots.given(), folders)))
    return held[1]


@lru_cache(maxsize=32)
def _books(printed: tuple[Printed, ...]) -> Books:
    books = Books()
    for one in printed:
        books.add(_shelf(*one))
    return books


@lru_cache(maxsize=1024)
def _shelf(layer: str, folder: str, path: str, changed_ns: int, size: int) -> Books:
    """Return what one file declares, or its faults."""
    shelf = Books()
    try:
        READERS[folder](shelf, layer, read_document(Path(path)))
    except DeclarationError as error:
        shelf.faults += error.faults
    return shelf


def _read_facts(books: Books, layer: str, document: Document) -> None:
    for name, fact in validate(document, FactFile).facts.items():
        books.facts.append((name, Placed(fact, layer, document, ("facts", name))))


def _read_parameters(books: Books, layer: str, document: Document) -> None:
    file = validate(document, ParameterFile)
    for name, parameter in file.parameters.items():
        keys = ("parameters", name)
        books.parameters.append((name, Placed(parameter, layer, document, keys)))
        books.values.append((name, Placed(parameter.values, layer, document, (*keys, "values"))))
    for name, values in file.values.items():
        books.values.append((name, Placed(values, layer, document, ("values", name))))


def _read_benefits(books: Books, layer: str, document: Document) -> None:
    data = document.data if isinstance(document.data, dict) else {}
    if "exclusions" in data:
        for n, exclusion in enumerate(validate(document, ExclusionFile).exclusions):
            books.exclusions.append((exclusion.id, Placed(exclusion, layer, document, ("exclusions", n))))
        return
    model: type[Benefit | BenefitOverride] = BenefitOverride if data.get("overrides") == "true" else Benefit
    benefit = validate(document, model)
    books.benefits.append((benefit.benefit, Placed(benefit, layer, document)))


def _read_examples(books: Books, layer: str, document: Document) -> None:
    books.examples.append(Placed(validate(document, ExampleFile), layer, document))


READERS: dict[str, Callable[[Books, str, Document], None]] = {
    "facts": _read_facts,
    "parameters": _read_parameters,
    "benefits": _read_benefits,
    "examples": _read_examples,
}
