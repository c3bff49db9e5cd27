"""Accounts of every role in one county, signed in; rooms are imported late, for this file is read before Django is set up."""

from collections.abc import Callable
from typing import Any

import pytest

COUNTY = "340223"


@pytest.fixture
def accounts(db: None, settings: Any) -> dict[str, Any]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from nuanxin.kernel.access.roles import ROLES
    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.registry import selectors as registry
    from nuanxin.kernel.registry.services import load_divisions

    load_divisions(COUNTY)
    county = registry.division(COUNTY).path
    township = registry.townships(COUNTY)[0].path
    return {
        code: create_account(
            username=code,
            display_name="张某",
            role=code,
            area=township if role.area_level == "township" else county,
            password="a long enough one",
        )
        for code, role in ROLES.items()
    }


@pytest.fixture
def sign_in(accounts: dict[str, Any]) -> Callable[[str], Any]:
    from django.test import Client

    def enter(role: str) -> Client:
        client = Client()
        client.force_login(accounts[role])
        return client

    return enter
