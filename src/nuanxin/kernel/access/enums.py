"""Codes of signing in and of requests for accounts."""

from django.db import models


class SignInKind(models.TextChoices):
    """By what a sign-in succeeded, or why it did not."""

    PASSWORD = "password", "密码"
    FACTOR = "factor", "密码和动态码"
    RECOVERY = "recovery", "密码和恢复码"
    DEMO = "demo", "演示入口"
    WRONG = "wrong", "密码不对"
    CODE = "code", "动态码不对"
    LOCKED = "locked", "须等待"
    CLOSED = "closed", "已停用"
    OWN = "own", "本人核对密码不对"


class RequestKind(models.TextChoices):
    """What is asked for an account."""

    OPEN = "open", "开设账号"
    CHANGE = "change", "变更岗位或范围"
    REOPEN = "reopen", "重新启用"
    PASSWORD = "password", "重设密码"
    FACTOR = "factor", "重设双因素认证"


class RequestState(models.TextChoices):
    """How far a request is."""

    WAITING = "waiting", "待批准"
    AGREED = "agreed", "已批准"
    REFUSED = "refused", "未批准"
