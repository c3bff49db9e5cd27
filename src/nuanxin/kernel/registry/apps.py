"""Django's handle on the room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The registry room."""

    name = "nuanxin.kernel.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell core what may be copied into a snapshot and what may be counted."""
        from nuanxin.kernel.registry.declared import declare

        declare()
