import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("configuration", "0001_initial"),
        ("identity", "0008_recovery_codes"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="template",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="proposal",
            name="with_demo_data",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="AppliedTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("template", models.CharField(max_length=60)),
                ("version", models.CharField(blank=True, max_length=20)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("applied_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("document", banyan.core.encryption.columns.SealedTextField()),
                (
                    "applied_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="identity.user"
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
                "ordering": ["-applied_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "template"), name="applied_template_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DemoRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=100)),
                ("record_id", models.UUIDField()),
                ("values", models.JSONField(default=dict)),
                ("position", models.PositiveIntegerField(default=0)),
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
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "object_name", "key"), name="demo_record_key"),
                    models.UniqueConstraint(fields=("organization", "record_id"), name="demo_record_once"),
                ],
            },
        ),
        IsolateTable("configuration_appliedtemplate", "configuration_demorecord"),
    ]
