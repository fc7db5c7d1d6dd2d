import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("objects", "0006_own_field_settings"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Wording",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=60)),
                ("field_name", models.CharField(blank=True, max_length=60)),
                ("labels", models.JSONField(default=dict)),
                ("labels_plural", models.JSONField(blank=True, default=dict)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["object_name", "field_name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "object_name", "field_name"), name="wording_unique")
                ],
            },
        ),
        IsolateTable("objects_wording"),
    ]
