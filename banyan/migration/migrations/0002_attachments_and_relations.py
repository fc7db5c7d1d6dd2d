"""Attachments of exports, and spreadsheets that name each other's rows."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0004_sealed_columns"),
        ("migration", "0001_moves"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="move",
            name="relations",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="movetable",
            name="links",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="movetable",
            name="lists_files",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="MoveAttachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("member", models.CharField(blank=True, max_length=1000)),
                ("row", models.PositiveIntegerField(null=True)),
                ("name", models.CharField(max_length=255)),
                ("keys", models.JSONField(default=list)),
                ("kinds", models.JSONField(default=list)),
                ("author", models.CharField(blank=True, max_length=255)),
                ("created", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("attached", "Attached"),
                            ("there", "There already"),
                            ("lost", "Not attached"),
                            ("undone", "Undone"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("problem", models.TextField(blank=True)),
                (
                    "attachment",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="files.attachment"
                    ),
                ),
                (
                    "move",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="migration.move"
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
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="migration.movefile",
                    ),
                ),
                (
                    "table",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="migration.movetable",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["organization", "move", "state"], name="move_attachment_state")],
            },
        ),
        IsolateTable("migration_moveattachment"),
    ]
