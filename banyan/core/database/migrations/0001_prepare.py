from typing import Any

from django.db import migrations

from banyan.core.database.roles import prepare_database
from banyan.core.database.row_level_security import application_role


def prepare(_apps: Any, schema_editor: Any) -> None:
    prepare_database(schema_editor.connection, application_role=application_role(schema_editor.connection))


class Migration(migrations.Migration):
    """Extensions and rights, which the tables of every other app rely on."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunPython(prepare, migrations.RunPython.noop)]
