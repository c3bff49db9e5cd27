"""Django's handle on the room."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The work room."""

    name = "nuanxin.kernel.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted."""
        from nuanxin.kernel.work.declared import declare

        declare()
