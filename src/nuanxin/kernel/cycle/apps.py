"""Django's handle on the room."""

from django.apps import AppConfig


class CycleConfig(AppConfig):
    """The cycle room."""

    name = "nuanxin.kernel.cycle"
    label = "cycle"
    default_auto_field = "django.db.models.BigAutoField"
