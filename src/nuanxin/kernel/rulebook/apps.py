"""Django's handle on the room."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """The rulebook room."""

    name = "nuanxin.kernel.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"
