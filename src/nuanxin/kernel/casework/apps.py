"""Django's handle on the room."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """The casework room."""

    name = "nuanxin.kernel.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare what may be counted and copied; handle splits and mergers of households."""
        from nuanxin.kernel.casework.declared import declare
        from nuanxin.kernel.casework.services import divisions, moving, raised, successions

        declare()
        divisions.register_handlers()
        moving.register_handlers()
        successions.register_handlers()
        raised.register_handlers()
