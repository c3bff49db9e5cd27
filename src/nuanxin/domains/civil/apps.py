"""Django's handle on the domain."""

from django.apps import AppConfig


class CivilConfig(AppConfig):
    """The civil domain."""

    name = "nuanxin.domains.civil"
    label = "civil"
    default_auto_field = "django.db.models.BigAutoField"
