"""Django's handle on the room."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The work room."""

    name = "nuanxin.kernel.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted; handle mergers of places."""
        from nuanxin.kernel.work.declared import declare
        from nuanxin.kernel.work.services import divisions

        declare()
        divisions.register_handlers()
