"""Django's handle on the domain."""

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    """The assistance domain."""

    name = "nuanxin.domains.assistance"
    label = "assistance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell casework what the moves of help given first do."""
        from nuanxin.domains.assistance.services import register_effects

        register_effects()
