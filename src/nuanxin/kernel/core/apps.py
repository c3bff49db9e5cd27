"""Django's handle on the room."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core room."""

    name = "nuanxin.kernel.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say how core's own state is examined."""
        from nuanxin.kernel.core.examining import declare

        declare()
