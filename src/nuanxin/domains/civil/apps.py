"""Django's handle on the domain."""

from django.apps import AppConfig


class CivilConfig(AppConfig):
    """The civil domain."""

    name = "nuanxin.domains.civil"
    label = "civil"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the law has against marriages and comings of age, whoever reports them."""
        from nuanxin.domains.civil.services.couples import check_coming_of_age, check_events
        from nuanxin.kernel.registry.enums import EventKind
        from nuanxin.kernel.registry.events import register_event_check

        register_event_check((EventKind.MARRIAGE, EventKind.DIVORCE), check_events)
        register_event_check((EventKind.COMING_OF_AGE,), check_coming_of_age)
