"""Django's handle on the room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The access room."""

    name = "nuanxin.kernel.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
