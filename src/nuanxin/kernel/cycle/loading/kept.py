"""What a load keeps sealed: its files as they came, its checked tables as Parquet."""

import io
import zipfile
from typing import TYPE_CHECKING

from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.payments.files import open_file, seal_file

if TYPE_CHECKING:
    from nuanxin.kernel.cycle.models import TakeoverList

SUFFIX = ".tables"
NAMES = "names"


def stated_files(load: "TakeoverList", *, correction: bool | None, read: bool | None = None) -> list[tuple[str, bytes]]:
    """Return the name and bytes of a load's files (all, or only corrections, or only those not read yet).

    A list taken over before there were several files keeps its workbook in `blob`.
    """
    rows = load.files.order_by("id")
    if correction is not None:
        rows = rows.filter(correction=correction)
    if read is not None:
        rows = rows.filter(read=read)
    if correction is None and not rows and not load.blob.endswith(SUFFIX):
        return [(load.name, open_file(load.blob))]
    return [(row.name, open_file(row.blob)) for row in rows]


def write_packed(load: "TakeoverList", staging: Staging) -> str:
    """Seal the checked tables, durably, and return the path a row may then name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in staging.pack().items():
            archive.writestr(name, data)
        archive.writestr(NAMES, "\n".join(staging.files))
    return seal_file(f"loads/{load.county}/{load.pk}-{load.sm3[:16]}{SUFFIX}", buffer.getvalue())


def packed_of(load: "TakeoverList") -> dict[str, bytes]:
    """Return the checked tables by name, empty when none were kept."""
    return {name: data for name, data in _opened(load).items() if name != NAMES}


def names_of(load: "TakeoverList") -> list[str]:
    """Return the names of the files that the kept rows count."""
    names = _opened(load).get(NAMES, b"").decode()
    return names.split("\n") if names else []


def _opened(load: "TakeoverList") -> dict[str, bytes]:
    if not load.blob.endswith(SUFFIX):
        return {}
    with zipfile.ZipFile(io.BytesIO(open_file(load.blob))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
