"""The only writes of the room: taking snapshots and pruning them."""

import shutil

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.copying import copy_tables
from nuanxin.kernel.engine.models import Snapshot

COPYING, READY, PRUNED = "copying", "ready", "pruned"


def take_snapshot(*, county: str) -> Snapshot:
    """Copy every declared table of a county, consistently with each other, to Parquet under the store."""
    snapshot = Snapshot.objects.create(
        county=county, business_date=clock.today(), folder="", taken_at=clock.now(), state=COPYING
    )
    folder = store.snapshot_folder(county, snapshot.pk)
    copy_tables(all_snapshot_tables().values(), county, store.fresh_folder(folder))
    snapshot.folder, snapshot.state = folder, READY
    snapshot.save(update_fields=["folder", "state"])
    return snapshot


def prune_snapshots(*, county: str, keep: int) -> int:
    """Remove the files of all but the newest snapshots of a county; their rows stay, marked; return how many went."""
    old = list(Snapshot.objects.filter(county=county, state=READY).order_by("-pk")[keep:])
    for snapshot in old:
        with transaction.atomic():
            Snapshot.objects.filter(pk=snapshot.pk).update(state=PRUNED)
        shutil.rmtree(store.absolute(snapshot.folder), ignore_errors=True)
    return len(old)
