"""Django's handle on the room."""

from django.apps import AppConfig


class CycleConfig(AppConfig):
    """The cycle room."""

    name = "nuanxin.kernel.cycle"
    label = "cycle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Recompute when a new standard is published."""
        from nuanxin.kernel.cycle.services.standards import carry_out_publication
        from nuanxin.kernel.rulebook.services import register_publication_handler

        register_publication_handler(carry_out_publication)
