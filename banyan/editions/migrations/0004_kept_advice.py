"""Advice of the adviser that an organization keeps."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("editions", "0003_modules_of_enterprise"),
        ("identity", "0008_recovery_codes"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptAdvice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("edition", models.CharField(max_length=20)),
                ("modules", models.JSONField(default=list)),
                ("currency", models.CharField(max_length=3)),
                ("low", models.DecimalField(decimal_places=2, max_digits=18)),
                ("likely", models.DecimalField(decimal_places=2, max_digits=18)),
                ("high", models.DecimalField(decimal_places=2, max_digits=18)),
                ("kept_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "kept_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
                "ordering": ["-kept_at"],
            },
        ),
        IsolateTable("editions_keptadvice"),
    ]
