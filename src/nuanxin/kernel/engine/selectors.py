"""Reading what the engine keeps."""

from pathlib import Path

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.models import Snapshot


def snapshot_files(snapshot: Snapshot) -> dict[str, Path]:
    """Return the Parquet file of each table of a snapshot; Refused when it is not there any more."""
    if snapshot.state != "ready":
        raise Refused("snapshot.missing", f"快照 {snapshot.pk} 不可用({snapshot.state})。", "请重新取一次快照。")
    folder = store.absolute(snapshot.folder)
    return {name: folder / f"{name}.parquet" for name in all_snapshot_tables()}


def snapshot_by_id(snapshot_id: int) -> Snapshot:
    """Return a snapshot."""
    return Snapshot.objects.get(pk=snapshot_id)


def latest_snapshot(county: str) -> Snapshot | None:
    """Return the newest usable snapshot of a county."""
    return Snapshot.objects.filter(county=county, state="ready").order_by("-pk").first()
