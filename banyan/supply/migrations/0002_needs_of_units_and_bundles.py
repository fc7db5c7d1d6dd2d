"""Needs say of what a line sells they are a part, and how many of them are in one: a line may have several."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("supply_demand", "orders_orderline")
FILL = """
    UPDATE supply_demand need SET sold_id = line.product_id, unit = line.unit
      FROM orders_orderline line WHERE line.id = need.order_line_id
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Fill the new columns for all organizations at once: until now lines were in the product's own unit."""
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(FILL)
    # Checks that wait for the end of the transaction would keep the tables from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("orders", "0004_changes_deliveries_returns"),
        ("products", "0002_prices_in_depth"),
        ("supply", "0001_stock_and_purchases"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            "demand", "factor", models.DecimalField(decimal_places=9, default=Decimal(1), max_digits=28)
        ),
        migrations.AddField(
            "demand",
            "sold",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="products.product",
            ),
        ),
        migrations.AddField("demand", "unit", models.CharField(blank=True, default="", max_length=20)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            "demand",
            "order_line",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"),
        ),
        migrations.AddConstraint(
            "demand",
            models.UniqueConstraint(fields=("organization", "order_line", "product"), name="supply_demand_once"),
        ),
        migrations.AddConstraint(
            "demand", models.CheckConstraint(condition=models.Q(factor__gt=0), name="supply_demand_factor")
        ),
    ]
