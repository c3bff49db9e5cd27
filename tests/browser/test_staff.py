"""The staff pages in a real browser: nothing outside, nothing inline, keys, fragments, no sideways scrolling."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/", "/figures/", "/figures/dibao_persons/", "/people/", "/households/", "/grants/", "/payments/", "/registers/",
    "/registers/cremation/", "/registers/cremation/new/", "/rulebook/", "/rulebook/dibao/", "/rulebook/try/", "/month/",
    "/month/2024-01/proposals/", "/takeover/",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_and_ask_nobody_else(enter: Any, shot: Any, width: int, language: str) -> None:
    page = enter("county_examiner", width=width, language=language)
    place = page.world.mine
    for path in (*PAGES, f"/households/{place.household.pk}/", f"/people/{place.person.pk}/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
        shot(page, f"{path.strip('/').replace('/', '-') or 'home'}-{language}-{width}")


def test_slash_goes_to_the_search_and_arrows_walk_the_rows(enter: Any) -> None:
    page = enter("county_examiner")
    page.goto("/households/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "top-search"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.tagName") == "TR"
    page.keyboard.press("Enter")
    page.wait_for_url("**/households/*/")


def test_a_filter_swaps_the_list_and_stands_in_the_address(enter: Any) -> None:
    page = enter("county_examiner")
    page.goto("/grants/")
    assert page.locator("tr[data-href]").count() == 2
    page.select_option("select[name=place]", "340223101")
    page.wait_for_url("**place=340223101**")
    page.wait_for_function("document.querySelectorAll('tr[data-href]').length === 1")
    assert page.locator("h1").count() == 1


def test_a_household_is_tried_and_the_receipt_follows(enter: Any) -> None:
    page = enter("leader")
    page.goto("/rulebook/try/")
    page.wait_for_selector("#tried details.receipt")
    before = page.inner_text("#tried")
    page.fill("input[name=wage_year]", "6000")
    page.keyboard.press("Tab")
    page.wait_for_function("before => document.querySelector('#tried').innerText !== before", arg=before)
    page.click("[data-add-row]")
    assert page.locator("[data-row-group]").count() == 2


def test_a_full_number_needs_a_purpose_and_leaves_a_trace(enter: Any) -> None:
    from nuanxin.kernel.access.models import Disclosure
    from nuanxin.kernel.core.identifiers import make_citizen_id
    from nuanxin.kernel.registry.services import change_identifier

    page = enter("county_examiner")
    person = page.world.mine.person
    number = make_citizen_id("340223", person.birth, 21)
    change_identifier(change=page.world.walk.change, person_id=person.pk, kind="citizen_id", number=number)
    page.goto(f"/people/{person.pk}/")
    assert number not in page.content()
    page.click("details summary:has-text('看完整号码')")
    page.fill("input[name=purpose]", "核对低保申请材料")
    page.click("button:has-text('查看并记录')")
    page.wait_for_selector(f"text={number}")
    assert list(Disclosure.objects.values_list("purpose", flat=True)) == ["核对低保申请材料"]


def test_a_refusal_is_said_in_place(enter: Any) -> None:
    page = enter("county_examiner")
    page.goto("/rulebook/try/")
    page.wait_for_selector("#tried details.receipt")
    page.fill("input[name=wage_year]", "很多")
    page.keyboard.press("Tab")
    page.wait_for_selector("#tried [role=alert]")
    page.fill("input[name=wage_year]", "100")
    page.keyboard.press("Tab")
    page.wait_for_selector("#tried details.receipt")


def test_a_statement_is_read_on_a_phone_without_scrolling_sideways(enter: Any, shot: Any) -> None:
    page = enter("county_examiner", width=390)
    page.goto(f"/households/{page.world.mine.household.pk}/statement/?year=2024")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cells = page.locator(".statement td:visible")
    assert cells.count() > 0
    for place in range(cells.count()):
        box = cells.nth(place).bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390, cells.nth(place).inner_text()
    assert page.locator(".statement td[data-says^='应得']").first.is_visible()
    shot(page, "statement-390")
