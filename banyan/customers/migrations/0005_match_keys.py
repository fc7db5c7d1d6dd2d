"""Match keys move from an index over arrays into tables of their own."""

import django.db.models.deletion
from django.db import migrations, models

from banyan.core.database.row_level_security import IsolateTable

FILL = """
    INSERT INTO customers_{name}key (organization_id, key, {name}_id)
    SELECT organization_id, unnest(match_keys), id FROM customers_{name}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_fewer_indexes"),
        ("tenancy", "0002_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={"ordering": ["key"], "abstract": False},
        ),
        migrations.CreateModel(
            name="ContactKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        "contact_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.contact",
                    ),
                ),
            ],
            options={"ordering": ["key"], "abstract": False},
        ),
        IsolateTable("customers_customerkey", "customers_contactkey"),
        migrations.RunSQL(FILL.format(name="customer"), migrations.RunSQL.noop),
        migrations.RunSQL(FILL.format(name="contact"), migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="contact", name="contact_match_keys"),
        migrations.RemoveIndex(model_name="customer", name="customer_match_keys"),
    ]
