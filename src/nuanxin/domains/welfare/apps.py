"""Django's handle on the domain."""

from django.apps import AppConfig


class WelfareConfig(AppConfig):
    """The welfare domain."""

    name = "nuanxin.domains.welfare"
    label = "welfare"
    default_auto_field = "django.db.models.BigAutoField"
