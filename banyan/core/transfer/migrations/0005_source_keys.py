"""Rows taken in part, and the keys that records had in other systems."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_access_version"),
        ("transfer", "0004_sealed_columns"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="part_of",
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name="IncompleteRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("cells", banyan.core.encryption.columns.SealedJSONField(default=list)),
                ("errors", banyan.core.encryption.columns.SealedJSONField(default=list)),
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
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="transfer.import"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "indexes": [models.Index(fields=["organization", "source", "number"], name="incomplete_row_number")],
            },
        ),
        migrations.CreateModel(
            name="SourceKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("system", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=200)),
                ("object_name", models.CharField(max_length=40)),
                ("record_id", models.UUIDField()),
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
                "ordering": ["system", "kind", "key"],
                "indexes": [models.Index(fields=["organization", "record_id"], name="source_key_record")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "system", "kind", "key"), name="source_key_unique")
                ],
            },
        ),
        IsolateTable("transfer_incompleterow"),
        IsolateTable("transfer_sourcekey"),
    ]
