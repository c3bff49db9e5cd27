"""`nuanxin`: one command, one verb each; every module of `commands` adds its own."""

import os

import django
import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="暖心 Nuanxin: 民政业务系统")


def main() -> None:
    """Set Django up, gather the commands and run the one asked for; a refusal is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    django.setup()
    from nuanxin.interfaces.cli.commands import register_commands
    from nuanxin.kernel.core.errors import DeclarationError, Refused

    register_commands(app)
    try:
        app()
    except (Refused, DeclarationError) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error
