"""Django's handle on the room."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """The grants room."""

    name = "nuanxin.kernel.grants"
    label = "grants"
    default_auto_field = "django.db.models.BigAutoField"
