"""With the language switched to English the pages say everything in English, but what is Chinese by nature.

Names, places, what people typed, and citations of law stay Chinese; pages mark the last two with `lang="zh"`.
"""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.registry.models import Division
from tests.interfaces.staff.test_permissions import PAGES, args
from tests.interfaces.staff.world import World, make_world

HAN = re.compile(r"[\u4e00-\u9fff]+")
SHOWN = ("title", "placeholder", "aria-label", "alt")
SILENT = ("script", "style")
EMPTY = {"input", "br", "hr", "img", "meta", "link", "use"}
TYPED = (
    "张某", "张三", "张大山", "张", "王某", "测试", "新标准", "名单", "户口本", "独居", "村民政协理员，未开通账号", "火灾", "收1", "收2", "青山水库",
    "查明有务工收入", "属实", "邻居反映有车", "来电",
)  # fmt: skip


class Words(HTMLParser):
    """Collect the words of a page outside parts marked as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.words: list[str] = []

    @property
    def chinese(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        chinese = given["lang"].startswith("zh") if given.get("lang") else self.chinese
        if not chinese:
            self.words += [text for name in SHOWN if (text := given.get(name))]
        if tag not in EMPTY:
            self.open.append((tag, chinese or tag in SILENT))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.chinese:
            self.words.append(data)


def left(page: str, known: list[str]) -> set[str]:
    """Return the Chinese words of a page that nobody typed and no place is called."""
    read = Words()
    read.feed(page)
    text = "\n".join(read.words)
    for name in known:
        text = text.replace(name, "")
    return set(HAN.findall(text))


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    return make_world(accounts["county_examiner"])


@pytest.fixture
def known(world: World) -> list[str]:
    """Return what is called so, or was typed so."""
    places = [*Division.objects.values_list("name", flat=True)]
    return sorted({*TYPED, *places}, key=len, reverse=True)


@pytest.mark.parametrize("role", ["township_clerk", "county_examiner", "section_chief", "auditor"])
def test_pages_are_english_when_english_is_chosen(world: World, known: list[str], sign_in: Any, role: str) -> None:
    client = sign_in(role)
    client.post("/language/", {"language": "en", "next": "/"})
    pages = [name for name, (may, _, methods) in PAGES.items() if "r" in methods and may in (None, *ROLES[role].permissions)]
    found = {}
    for name in pages:
        answer = client.get(reverse(name, args=args(world, PAGES[name][1])))
        if answer["Content-Type"].startswith("text/html") and (words := left(answer.content.decode(), known)):
            found[name] = words
    import pprint; pprint.pprint(found, width=200, compact=True)
    assert not found
