"""Django's handle on the room."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The payments room."""

    name = "nuanxin.kernel.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied; handle what ends a payee and mergers of records."""
        from nuanxin.kernel.payments.declared import declare
        from nuanxin.kernel.payments.services import merged_records, payee_events

        declare()
        payee_events.register_handlers()
        merged_records.register_handlers()
