"""Every room has the same furniture, and its README says what it is for."""

import re
from pathlib import Path

import pytest

from tests.architecture.house import INTERFACES, PACKAGE, rooms

FURNITURE = {"models", "enums", "selectors", "services", "errors", "schema", "tasks", "apps", "__init__", "migrations"}
FURNITURE |= {"declared", "types"}  # what the room registers with core; what its verbs hand back
DECLARATIONS = {"facts", "parameters", "benefits", "examples", "indicators", "workflows", "feeds", "alerts", "items"}
PAGES = {"templates", "static", "templatetags", "locale", "urls", "__pycache__", "README"}


def label(room: Path) -> str:
    return room.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("room", rooms(), ids=label)
def test_a_room_says_what_it_is_for(room):
    readme = room / "README.md"
    assert readme.exists(), f"{label(room)}/README.md is missing"
    assert len(readme.read_text(encoding="utf-8").split()) > 20
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= 80, "half a page"


@pytest.mark.parametrize("room", [room for room in rooms() if room.parent != INTERFACES], ids=label)
def test_what_is_not_furniture_is_named_in_the_readme(room):
    readme = room / "README.md"
    words = set(re.findall(r"[\w/.-]+", readme.read_text(encoding="utf-8"))) if readme.exists() else set()
    named = words | {part for word in words for part in re.split(r"[./]", word)}
    found = {path.name.removesuffix(".py").removesuffix(".md") for path in room.iterdir()}
    strange = found - FURNITURE - DECLARATIONS - PAGES - named
    assert not strange, f"{label(room)}: say in README.md what these are for: {sorted(strange)}"
