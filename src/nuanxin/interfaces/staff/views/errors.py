"""Error pages that say what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _plain(request: HttpRequest, status: int, heading: str, todo: str) -> HttpResponse:
    return render(request, "errors/plain.html", {"status": status, "heading": heading, "todo": todo}, status=status)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    todo = _("您的岗位没有这项权限。若工作需要，请找管理员开通。")
    return _plain(request, 403, _("不能打开这一页"), todo)


def unreadable(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400: more fields or bytes than any form sends, or a form cut off on its way."""
    return _plain(request, 400, _("提交的内容不完整或过多"), _("请返回上一页，分几次提交；文件请逐个上传。"))


def missing(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: absent, or outside the account's area."""
    todo = _("地址可能写错了，或者它不在您负责的区域。请从首页或搜索重新进入。")
    return _plain(request, 404, _("没有找到"), todo)


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token."""
    return _plain(request, 403, _("页面已过期"), _("请返回上一页，刷新后再提交一次。"))


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    todo = _("系统出了差错，已记入日志，您的数据没有改动。请稍后再试；若仍不行，请把时间告诉维护人员。")
    return _plain(request, 500, _("系统出错"), todo)
