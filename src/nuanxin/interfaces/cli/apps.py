"""Django's handle on the command line."""

from django.apps import AppConfig


class CliConfig(AppConfig):
    """The command line."""

    name = "nuanxin.interfaces.cli"
    label = "cli"
