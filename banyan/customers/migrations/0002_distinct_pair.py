import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
        ("identity", "0002_sign_in_attempts"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DistinctPair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=40)),
                ("first_id", models.UUIDField()),
                ("second_id", models.UUIDField()),
                ("declared_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "declared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-declared_at"],
                "indexes": [models.Index(fields=["organization", "second_id"], name="distinct_pair_second")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "first_id", "second_id"), name="distinct_pair_unique"
                    )
                ],
            },
        ),
        IsolateTable("customers_distinctpair"),
    ]
