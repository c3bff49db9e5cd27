"""Django's handle on the room."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The payments room."""

    name = "nuanxin.kernel.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied."""
        from nuanxin.kernel.payments.declared import declare

        declare()
