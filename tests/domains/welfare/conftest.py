import pytest


@pytest.fixture
def county(db):
    from tests.factories.county import SmallCounty

    return SmallCounty()
