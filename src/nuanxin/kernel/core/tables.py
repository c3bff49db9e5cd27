"""The tables of an instance: made at once from the models where there are none, brought up by migrations later."""

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def bring_up_tables(*, verbosity: int = 0) -> None:
    """Make the tables of an empty database, or run the migrations that an older one still lacks.

    Both ways lead to the same schema, and a test holds them equal. Migrating an empty database takes ten times as long,
    because Django pictures every model anew at each step. All or nothing: cut short, an empty database stays empty.
    """
    if connection.introspection.table_names():
        call_command("migrate", verbosity=verbosity)
        return
    with connection.schema_editor() as editor:
        editor.create_model(MigrationRecorder.Migration)
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        record_migrations()
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def record_migrations() -> None:
    """Note every migration as applied: the tables stand as the models say."""
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in MigrationLoader(None).disk_migrations:
        recorder.record_applied(app, name)
