import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("database", "0001_prepare"),
        ("identity", "0001_initial"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("operation", models.CharField(max_length=300)),
                ("body_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("answer", models.TextField(default="")),
                ("created_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.user"
                    ),
                ),
            ],
            options={
                "db_table": "api_idempotency",
                "ordering": ["-created_at"],
                "indexes": [models.Index(fields=["organization", "created_at"], name="api_idempotency_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "user", "key"), name="api_idempotency_unique")
                ],
            },
        ),
        IsolateTable("api_idempotency"),
    ]
