"""Django's handle on the room."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """The statistics room."""

    name = "nuanxin.kernel.statistics"
    label = "statistics"
    default_auto_field = "django.db.models.BigAutoField"
