"""Django's handle on the room."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """The casework room."""

    name = "nuanxin.kernel.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied."""
        from nuanxin.kernel.casework.declared import declare

        declare()
