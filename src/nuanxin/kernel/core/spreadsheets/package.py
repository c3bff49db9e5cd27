"""The zip package of a workbook: its members within bounds, its relationships followed inside it only."""

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from urllib.parse import unquote

from nuanxin.kernel.core.spreadsheets.limits import Limits, damaged, no_workbook, too_large
from nuanxin.kernel.core.spreadsheets.xml import Attributes, Handler, parse

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Link:
    """A relationship: the last word of its type, and the member it names (empty when it lies outside)."""

    kind: str
    target: str


class Package:
    """A workbook's members by name, each read as a stream."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open a package; Refused when it is none, or past a bound by its own list of members."""
        if len(data) > limits.file:
            raise too_large(f"文件超过 {limits.file // 2**20} MB")
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN as error:
            raise no_workbook() from error
        infos = self.archive.infolist()
        self.names = {info.filename.lower(): info for info in infos}
        _check(infos, self.names, len(data), limits)

    def has(self, name: str) -> bool:
        """Return whether there is such a member; names of parts do not differ by case."""
        return name.lower() in self.names

    def parse(self, name: str, handler: Handler) -> None:
        """Run a member through a handler; Refused when it is missing or damaged."""
        if not self.has(name):
            raise no_workbook()
        try:
            with self.archive.open(self.names[name.lower()]) as stream:
                parse(stream, handler)
        except BROKEN as error:
            raise no_workbook() from error

    def links(self, part: str) -> dict[str, Link]:
        """Return the relationships of a part by id, none when it has no list."""
        folder, file = posixpath.split(part)
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        links = _Links(folder)
        if self.has(name):
            self.parse(name, links)
        return links.by_id


def _check(infos: list[zipfile.ZipInfo], names: dict[str, zipfile.ZipInfo], size: int, limits: Limits) -> None:
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > limits.members:
        raise too_large("工作簿的部件太多")
    if unpacked > limits.unpacked or (unpacked > limits.ratio_from and unpacked > limits.ratio * max(size, 1)):
        raise too_large("文件展开后太大")
    if len(names) != len(infos):
        raise damaged("有重名的部件")
    if any(info.flag_bits & 1 for info in infos):
        raise no_workbook()


class _Links(Handler):
    parts = "package/2006/relationships/"

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.by_id: dict[str, Link] = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag != "Relationship":
            return
        kind = attributes.get("Type", "").rsplit("/", 1)[-1]
        outside = attributes.get("TargetMode", "") == "External"
        target = "" if outside else self._place(attributes.get("Target", ""))
        self.by_id[attributes.get("Id", "")] = Link(kind, target)

    def _place(self, target: str) -> str:
        """Return the member a target names; Refused when it is no UTF-8 or leads out of the package."""
        try:
            plain = unquote(target, errors="strict").replace("\\", "/")
        except UnicodeError as error:
            raise damaged("部件的路径不是 UTF-8") from error
        whole = posixpath.normpath(posixpath.join("/", "" if plain.startswith("/") else self.folder, plain.lstrip("/")))
        if ":" in plain or "\0" in plain or plain.count("..") > self.folder.count("/") + 1:
            raise damaged("部件的路径超出工作簿")
        return whole.lstrip("/")
