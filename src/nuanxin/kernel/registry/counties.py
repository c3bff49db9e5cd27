"""The packaged data of a county: its profile and its divisions; an instance's own folder lies over it."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from django.conf import settings
from pydantic import BaseModel, ConfigDict

from nuanxin.kernel.core.declarations import load_declaration
from nuanxin.kernel.core.errors import Refused


class CountyProfile(BaseModel):
    """`county.yaml`: what the county is called and which profiles it follows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    county: str
    name: str
    title: str
    bureau: str
    profile: str


def county_folder(code: str) -> Path:
    """Return the folder that declares an area: the instance's own where it has the file, else the package's."""
    own = Path(settings.NUANXIN_HOME) / "counties" / code
    if (own / "county.yaml").exists():
        return own
    packaged = Path(str(files("nuanxin") / "counties" / code))
    if not packaged.is_dir():
        raise Refused("county.unknown", f"没有代码为“{code}”的县区资料。", f"请在 counties/{code}/ 下添加资料。")
    return packaged


def load_county(code: str) -> CountyProfile:
    """Return the profile of a county; DeclarationError when the file has faults."""
    return load_declaration(county_folder(code) / "county.yaml", CountyProfile)


def division_rows(code: str) -> Iterator[dict[str, str]]:
    """Yield the rows of an area's extract: code, name, level, parent, source, as_of."""
    own = Path(settings.NUANXIN_HOME) / "counties" / code / "divisions.csv"
    path: Traversable | Path = own if own.exists() else files("nuanxin") / "counties" / code / "divisions.csv"
    if not path.is_file():
        raise Refused(
            "county.no_divisions",
            f"没有“{code}”的区划文件 divisions.csv。",
            f"请运行 scripts/extract_divisions.py {code}。",
        )
    with path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
