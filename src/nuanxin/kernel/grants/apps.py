"""Django's handle on the room."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """The grants room."""

    name = "nuanxin.kernel.grants"
    label = "grants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied; handle life events."""
        from nuanxin.kernel.grants.declared import declare
        from nuanxin.kernel.grants.services.life_events import register_handlers
        from nuanxin.kernel.grants.services.merging import register_mergers
        from nuanxin.kernel.grants.services.removals import register_removals

        declare()
        register_handlers()
        register_mergers()
        register_removals()
