"""Django's handle on the staff site."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The staff site."""

    name = "nuanxin.interfaces.staff"
    label = "staff"
