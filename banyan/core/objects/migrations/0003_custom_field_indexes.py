from typing import Any

from django.db import migrations, models

from banyan.core.database.roles import prepare_database
from banyan.core.database.row_level_security import application_role


def prepare(_apps: Any, schema_editor: Any) -> None:
    """Make the functions by which custom values are indexed, in databases that were prepared without them."""
    prepare_database(schema_editor.connection, application_role=application_role(schema_editor.connection))


class Migration(migrations.Migration):
    dependencies = [
        ("database", "0001_prepare"),
        ("objects", "0002_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="is_indexed",
            field=models.BooleanField(default=False, verbose_name="Indexed"),
        ),
        migrations.RunPython(prepare, migrations.RunPython.noop),
    ]
