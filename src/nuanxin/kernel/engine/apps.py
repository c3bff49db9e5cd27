"""Django's handle on the room."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """The engine room."""

    name = "nuanxin.kernel.engine"
    label = "engine"
    default_auto_field = "django.db.models.BigAutoField"
