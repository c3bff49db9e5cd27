"""An xlsx workbook: which sheets there are, which are read, and what stands beside them."""

from collections.abc import Callable, Sequence

from nuanxin.kernel.core.spreadsheets.cells import Cells
from nuanxin.kernel.core.spreadsheets.limits import Limits, damaged, no_workbook, too_large
from nuanxin.kernel.core.spreadsheets.package import Link, Package
from nuanxin.kernel.core.spreadsheets.sheet import Unread
from nuanxin.kernel.core.spreadsheets.strings import SharedStrings
from nuanxin.kernel.core.spreadsheets.styles import Styles
from nuanxin.kernel.core.spreadsheets.xml import Attributes, Handler

Say = Callable[[list[object]], None]
MOST_SHEETS = 200
BESIDE = {"comments": "comments", "threadedComment": "comments", "drawing": "drawings"}


class _Contents(Handler):
    """The sheets in order with their relationship and state, and from which year days are counted."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.from_1904 = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            link = next((value for name, value in attributes.items() if name.endswith("relationships|id")), "")
            self.sheets.append((attributes.get("name", ""), link, attributes.get("state", "visible")))
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904", "") in ("1", "true", "on")


def read_workbook(data: bytes, wanted: Sequence[str] | None, limits: Limits, say: Say) -> None:
    """Say names, rows and what is unread of the wanted sheets (None: the first that is shown), as they are read."""
    package = Package(data, limits)
    main = _main_part(package)
    contents, links = _Contents(), package.links(main)
    package.parse(main, contents)
    if not contents.sheets or len(contents.sheets) > MOST_SHEETS:
        raise damaged("工作表的数目")
    names = [name for name, _, _ in contents.sheets]
    if len(set(names)) != len(names):
        raise damaged("有重名的工作表")
    say(["names", names])
    shared, styles = _beside(package, links, limits)
    chosen = _chosen(contents, links, wanted)
    total = [0, 0]
    for name, link, state in contents.sheets:
        if name not in chosen:
            say(["unread", "other_sheet" if state == "visible" else "hidden_sheet", name, ""])
            continue
        if link not in links or not links[link].target:
            raise damaged(f"找不到工作表“{name}”")
        cells = Cells(name, shared, styles, contents.from_1904, limits, lambda *row: say(["row", *row]))
        say(["sheet", name])
        package.parse(links[link].target, cells)
        total = [total[0] + cells.total, total[1] + cells.count]
        if total[0] > limits.text or total[1] > limits.cells:
            raise too_large("工作簿的内容太多")
        for item in cells.unread() + _hidden(name, state) + _linked(package, links[link], name):
            say(["unread", item.what, item.sheet, item.where])
    if any(link.kind == "vbaProject" for link in links.values()):
        say(["unread", "macros", "", ""])


def _main_part(package: Package) -> str:
    """Return the workbook's own part: the package says where it lies."""
    found = [link.target for link in package.links("").values() if link.kind == "officeDocument" and link.target]
    name = found[0] if found else "xl/workbook.xml"
    if not package.has(name):
        raise no_workbook()
    return name


def _beside(package: Package, links: dict[str, Link], limits: Limits) -> tuple[list[str], list[str | int | None]]:
    """Return the shared texts and the formats of the cell styles."""
    shared, styles = SharedStrings(limits), Styles()
    handlers: dict[str, Handler] = {"sharedStrings": shared, "styles": styles}
    for link in links.values():
        handler = handlers.pop(link.kind, None)
        if handler is not None and package.has(link.target):
            package.parse(link.target, handler)
    return shared.texts, styles.formats


def _chosen(contents: _Contents, links: dict[str, Link], wanted: Sequence[str] | None) -> set[str]:
    sheets = [one for one in contents.sheets if one[1] in links and links[one[1]].kind == "worksheet"]
    if wanted is not None:
        return {name for name, _, _ in sheets if name in wanted}
    shown = [name for name, _, state in sheets if state == "visible"]
    if not shown:
        raise damaged("没有可见的工作表")
    return {shown[0]}


def _hidden(name: str, state: str) -> list[Unread]:
    return [] if state == "visible" else [Unread("hidden_read", name)]


def _linked(package: Package, sheet: Link, name: str) -> list[Unread]:
    kinds = {BESIDE[link.kind] for link in package.links(sheet.target).values() if link.kind in BESIDE}
    return [Unread(what, name) for what in sorted(kinds)]
