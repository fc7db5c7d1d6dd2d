from typing import Any

from django.db import migrations

from banyan.core.database.roles import prepare_database
from banyan.core.database.row_level_security import application_role


def prepare(_apps: Any, schema_editor: Any) -> None:
    """Make the functions that read values of own fields anew: they read the same several times as fast."""
    prepare_database(schema_editor.connection, application_role=application_role(schema_editor.connection))


class Migration(migrations.Migration):
    dependencies = [
        ("database", "0001_prepare"),
    ]

    operations = [
        migrations.RunPython(prepare, migrations.RunPython.noop),
    ]
