"""Writing one record of a register: a new one, its correction, another state; each with its reason in the history."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading, reasons
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.record_forms import FormField, correction_fields, new_fields, typed_values
from nuanxin.interfaces.staff.views.registers import WRITE, record_here, spec_here
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.register import VOID
from nuanxin.kernel.registry.services import records

QUESTION = "record.question"


@page(WRITE, writes=("POST",))
def new(request: StaffRequest, code: str) -> HttpResponseBase:
    """A form for one record; what is wrong is said beside its field, what is asked is answered in the same form."""
    spec = spec_here(request, code)
    context: dict[str, Any] = {"spec": spec, "fields": new_fields(spec, request.POST)}
    if request.method == "POST":
        values = typed_values(context["fields"])
        if not _faulty(context["fields"]):
            try:
                answer = reading.text(request.POST, "answer")
                made = records.create_record(spec=spec, values=values, account=request.user, answer=answer)
                messages.success(request, _("已登记。"))
                return redirect("record", code, made.pk)
            except Refused as refused:
                context |= _asked(refused)
    return render(request, "staff/record_form.html", context)


@page(WRITE, writes=("POST",))
def correct(request: StaffRequest, code: str, record_id: int) -> HttpResponseBase:
    """Correct a record, with a reason: the history shows old and new, what followed from it is done anew."""
    spec = spec_here(request, code)
    record = record_here(request, spec, record_id)
    if record.state == VOID:
        raise Refused("record.void", _("已作废的记录不能再改。"), _("如需登记，请新建一条。"))
    fields = correction_fields(spec, record, request.user, request.POST)
    context: dict[str, Any] = {"spec": spec, "record": record, "fields": fields}
    if request.method == "POST":
        values = typed_values(fields)
        if not _faulty(fields):
            try:
                _correct(request, spec, record_id, values)
                return redirect("record", code, record_id)
            except Refused as refused:
                context |= _asked(refused)
    return render(request, "staff/record_form.html", context)


def _correct(request: StaffRequest, spec: Any, record_id: int, values: dict[str, Any]) -> None:
    records.update_record(
        spec=spec,
        record_id=record_id,
        values=values,
        account=request.user,
        reason=reasons.written(request.POST, "reason"),
        answer=reading.text(request.POST, "answer"),
    )
    messages.success(request, _("已订正，由它引起的变动已重新办理。"))


def _faulty(fields: list[FormField]) -> bool:
    return any(field.fault for field in fields)


def _asked(refused: Refused) -> dict[str, Any]:
    """Return what the form says about a refusal; every other than a question comes back in place by itself."""
    if refused.code != QUESTION:
        raise refused
    return {"question": f"{refused.message}{refused.todo}"}


@page(WRITE, reads=(), writes=("POST",))
def move(request: StaffRequest, code: str, record_id: int) -> HttpResponseBase:
    """Move a record to another declared state, with a reason."""
    spec = spec_here(request, code)
    record_here(request, spec, record_id)
    reason = reasons.written(request.POST, "reason")
    state = request.POST.get("state", "")
    records.move_record(spec=spec, record_id=record_id, state=state, account=request.user, reason=reason)
    messages.success(request, _("已更改。"))
    return redirect("record", code, record_id)
