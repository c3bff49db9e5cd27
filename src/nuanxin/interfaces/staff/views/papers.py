"""Attachments and visits: taken in, opened for a purpose, signed; their forms stand on the pages of their owners."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.papers import Folder, folder_of
from nuanxin.interfaces.staff.returning import way_back
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.work import selectors as work
from nuanxin.kernel.work import services

SHOWN_IN_PLACE = ("image/jpeg", "image/png")


def _folder(request: StaffRequest) -> Folder:
    """Return whose papers a form is about; 404 when the place is not (or no longer) the account's."""
    folder = folder_of(request.user, request.POST.get("note", ""))
    if not access.sees_path(request.user, registry.division(folder.division).path):
        raise Http404
    return folder


@page("cases.make", reads=(), writes=("POST",))
def add(request: StaffRequest) -> HttpResponseBase:
    """Take attachments in: sizes are looked at before anything is read."""
    folder, files = _folder(request), request.FILES.getlist("file")
    if not files:
        raise Refused("attachment.none", _("没有收到文件。"), _("请先选择文件，再上传。"))
    for file in files:
        services.refuse_size(file.size or 0)
    for file in files:
        services.add_attachment(
            author=author_of(request.user),
            owner=folder.owner,
            county=county_of(request.user),
            division=folder.division,
            document=request.POST.get("document", "").strip() or _("其他材料"),
            name=file.name or "",
            data=file.read(),
        )
    messages.success(request, _("已收到 %(count)s 份附件，已加密保存。") % {"count": len(files)})
    return redirect(way_back(request, reverse("home")))


@page("disclose", reads=(), writes=("POST",))
def open_one(request: StaffRequest, attachment_id: int) -> HttpResponseBase:
    """Hand out an attachment for a purpose; the look is logged."""
    kept = found(work.attachment_seen(request.user, attachment_id))
    purpose = request.POST.get("purpose", "")
    name, data = services.open_attachment(account=request.user, attachment_id=attachment_id, purpose=purpose)
    answer = HttpResponse(data, content_type=kept.content_type)
    in_place = kept.content_type in SHOWN_IN_PLACE
    answer.headers["Content-Disposition"] = content_disposition_header(not in_place, name) or ""
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@page("cases.make", reads=(), writes=("POST",))
def void(request: StaffRequest, attachment_id: int) -> HttpResponseBase:
    """Take an attachment out of account."""
    found(work.attachment_seen(request.user, attachment_id))
    services.void_attachment(
        author=author_of(request.user), attachment_id=attachment_id, reason=request.POST.get("reason", "")
    )
    messages.success(request, _("附件已作废，原件仍留存备查。"))
    return redirect(way_back(request, reverse("home")))


@page("cases.make", reads=(), writes=("POST",))
def visit_new(request: StaffRequest) -> HttpResponseBase:
    """Record a visit; the one who writes it is the first of the two."""
    folder, said = _folder(request), request.POST
    services.record_visit(
        author=author_of(request.user),
        owner=folder.owner,
        county=county_of(request.user),
        division=folder.division,
        household_id=folder.household_id,
        on=reading.day(said, "on"),
        first_id=request.user.pk,
        **_second(said),
        present=said.get("present", ""),
        findings=said.get("findings", ""),
        differs=said.get("differs", ""),
        corrects_id=reading.chosen(said, "corrects"),
    )
    messages.success(request, _("入户调查已登记，请两名调查人分别签名。"))
    return redirect(way_back(request, reverse("home")))


def _second(said: Any) -> dict[str, Any]:
    """Return the second person: the chosen account, else the name that was written."""
    chosen = reading.chosen(said, "second")
    if chosen is not None:
        return {"second_id": chosen}
    return {"second_name": said.get("second_name", ""), "second_reason": said.get("second_reason", "")}


@page("people.read", reads=(), writes=("POST",))
def visit_sign(request: StaffRequest, visit_id: int) -> HttpResponseBase:
    """Sign a visit as one of its two persons."""
    found(work.visit_seen(request.user, visit_id))
    visit = services.sign_visit(account=request.user, visit_id=visit_id)
    messages.success(request, _("已签名。") if visit.state == "signed" else _("已签名，等另一名调查人签名。"))
    return redirect(way_back(request, reverse("home")))


@page("people.read", reads=(), writes=("POST",))
def visit_amend(request: StaffRequest, visit_id: int) -> HttpResponseBase:
    """Change the words of a visit that one of its two persons has not signed yet; signatures fall away."""
    visit, said = found(work.visit_seen(request.user, visit_id)), request.POST
    if request.user.pk not in (visit.first_id, visit.second_id):
        raise Refused("visit.signer", _("只有参加入户的人员可以修改记录。"), _("请由调查人本人登录后修改。"))
    services.amend_visit(
        author=author_of(request.user), visit_id=visit_id, present=said.get("present", ""),
        findings=said.get("findings", ""), differs=said.get("differs", ""),
    )  # fmt: skip
    messages.success(request, _("入户记录已修改，原有签名失效，请重新签名。"))
    return redirect(way_back(request, reverse("home")))
