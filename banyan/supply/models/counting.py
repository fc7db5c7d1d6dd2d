"""Stock that is counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.products.public import Product
from banyan.supply.choices import CountStatus
from banyan.supply.models.columns import quantity_column
from banyan.supply.models.stock import Place, Warehouse


class StockCount(OrganizationOwned):
    """A count of what really lies in a warehouse (盘点)."""

    number = models.CharField(max_length=40)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=CountStatus.choices, default=CountStatus.OPEN)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    begun_at = models.DateTimeField(default=now)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-begun_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "-begun_at"], name="supply_count_newest")]

    def __str__(self) -> str:
        return self.number


class StockCountLine(OrganizationOwned):
    """What was counted at one spot, beside what should have lain there at that moment."""

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=60, blank=True, default="")
    serial = models.CharField(max_length=60, blank=True, default="")
    expected = quantity_column()
    counted = quantity_column(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "count", "product", "place", "lot", "serial"], name="supply_count_line_unique"
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="supply_count_line_there"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.counted}"
