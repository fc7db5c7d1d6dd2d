"""What of each order is open is kept as a row, so that ageing reads only orders that are not paid."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable

TABLES = ("billing_openorder", "billing_allocation", "billing_invoice", "orders_order")
#: What came back without having been invoiced is taken off by the job of the first night.
FILL = """
    INSERT INTO billing_openorder (id, organization_id, order_id, amount)
    SELECT gen_random_uuid(), owing.organization_id, owing.id, owing.amount
      FROM (SELECT orders.organization_id, orders.id,
                   orders.amount - COALESCE(paid.amount, 0) + COALESCE(credited.amount, 0) AS amount
              FROM orders_order AS orders
              LEFT JOIN (SELECT order_id, sum(order_amount) AS amount FROM billing_allocation
                          WHERE reversed_at IS NULL GROUP BY order_id) AS paid ON paid.order_id = orders.id
              LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM billing_invoice
                          WHERE deleted_at IS NULL AND state = 'issued' AND is_return GROUP BY order_id) AS credited
                ON credited.order_id = orders.id
             WHERE orders.deleted_at IS NULL AND orders.amount > 0
               AND orders.status IN ('confirmed', 'partly_delivered', 'delivered', 'completed')) AS owing
     WHERE owing.amount > 0
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Fill the table for all organizations at once."""
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(FILL)
    # Checks that wait for the end of the transaction would keep the tables from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("billing", "0001_payments_invoices_subscriptions"),
        ("orders", "0004_changes_deliveries_returns"),
        ("tenancy", "0003_access_version"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="OpenOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Outstanding")),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "order"), name="open_order_once"),
                    models.CheckConstraint(condition=models.Q(amount__gt=0), name="open_order_amount"),
                ],
            },
        ),
        IsolateTable("billing_openorder"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
