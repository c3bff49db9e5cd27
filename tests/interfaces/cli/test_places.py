"""A command is about a county this instance keeps."""

import pytest

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.services import load_divisions

pytestmark = pytest.mark.django_db


def test_the_only_county_goes_without_saying():
    with pytest.raises(Refused, match="没有指明县"):
        the_county("")
    load_divisions("340223")
    assert the_county("") == the_county("340223") == "340223"


def test_an_unknown_county_is_refused_and_two_must_be_told_apart():
    load_divisions("340223")
    load_divisions("330522")
    with pytest.raises(Refused, match="本机没有“999999”"):
        the_county("999999")
    with pytest.raises(Refused, match="330522 长兴县、340223 南陵县"):
        the_county("")
