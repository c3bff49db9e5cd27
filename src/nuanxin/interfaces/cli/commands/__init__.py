"""The commands; each module has `register(app)`."""

import importlib
import pkgutil

import typer


def register_commands(app: typer.Typer) -> None:
    """Let every module of this package add its commands."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}").register(app)
