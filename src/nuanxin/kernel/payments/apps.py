"""Django's handle on the room."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The payments room."""

    name = "nuanxin.kernel.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied; handle what ends a payee."""
        from nuanxin.kernel.payments.declared import declare
        from nuanxin.kernel.payments.services.payee_events import register_handlers

        declare()
        register_handlers()
