from typing import Any

from django.db import migrations, models

from banyan.core.database.roles import prepare_database
from banyan.core.database.row_level_security import application_role
from banyan.core.database.typed_values import creation_statements


def create_functions(_apps: Any, schema_editor: Any) -> None:
    for statement in creation_statements():
        schema_editor.execute(statement)
    # Marks the new functions as trusted, where the owner may.
    prepare_database(schema_editor.connection, application_role=application_role(schema_editor.connection))


class Migration(migrations.Migration):
    dependencies = [
        ("database", "0001_prepare"),
        ("objects", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="is_indexed",
            field=models.BooleanField(default=False, verbose_name="Indexed"),
        ),
        migrations.RunPython(create_functions, migrations.RunPython.noop),
    ]
