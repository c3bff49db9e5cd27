"""Reading the civil registers: who was cremated and has no relief asked for yet."""

from django.db.models import QuerySet

from nuanxin.domains.civil.registers.cremation import Cremation
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.casework.selectors import application_subjects
from nuanxin.kernel.registry.register import VOID

RELIEF = "huimin_binzang"


def unclaimed(account: Account, county: str) -> QuerySet[Cremation]:
    """Return the area's cremations for whose deceased no relief is asked for or granted, newest first."""
    rows = Cremation.objects.filter(area_filter(account), county=county).exclude(state=VOID)
    rows = rows.exclude(deceased__in=application_subjects(RELIEF))
    people = ("deceased__division", "applicant__division")
    return rows.select_related(*people, "division").order_by("-cremated_on", "-id")
