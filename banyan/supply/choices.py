"""Fixed choices of warehouses, stock, deliveries and purchases."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: The modules of the supply chain.
STOCK, PURCHASE = "stock", "purchase"


#: Whom parcels are given to, by country, until an organization names its own carriers.
USUAL_CARRIERS = {
    "CN": ("顺丰速运", "京东快递", "中通快递", "圆通速递", "韵达快递", "申通快递", "中国邮政 EMS", "德邦物流"),
    "DE": ("DHL", "DPD", "GLS", "Hermes", "UPS"),
    "GB": ("Royal Mail", "DPD", "Evri", "DHL", "UPS"),
    "US": ("UPS", "FedEx", "USPS", "DHL"),
}
CARRIERS_ELSEWHERE = ("DHL", "FedEx", "UPS")


class Tracking(models.TextChoices):
    """How exactly pieces of a product are told apart."""

    NONE = "none", pgettext_lazy("tracking", "By quantity only")
    LOT = "lot", pgettext_lazy("tracking", "By lot")
    SERIAL = "serial", pgettext_lazy("tracking", "By serial number")


class MoveKind(models.TextChoices):
    """Why goods moved."""

    RECEIPT = "receipt", pgettext_lazy("stock", "Received")
    DELIVERY = "delivery", pgettext_lazy("stock", "Shipped")
    RETURN = "return", pgettext_lazy("stock", "Returned")
    TRANSFER = "transfer", pgettext_lazy("stock", "Moved")
    COUNT = "count", pgettext_lazy("stock", "Counted")
    ADJUSTMENT = "adjustment", pgettext_lazy("stock", "Adjusted")
    MIRROR = "mirror", pgettext_lazy("stock", "Taken over")


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands."""

    PLANNED = "planned", pgettext_lazy("delivery", "Planned")
    PICKED = "picked", pgettext_lazy("delivery", "Picked")
    SHIPPED = "shipped", pgettext_lazy("delivery", "Shipped")
    DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "Cancelled")


#: Deliveries whose goods are still in the warehouse.
OPEN_DELIVERIES = (DeliveryStatus.PLANNED, DeliveryStatus.PICKED)
#: Deliveries whose goods have left.
SENT_DELIVERIES = (DeliveryStatus.SHIPPED, DeliveryStatus.DELIVERED)


class PurchaseStatus(models.TextChoices):
    """Where a purchase order stands."""

    DRAFT = "draft", pgettext_lazy("purchase order", "Draft")
    ORDERED = "ordered", pgettext_lazy("purchase order", "Ordered")
    CONFIRMED = "confirmed", pgettext_lazy("purchase order", "Confirmed by the supplier")
    RECEIVED = "received", pgettext_lazy("purchase order", "Received")
    CANCELLED = "cancelled", pgettext_lazy("purchase order", "Cancelled")


#: Purchase orders whose goods are on their way.
COMING_PURCHASES = (PurchaseStatus.ORDERED, PurchaseStatus.CONFIRMED)


class PromiseBasis(models.TextChoices):
    """What a promised date rests on."""

    STOCK = "stock", pgettext_lazy("promise", "in stock")
    INCOMING = "incoming", pgettext_lazy("promise", "with goods on their way")
    LEAD_TIME = "lead_time", pgettext_lazy("promise", "by the supplier's lead time, not ordered yet")
    NONE = "none", pgettext_lazy("promise", "no date yet")


class RequestStatus(models.TextChoices):
    """What became of a purchase request."""

    OPEN = "open", pgettext_lazy("purchase request", "Open")
    ORDERED = "ordered", pgettext_lazy("purchase request", "Ordered")
    DECLINED = "declined", pgettext_lazy("purchase request", "Declined")


class CountStatus(models.TextChoices):
    """Where a count of the stock stands."""

    OPEN = "open", pgettext_lazy("stock count", "Being counted")
    POSTED = "posted", pgettext_lazy("stock count", "Posted")
    DROPPED = "dropped", pgettext_lazy("stock count", "Dropped")


class StockOwner(models.TextChoices):
    """Which system says how much there is."""

    HERE = "here", _("Banyan keeps the stock")
    ELSEWHERE = "elsewhere", _("Another system keeps the stock; here it is only shown")


class Shortage(models.TextChoices):
    """What happens to an order for more than there is."""

    BACKORDER = "backorder", _("Accept it; what is missing waits for goods (backorder)")
    REFUSE = "refuse", _("Refuse to confirm it")
