"""A load that took grants over: assessed at once, so that what differs from the rules is a work list."""

from django.db import transaction

from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.compare import Ground, differences
from nuanxin.kernel.cycle.models import TakeoverDifference, TakeoverList
from nuanxin.kernel.grants.selectors import takeover_states


def assess_taken_over(taken: TakeoverList) -> None:
    """Assess the month of the as-of date and list where the stated money is not what the rules say."""
    source, month = assessments(), month_of(taken.as_of)
    source.settle_law(taken.county, month, Author(label="接管"))
    snapshot_id = source.take_snapshot(taken.county)
    if taken.assessment_run_id is None:
        taken.assessment_run_id = source.assess(taken.county, month, snapshot_id)
    ground = Ground(
        county=taken.county,
        month=month,
        run_id=taken.assessment_run_id,
        receipts=source.receipts(taken.assessment_run_id),
        tables=source.tables(snapshot_id),
    )
    own = {grant_id for grant_id, *_ in takeover_states(taken.pk)}
    found = [one for one in differences(ground, source.rules(taken.county, month).values()) if one.grant_id in own]
    rows = [(taken.pk, one.grant_id, one.stated_fen, one.assessed_fen, one.reason[:60]) for one in found]
    with transaction.atomic():
        TakeoverDifference.objects.filter(list=taken).delete()
        columns = ["list_id", "grant_id", "stated_fen", "assessed_fen", "reason"]
        bulk_insert(model=TakeoverDifference, columns=columns, rows=rows)
        taken.save(update_fields=["assessment_run_id"])
