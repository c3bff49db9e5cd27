"""The instance's own layer of a county: its files on disk, as published, and as a candidate laid out beside it.

A file is named by its path under `$NUANXIN_HOME/counties/`: `340223/parameters/2024.yaml`.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import DeclarationFault, Refused
from nuanxin.kernel.engine import store
from nuanxin.kernel.rulebook.books import FOLDERS, Roots

NAME = re.compile(rf"^(\d{{2}}|\d{{4}}|\d{{6}})/({'|'.join(FOLDERS)})/[\w\-.·()（）]{{1,80}}\.yaml$")
LARGEST = 1_000_000
Layer = dict[str, str]


@dataclass(frozen=True)
class Unpublished:
    """A file of the layer that is not as published: new, changed or gone."""

    file: str
    how: str

    @property
    def words(self) -> str:
        """Return it in Chinese."""
        return {"new": "没有发布", "changed": "发布后被改动", "gone": "发布后被删除"}[self.how]


def codes_of(county: str) -> tuple[str, ...]:
    """Return the codes whose layers a county sees: province, city, county."""
    return county[:2], county[:4], county


def home() -> Path:
    """Return the folder of the instance's own layers."""
    return Path(settings.NUANXIN_HOME) / "counties"


def on_disk(county: str) -> dict[str, str]:
    """Return the text of every declaration file of the county's own layers."""
    return {
        path.relative_to(home()).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for code in codes_of(county)
        for folder in FOLDERS
        for path in sorted((home() / code / folder).glob("*.yaml"))
    }


def sums(files: Mapping[str, str]) -> Layer:
    """Return the SM3 of each file."""
    return {name: sm3_hex(text) for name, text in sorted(files.items())}


def keep_texts(files: Mapping[str, str]) -> None:
    """Store each text under its SM3, once."""
    for text in files.values():
        path = _kept(sm3_hex(text))
        if not path.exists():
            store.write_whole(path, text.encode())


def kept_texts(layer: Layer) -> dict[str, str]:
    """Return the texts of a layer as they were published."""
    return {name: _kept(sm3).read_text(encoding="utf-8") for name, sm3 in layer.items()}


def _kept(sm3: str) -> Path:
    return store.absolute(f"laws/files/{sm3}.yaml")


def unpublished(county: str, layer: Layer) -> list[Unpublished]:
    """Return every file of the layer that is not as published."""
    now = sums(on_disk(county))
    names = sorted(set(now) | set(layer))
    how = {True: "new", False: "changed"}
    return [
        Unpublished(name, "gone" if name not in now else how[name not in layer])
        for name in names
        if now.get(name) != layer.get(name)
    ]


def merged(layer: Mapping[str, str], files: Mapping[str, str | None]) -> dict[str, str]:
    """Return the texts of a layer with some files laid over it; None takes a file away."""
    texts = {**layer, **{name: text for name, text in files.items() if text is not None}}
    return {name: text for name, text in texts.items() if files.get(name, text) is not None}


@contextmanager
def laid_out(county: str, texts: Mapping[str, str]) -> Iterator[Roots]:
    """Lay texts out as the county's own layers in a folder of their own and yield the roots that read them."""
    folder = store.absolute(f"laws/candidates/{sm3_hex(repr(sorted(texts.items())))[:16]}")
    roots = Roots(home=Path(settings.NUANXIN_HOME), instead=folder, codes=codes_of(county))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        yield roots
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plainly(fault: DeclarationFault, roots: Roots) -> dict[str, object]:
    """Return a fault with its file named as people know it."""
    name = fault.file
    for root in (roots.instead, roots.home / "counties" if roots.home else None, roots.package):
        if root and name.startswith(f"{root}/"):
            name = name.removeprefix(f"{root}/")
            break
    return {"file": name, "line": fault.line, "message": fault.message}


def write_files(files: Mapping[str, str | None]) -> None:
    """Put files into the layer, each whole or not at all; None takes one away."""
    for name, text in files.items():
        path = home() / name
        if text is None:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.read_text(encoding="utf-8", errors="replace") != text:
            store.write_whole(path, text.encode())


def refuse_odd_names(county: str, files: Mapping[str, str | None]) -> None:
    """Raise Refused for a file that does not belong into the county's own layers, or that is too large."""
    for name, text in files.items():
        if not NAME.match(name) or name.split("/", 1)[0] not in codes_of(county) or ".." in name:
            raise Refused(
                "standard.file",
                f"“{name}”不是本县声明文件的名字。",
                f"请写成 {county}/parameters/名称.yaml 这样的路径。",
            )
        if text is not None and len(text) > LARGEST:
            raise Refused("standard.large", f"“{name}”太大。", "声明文件通常只有几 KB，请检查内容。")
    if not files:
        raise Refused("standard.empty", "没有要发布的改动。", "请先填写新的标准，或把文件放进本县目录。")
