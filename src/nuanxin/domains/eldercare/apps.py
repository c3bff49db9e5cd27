"""Django's handle on the domain."""

from django.apps import AppConfig


class EldercareConfig(AppConfig):
    """The eldercare domain."""

    name = "nuanxin.domains.eldercare"
    label = "eldercare"
    default_auto_field = "django.db.models.BigAutoField"
