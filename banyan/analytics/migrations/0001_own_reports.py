import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnReport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("labels", models.JSONField(default=dict)),
                ("questions", models.JSONField(blank=True, default=dict)),
                ("object_name", models.CharField(max_length=60)),
                ("filter", models.JSONField(blank=True, default=dict)),
                ("by", models.JSONField(default=list)),
                ("measures", models.JSONField(default=list)),
                ("day_field", models.CharField(blank=True, max_length=60)),
                (
                    "drawing",
                    models.CharField(
                        choices=[("bars", "Bars"), ("line", "Line"), ("ring", "Ring"), ("none", "Table only")],
                        default="bars",
                        max_length=10,
                        verbose_name="Drawn as",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False)),
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
                "ordering": ["position", "created_at", "id"],
                "constraints": [models.UniqueConstraint(fields=("organization", "key"), name="own_report_key")],
            },
        ),
        IsolateTable("analytics_ownreport"),
    ]
