"""Until the demo's first month is closed every address shows how far it is; then the pages are the product's."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from nuanxin.demo.progress import BUILDING, READY, pages_wait, write_progress
from nuanxin.interfaces.cli.demonstration import STEPS, Demonstration
from nuanxin.interfaces.staff.middleware import PROGRESS, demo_progress


def product(request: HttpRequest) -> HttpResponse:
    return HttpResponse("product")


@pytest.fixture(autouse=True)
def _demo(settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]


def ask(path: str, *, fragment: bool = False) -> HttpResponse:
    headers = {"HX-Request": "true"} if fragment else {}
    return demo_progress(product)(RequestFactory().get(path, headers=headers))


@pytest.mark.parametrize("path", ["/", "/login/", "/figures/?county=340223", PROGRESS])
def test_every_address_shows_the_steps_while_no_month_is_closed(path: str) -> None:
    Demonstration(people=3000, seed=1).tell()
    page = ask(path).content.decode()
    assert "正在建立演示县" in page
    assert all(title in page for title in STEPS.values())


def test_a_step_shows_its_seconds_and_the_one_at_work_its_part() -> None:
    building = Demonstration(people=3000, seed=1, phases={"setup": 2.5}, step="world", part="月度测算")
    building.tell()
    fragment = ask(PROGRESS, fragment=True).content.decode()
    assert "<html" not in fragment
    assert "2.5 秒" in fragment
    assert "月度测算" in fragment
    assert fragment.count("进行中") == 1


def test_with_the_first_closed_month_the_page_becomes_the_product() -> None:
    building = Demonstration(people=3000, seed=1, phases={"2024-01": 9.0}, doing="2024年2月")
    building.tell()
    assert not pages_wait()
    assert ask("/login/").content == b"product"
    assert ask(PROGRESS)["Location"] == "/"
    assert ask(PROGRESS, fragment=True)["HX-Redirect"] == "/"


def test_an_instance_that_is_no_demo_asks_nothing(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    write_progress({"state": BUILDING})
    assert ask("/login/").content == b"product"


def test_a_finished_demo_does_not_wait() -> None:
    write_progress({"state": READY})
    assert not pages_wait()
