"""With the language switched to English the pages say everything in English, but what is Chinese by nature.

Names, places, what people typed, and citations of law stay Chinese; pages mark the last two with `lang="zh"`.
"""

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from nuanxin.interfaces.staff.saying import marked, said
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.models import Division
from nuanxin.kernel.rulebook import selectors as rulebook
from tests.factories.walk import COUNTY
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
    """Let a household of the world ask for help, so that its pages show receipts."""
    clock.move_to(dt.date(2024, 3, 15))
    made = make_world(accounts["county_examiner"])
    for kind, level in (("assistance_file", None), ("property_ok", 1)):
        made.walk.circumstance(None, kind, household=made.mine.household, level=level)
    made.walk.circumstance(made.mine.person, "disability", level=1, code=5)
    return made


@pytest.fixture
def known(world: World) -> list[str]:
    """Return what is called so, or was typed so."""
    places = [*Division.objects.values_list("name", flat=True)]
    places += [world.organisation.name, *(place.facility.name for place in world.places)]
    return sorted({*TYPED, *places}, key=len, reverse=True)


@pytest.mark.parametrize("role", ["township_clerk", "county_examiner", "section_chief", "auditor"])
def test_pages_are_english_when_english_is_chosen(world: World, known: list[str], sign_in: Any, role: str) -> None:
    client = sign_in(role)
    client.post("/language/", {"language": "en", "next": "/"})
    pages = [
        name for name, (may, _, methods) in PAGES.items() if "r" in methods and may in (None, *ROLES[role].permissions)
    ]
    found = {}
    for name in pages:
        answer = client.get(reverse(name, args=args(world, PAGES[name][1])))
        if answer["Content-Type"].startswith("text/html") and (words := left(answer.content.decode(), known)):
            found[name] = words
    assert not found


def in_english(client: Any, known: list[str], page: str, data: dict[str, Any] | None = None) -> set[str]:
    """Return the Chinese words of a page, which must open."""
    client.post("/language/", {"language": "en", "next": "/"})
    answer = client.get(page) if data is None else client.post(page, data)
    assert answer.status_code == 200, page
    return left(answer.content.decode(), known)


def test_every_benefit_and_register_is_english(world: World, known: list[str], sign_in: Any) -> None:
    client = sign_in("county_examiner")
    pages = [reverse("benefit", args=[code]) for code in rulebook.benefits(COUNTY, dt.date(2024, 3, 1))]
    for code in ("cremation", "marriage", "eco_burial", "resettler"):
        pages += [reverse(name, args=[code]) for name in ("register", "record-new", "register-import")]
    assert len(pages) > 20
    assert {page: words for page in pages if (words := in_english(client, known, page))} == {}


def test_a_household_shows_its_receipts_in_english(world: World, known: list[str], sign_in: Any) -> None:
    client = sign_in("township_clerk")
    for name, key in (("household", world.mine.household.pk), ("case", world.mine.case.pk)):
        assert in_english(client, known, reverse(name, args=[key])) == set()
        page = client.get(reverse(name, args=[key])).content.decode()
        assert "Income counted, year" in page
        assert "Supplement" in page


def test_a_trial_says_all_benefits_in_english(world: World, known: list[str], sign_in: Any) -> None:
    typed = {
        "month": "2024-03", "birth": "1940-01-01", "wage_year": "12000", "disability_level": "1", "disability_class": "5",
        "self_care_failed": "4", "no_obligor": "true", "assistance_file": "true", "property_ok": "true",
    }  # fmt: skip
    client = sign_in("county_examiner")
    for answers in (typed, {**typed, "property_ok": "", "birth": ""}, {**typed, "birth": "2016-01-01"}):
        assert in_english(client, known, reverse("rulebook-try"), answers) == set()


def test_texts_made_of_labels_and_values_are_said_part_by_part() -> None:
    with translation.override("en"):
        assert said("火化 250 元; 骨灰盒 150 元") == "Cremation 250 yuan; Urn 150 yuan"
        assert said("80岁起 50 元/月") == "from 80 50 yuan a month"
        assert said("最低生活保障金额") == "Dibao: Amount"
        assert said("") == ""
        assert said("还缺材料：申请书、授权书。") == "还缺材料：申请书、授权书。"
        assert marked("没有人知道的话。") == '<span lang="zh">没有人知道的话。</span>'
    assert said("火化 250 元") == marked("火化 250 元") == "火化 250 元"


def test_every_parameter_is_said_in_english(world: World) -> None:
    with translation.override("en"):
        shown = [text for one in rulebook.parameters(COUNTY) for text in (one.label, one.text)]
        assert [text for text in shown if HAN.search(said(text))] == []
