"""Funeral relief from the cremation record: nobody fills in a form again; one cremation, one relief."""

from collections.abc import Sequence

import pyarrow as pa
from django.db import transaction

from nuanxin.domains.civil.selectors import RELIEF, unclaimed
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.services import load_applications
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.selectors import account_ids_of, accounts_of_organisations


def file_reliefs(*, account: Account, cremation_ids: Sequence[int], instant: bool = False) -> int:
    """Ask for the relief of cremations at once; returns how many. Those asked for meanwhile or elsewhere are left out.

    Paid to who saw to the funeral, or `instant`ly deducted: then to the funeral parlour, which must be registered as an
    organisation of that name with an account. The month assesses and two people decide, as for every application.
    """
    require(account, "cases.make")
    county, today = county_of(account), clock.today()
    if county is None:
        raise Refused("claim.county", "请用县或乡镇的账号办理。", "请由本县经办人员登录后办理。")
    with transaction.atomic():
        rows = list(unclaimed(account, county).filter(pk__in=list(cremation_ids)).order_by("id"))
        parlours = accounts_of_organisations(county, {one.parlour for one in rows}, today) if instant else {}
        missing = sorted({one.parlour or "(未填)" for one in rows if one.parlour not in parlours}) if instant else []
        if missing:
            raise Refused(
                "claim.parlour",
                f"殡仪馆“{missing[0]}”没有登记收款账户，不能直接减免。",
                "请先登记该单位及其账户，或改为发给经办人。",
            )
        people = account_ids_of({one.applicant_id for one in rows if one.applicant_id}, today)
        change = open_change(author=author_of(account), verb="file_reliefs", reason="惠民殡葬", source="火化登记")
        table = pa.table(
            {
                "county": [county] * len(rows),
                "benefit": [RELIEF] * len(rows),
                "person_id": pa.array([one.deceased_id for one in rows], pa.int64()),
                "filed_on": pa.array([today] * len(rows), pa.date32()),
                "payee_id": pa.array(
                    [parlours.get(one.parlour) if instant else people.get(one.applicant_id or 0) for one in rows],
                    pa.int64(),
                ),
                "source": ["殡仪馆直接减免" if instant else "火化登记"] * len(rows),
            }
        )
        return load_applications(change=change, table=table) if rows else 0
