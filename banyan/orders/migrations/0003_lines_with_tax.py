"""Products have an app of their own; lines have units and taxes, orders the sums of them."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

FILL_LINES = """
    UPDATE orders_orderline AS line SET net_amount = line.amount, unit = coalesce(product.unit, '')
      FROM orders_orderline AS own LEFT JOIN products_product AS product ON product.id = own.product_id
     WHERE own.id = line.id
"""
FILL_ORDERS = """
    UPDATE orders_order AS parent SET net_amount = parent.amount, tax_amount = 0
     WHERE EXISTS (SELECT FROM orders_orderline AS line WHERE line.order_id = parent.id AND line.deleted_at IS NULL)
"""
TABLES = ("orders_order", "orders_orderline", "products_product")


def fill(_apps: Any, schema_editor: Any) -> None:
    """Fill the new columns for all organizations at once: until now no price knew of taxes."""
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(FILL_LINES)
    schema_editor.execute(FILL_ORDERS)
    # Checks that wait for the end of the transaction would keep the tables from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def money(label: str, **options: Any) -> models.DecimalField:
    """Return a column of an amount that the system derives."""
    return models.DecimalField(decimal_places=2, editable=False, max_digits=18, verbose_name=label, **options)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_fewer_indexes"), ("products", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="orderline",
                    name="product",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="products.product",
                        verbose_name="Product",
                    ),
                ),
                migrations.DeleteModel(name="Product"),
            ],
        ),
        migrations.AddField("order", "net_amount", money("Amount before tax", blank=True, null=True)),
        migrations.AddField("order", "tax_amount", money("Tax", blank=True, null=True)),
        migrations.AddField(
            "order", "prices_include_tax", models.BooleanField(default=True, verbose_name="Prices include tax")
        ),
        migrations.AddField("orderline", "net_amount", money("Amount before tax", default=0)),
        migrations.AddField("orderline", "tax_amount", money("Tax", default=0)),
        migrations.AddField(
            "orderline",
            "tax_rate",
            models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="Tax rate in %"),
        ),
        migrations.AddField("orderline", "unit", models.CharField(blank=True, max_length=20, verbose_name="Unit")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
