"""Lines of purchase orders may be in boxes: they say how many pieces are in one, and how many have come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import migrations, models

TABLE = "supply_purchaseorderline"


def fill(_apps: Any, schema_editor: Any) -> None:
    """Take over what has come, for all organizations at once: until now lines were in the product's own unit."""
    schema_editor.execute(f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(f"UPDATE {TABLE} SET pieces_received = received WHERE received > 0")  # noqa: S608 a constant
    # Checks that wait for the end of the transaction would keep the table from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("supply", "0002_needs_of_units_and_bundles")]

    operations: ClassVar = [
        migrations.AddField(
            "purchaseorderline",
            "factor",
            models.DecimalField(decimal_places=9, default=Decimal(1), editable=False, max_digits=28),
        ),
        migrations.AddField(
            "purchaseorderline",
            "pieces_received",
            models.DecimalField(decimal_places=3, default=Decimal(0), editable=False, max_digits=14),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            "purchaseorderline",
            models.CheckConstraint(
                condition=models.Q(("factor__gt", 0), ("pieces_received__gte", 0)),
                name="purchase_line_pieces_received",
            ),
        ),
    ]
