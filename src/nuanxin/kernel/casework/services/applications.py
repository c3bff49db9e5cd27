"""Somebody asks for a benefit: at the counter one by one, or many from a feed or a list."""

import datetime as dt
from typing import Any

import pyarrow as pa
from django.db import transaction

from nuanxin.kernel.casework.enums import ApplicationState, ProposalState
from nuanxin.kernel.casework.models import Application, Case, Proposal
from nuanxin.kernel.casework.selectors.payees import accounts_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month, months_asked_once
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import single_account
from nuanxin.kernel.registry.selectors.money import homes_of
from nuanxin.kernel.rulebook.selectors import once_only

COLUMNS = [
    "county", "township", "division_id", "benefit", "person_id", "household_id", "filed_on", "source", "payee_id",
    "booked_month", "state", "change_id",
]  # fmt: skip
NEEDED = ("county", "benefit", "person_id", "filed_on")
OPTIONAL = ("household_id", "payee_id", "source")


def file_application(
    *,
    author: Author,
    county: str,
    benefit: str,
    person_id: int,
    filed_on: dt.date,
    household_id: int | None = None,
    payee_id: int | None = None,
    source: str = "窗口",
) -> Application:
    """File an application; Refused when the person is unknown, the same application is still open, or was granted
    before where the benefit is given once in a life (one cremation, one relief).

    For a benefit of persons it is the person's own; for one of households `household_id` names the unit and the person
    is who applies. Without `payee_id` the one account that fits the benefit's payees is taken; none where none fits.
    """
    home = homes_of([person_id]).get(person_id)
    if home is None:
        raise Refused("casework.person", f"没有编号为 {person_id} 的居民。", "请先登记该居民。")
    if payee_id is None:
        fits = accounts_for(
            county=county, benefit=benefit, person_id=person_id, household_id=household_id, on=clock.today()
        )
        payee_id = single_account(fits) if fits else None
    subject = {"household_id": household_id} if household_id is not None else {"person_id": person_id}
    with transaction.atomic():
        if Application.objects.filter(benefit=benefit, state=ApplicationState.FILED, **subject).exists():
            raise Refused("casework.filed_twice", "同一事项已有一份申请正在办理。", "请在原申请中继续办理。")
        if _had_before(county, filed_on, {(benefit, person_id, household_id)}):
            raise Refused("casework.once", "这项待遇一人只给一次，已经批准过。", "请查看原决定；有误的在原案件更正。")
        change = open_change(author=author, verb="file_application", reason="申请", source=source, rows=1)
        return Application.objects.create(
            county=county,
            township=home[:9],
            division_id=home,
            benefit=benefit,
            person_id=person_id,
            household_id=household_id,
            filed_on=filed_on,
            source=source,
            payee_id=payee_id,
            booked_month=booking_month(county, filed_on),
            state=ApplicationState.FILED,
            change=change,
        )


def load_applications(*, change: Change, table: pa.Table) -> int:
    """File many: columns county, benefit, person_id, filed_on [household_id, payee_id, source]; one transaction.

    Refused whole on unknown columns or people, or when a subject already has the same application open.
    """
    names = set(table.column_names)
    wrong = sorted((set(NEEDED) - names) | (names - {*NEEDED, *OPTIONAL}))
    if wrong:
        raise Refused("casework.columns", f"申请表的列不对：{'、'.join(wrong)}。", "请按说明准备列。")
    rows = table.to_pylist()
    homes = homes_of([row["person_id"] for row in rows])
    missing = [row["person_id"] for row in rows if row["person_id"] not in homes]
    if missing:
        raise Refused(
            "casework.person", f"没有编号为 {missing[0]} 的居民(共 {len(missing)} 人)。", "请先登记这些居民。"
        )
    with transaction.atomic(), months_asked_once():
        _refuse_doubled(rows)
        return bulk_insert(model=Application, columns=COLUMNS, rows=[_row(row, homes, change) for row in rows])


def _row(row: dict[str, Any], homes: dict[int, str], change: Change) -> tuple[Any, ...]:
    home = homes[row["person_id"]]
    return (
        row["county"], home[:9], home, row["benefit"], row["person_id"], row.get("household_id"), row["filed_on"],
        row.get("source") or "批量", row.get("payee_id"), booking_month(row["county"], row["filed_on"]),
        ApplicationState.FILED.value, change.pk,
    )  # fmt: skip


def _subject(benefit: str, person_id: int, household_id: int | None) -> tuple[str, str, int]:
    return (benefit, "h", household_id) if household_id is not None else (benefit, "p", person_id)


def _refuse_doubled(rows: list[dict[str, Any]]) -> None:
    benefits = {row["benefit"] for row in rows}
    filed = Application.objects.filter(state=ApplicationState.FILED, benefit__in=benefits)
    seen = {_subject(*row) for row in filed.values_list("benefit", "person_id", "household_id")}
    for row in rows:
        subject = _subject(row["benefit"], row["person_id"], row.get("household_id"))
        if subject in seen:
            raise Refused("casework.filed_twice", f"{subject[0]} 的同一对象已有一份申请正在办理。", "请去掉重复的行。")
        seen.add(subject)
    for county, filed_on in {(row["county"], month_of(row["filed_on"])) for row in rows}:
        here = [row for row in rows if row["county"] == county]
        listed = {(row["benefit"], row["person_id"], row.get("household_id")) for row in here}
        if had := _had_before(county, filed_on, listed):
            benefit, person_id, _ = min(had, key=str)
            raise Refused(
                "casework.once", f"{benefit} 一人只给一次，编号 {person_id} 的居民已经批准过。", "请去掉这些行。"
            )


def _had_before(
    county: str, on: dt.date, subjects: set[tuple[str, int, int | None]]
) -> set[tuple[str, int, int | None]]:
    """Return those of (benefit, person, household) that were granted what nobody gets a second time."""
    once = once_only(county, month_of(on))
    asked = {subject for subject in subjects if subject[0] in once}
    if not asked:
        return set()
    granted = Application.objects.filter(benefit__in={code for code, *_ in asked}, state=ApplicationState.APPROVED)
    if len(asked) == 1:
        granted = granted.filter(person_id=next(iter(asked))[1])
    had = {_subject(*row) for row in granted.values_list("benefit", "person_id", "household_id")}
    return {subject for subject in asked if _subject(*subject) in had}


def withdraw_application(*, author: Author, application_id: int) -> Application:
    """Withdraw an application that is not decided yet; its open proposals lapse."""
    with transaction.atomic():
        application = Application.objects.select_for_update().filter(pk=application_id).first()
        if application is None or application.state != ApplicationState.FILED:
            raise Refused("casework.not_filed", "这份申请不在办理中，不能撤回。", "已确认的待遇请办理停发。")
        if Case.objects.filter(application=application, closed_on__isnull=True).exists():
            raise Refused("casework.in_case", "这份申请正在案件中办理。", "请打开案件，办理“申请人撤回”。")
        change = open_change(author=author, verb="withdraw_application", reason="撤回申请", source="申请")
        application.state, application.change = ApplicationState.WITHDRAWN, change
        application.save(update_fields=["state", "change"])
        Proposal.objects.filter(application=application, state=ProposalState.OPEN).update(
            state=ProposalState.SUPERSEDED
        )
    return application
