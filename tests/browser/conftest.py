"""A browser before a live server with one of everything in two townships; screenshots on demand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = "/usr/bin/chromium"
SHOTS = Path(__file__).resolve().parents[2] / "shots"
WIDTHS = {"desk": 1440, "phone": 390}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start Debian's Chromium once."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def enter(live_server: Any, chromium: Any, settings: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that signs in by the demo's door and gives the page; what goes wrong in it fails the test."""
    from nuanxin.kernel.access.roles import ROLES
    from nuanxin.kernel.access.services import create_account
    from tests.factories.walk import TOWNSHIPS
    from tests.interfaces.staff.world import make_world

    settings.DEMO, settings.ALLOWED_HOSTS = True, ["*"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    county = "34.3402.340223"
    accounts = {
        code: create_account(
            username=code, display_name="王某", role=code, password="a long enough one",
            area=f"{county}.{TOWNSHIPS[0]}" if role.area_level == "township" else county,
        )
        for code, role in ROLES.items()
    }  # fmt: skip
    world = make_world(accounts["county_examiner"])
    opened, wrong = [], []

    def go(role: str, *, width: int = 1440, language: str = "") -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=live_server.url)
        if language:
            context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((live_server.url, "data:")) else None)
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "409" not in m.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        opened.append(context)
        page.goto("/login/")
        page.click(f"button[name=role][value={role}]")
        page.world = world
        return page

    yield go
    for context in opened:
        context.close()
    assert wrong == []


@pytest.fixture
def shot() -> Callable[[Any, str], None]:
    """Return a function that keeps a screenshot in /shots when NUANXIN_SHOTS is set."""

    def keep(page: Any, name: str) -> None:
        if os.environ.get("NUANXIN_SHOTS"):
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
            if name.endswith("-both"):
                desk = page.viewport_size
                page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
                page.screenshot(path=SHOTS / f"{name}-phone.png", full_page=True)
                page.set_viewport_size(desk)

    return keep
