import pytest


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)
