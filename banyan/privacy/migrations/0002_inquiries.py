"""What is looked for about a person, and what was found."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_role_export_rows"),
        ("privacy", "0001_personal_data"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(blank=True, max_length=40)),
                ("record_id", models.UUIDField(null=True)),
                ("typed", banyan.core.encryption.columns.SealedTextField(blank=True)),
                ("found", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
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
                "ordering": ["-at"],
                "indexes": [models.Index(fields=["organization", "record_id", "-at"], name="inquiry_record")],
            },
        ),
        IsolateTable("privacy_inquiry"),
    ]
