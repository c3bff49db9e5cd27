"""Django's handle on the room."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The registry room."""

    name = "nuanxin.kernel.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
