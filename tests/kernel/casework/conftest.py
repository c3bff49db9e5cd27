import pytest


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


@pytest.fixture
def desk(county):
    from tests.factories.desk import Desk

    return Desk(county)


@pytest.fixture
def delegated(tmp_path, settings):
    """Let the county's own file delegate means-tested decisions to the townships."""
    folder = tmp_path / "counties" / "340223" / "workflows"
    folder.mkdir(parents=True)
    (folder / "means_tested.yaml").write_text(
        "workflow: means_tested\noverrides: true\nversions:\n  - from: 2021-07-01\n    basis: [{document: 县办法}]\n"
        "    delegated: {on: true}\n",
        encoding="utf-8",
    )
    settings.NUANXIN_HOME = tmp_path
