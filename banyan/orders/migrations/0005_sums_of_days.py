"""The index of orders by day holds what targets ask of them: whose they are, whether they count, and how much."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0004_changes_deliveries_returns")]

    operations: ClassVar = [
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["organization", "-ordered_on", "-id"],
                include=["owner", "status", "currency", "amount"],
                name="order_days",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ),
        migrations.RemoveIndex("order", "order_ordered"),
    ]
