"""What is open says who owes it, so that ageing reads no orders."""

from __future__ import annotations

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

USER = "identity.user"
TABLES = ("billing_openorder", "billing_paymentplan", "orders_order")
FILL = """
    UPDATE billing_openorder AS known
       SET customer_id = orders.customer_id, owner_id = orders.owner_id, currency = orders.currency,
           begun = COALESCE(orders.ordered_on, orders.created_at::date),
           has_instalments = EXISTS (SELECT FROM billing_paymentplan AS plan
                                      WHERE plan.organization_id = orders.organization_id AND plan.order_id = orders.id
                                        AND plan.deleted_at IS NULL)
      FROM orders_order AS orders WHERE orders.id = known.order_id
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Take over from the orders of all organizations at once."""
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(FILL)
    # Checks that wait for the end of the transaction would keep the tables from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def link(to: str, *, may_lack: bool) -> models.ForeignKey[Any, Any]:
    """Return a link of what is open; the customer's may lack only while it is being filled."""
    gone = django.db.models.deletion.SET_NULL if to == USER else django.db.models.deletion.CASCADE
    return models.ForeignKey(db_index=False, null=may_lack, on_delete=gone, related_name="+", to=to)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("billing", "0003_reminded_of"),
        ("customers", "0009_preferences"),
        ("identity", "0008_recovery_codes"),
    ]

    operations: ClassVar = [
        migrations.AddField("openorder", "customer", link("customers.customer", may_lack=True)),
        migrations.AddField("openorder", "owner", link(USER, may_lack=True)),
        migrations.AddField(
            "openorder", "currency", models.CharField(blank=True, default="", max_length=3), preserve_default=False
        ),
        migrations.AddField("openorder", "begun", models.DateField(null=True)),
        migrations.AddField("openorder", "has_instalments", models.BooleanField(default=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("openorder", "customer", link("customers.customer", may_lack=False)),
        migrations.AlterField("openorder", "begun", models.DateField()),
        migrations.AddIndex("openorder", models.Index(fields=["organization", "customer"], name="open_order_customer")),
        migrations.AddIndex("openorder", models.Index(fields=["organization", "owner"], name="open_order_owner")),
    ]
