"""How the bank's files are laid out, samples of both, and what an answer would do before it counts."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments import services
from nuanxin.kernel.payments.bank_samples import BACK, OUT, head_fields, line_fields, sample
from nuanxin.kernel.payments.enums import RunState
from nuanxin.kernel.payments.profiles import load_profile

READ, SHOWN = "payments.reconcile", 200
LARGEST = 64 * 1024 * 1024


@page(READ)
def bank_format(request: StaffRequest) -> HttpResponseBase:
    """Show both layouts field by field, the result codes, samples, and the runs that wait for their answer."""
    county = county_of(request.user)
    profile = load_profile(county)
    files = [
        (which, title, head_fields(profile, which), line_fields(profile, which))
        for which, title in ((OUT, _("送银行的文件")), (BACK, _("银行的回盘文件")))
    ]
    waiting = payments.runs_in(county).filter(state=RunState.SENT)
    return render(request, "staff/bank_format.html", {"profile": profile, "files": files, "waiting": waiting})


@page(READ)
def bank_sample(request: StaffRequest, which: str) -> HttpResponseBase:
    """Hand out a sample of one of the two files, with invented people."""
    if which not in (OUT, BACK):
        raise Http404
    answer = HttpResponse(sample(load_profile(county_of(request.user)), which), content_type="text/plain")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"sample-{which}.txt")
    return answer


@page("payments.prepare", reads=(), writes=("POST",))
def try_return(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Tell line by line what an answer would do; nothing is kept and nothing counted."""
    run = payments.run_by_id(run_id)
    if run is None or run.county != county_of(request.user):
        raise Http404
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > LARGEST:
        raise Refused("return.file", _("没有收到回盘文件，或文件太大。"), _("请选择银行给的回盘文件再上传。"))
    trial = services.try_return(run_id=run_id, data=file.read())
    profile = load_profile(run.county)
    context = {
        "run": run,
        "trial": trial,
        "rows": _rows(request, run, trial, profile),
        "more": len(trial.lines) > SHOWN,
    }
    return render(request, "staff/return_trial.html", context)


def _rows(request: StaffRequest, run: Any, trial: Any, profile: Any) -> list[dict[str, Any]]:
    """Return the lines as the page shows them: faulty ones first, then what would bounce, then what would be paid."""
    faults: dict[int, list[str]] = {}
    for fault in trial.faults:
        faults.setdefault(fault.seq, []).append(fault.words)
    holders = {line.seq: line.account.holder for line in payments.lines_of_run(run.pk) if line.account}
    names = {seq: name_for(request.user, holder.name) for seq, holder in holders.items() if holder}
    rows = [
        {
            "seq": line.seq,
            "name": names.get(line.seq, ""),
            "fen": line.amount_fen,
            "faults": faults.get(line.seq, []),
            "paid": line.code in profile.paid_codes,
            "why": profile.codes.get(line.code, line.code),
        }
        for line in trial.lines
    ]
    return sorted(rows, key=lambda row: (not row["faults"], row["paid"], row["seq"]))[:SHOWN]
