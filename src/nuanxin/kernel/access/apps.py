"""Django's handle on the room."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from nuanxin.kernel.core.health import Answer


class AccessConfig(AppConfig):
    """The access room."""

    name = "nuanxin.kernel.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell core how the log of disclosures is examined, and which column is sealed."""
        from django.contrib.auth.signals import user_logged_in

        from nuanxin.kernel.core.health import register_check
        from nuanxin.kernel.core.sealed import SealedColumn, register_sealed_column

        user_logged_in.disconnect(dispatch_uid="update_last_login")  # sign-ins are written down with more than a date
        register_check("disclosures", "查看号码日志", _disclosures)
        register_sealed_column(SealedColumn("access_account", "factor_cipher", "factor_key_id"))


def _disclosures() -> "Answer":
    from nuanxin.kernel.access.selectors import disclosure_faults, disclosure_head
    from nuanxin.kernel.core.health import fault, fine

    if faults := disclosure_faults():
        return fault("".join(faults), "请保留现场，报告审计管理员。")
    return fine(f"链完整，链头 {disclosure_head()[:12] or '（空）'}")
