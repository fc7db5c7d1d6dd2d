"""A new object as a developer adds it: one model and one specification, and nothing else.

Imported by its test alone, when the product runs already.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import lazystr
from django.utils.translation import get_language

from banyan.core.objects.kinds import Money, Text
from banyan.core.objects.models import Record, record_indexes
from banyan.core.objects.spec import Board, Calendar, ObjectSpec, Section, ViewPreset, choice_of, field_of
from banyan.customers.models import Customer


class Both:
    """A text in both languages; built-in objects have theirs in message catalogues."""

    def __init__(self, english: str, chinese: str) -> None:
        self.english, self.chinese = english, chinese

    def __str__(self) -> str:
        return self.chinese if (get_language() or "").startswith("zh") else self.english


def _(english: str, chinese: str) -> Any:
    return lazystr(Both(english, chinese))


class Condition(models.TextChoices):
    """How well a piece of equipment works."""

    WORKING = "working", _("Working", "正常")
    REPAIR = "repair", _("In repair", "维修中")
    RETIRED = "retired", _("Retired", "已报废")


class Equipment(Record):
    """A machine that stands at a customer's place."""

    name = models.CharField(_("Equipment", "设备"), max_length=200)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer", "客户")
    )
    condition = models.CharField(
        _("Condition", "状况"), max_length=10, choices=Condition.choices, default=Condition.WORKING
    )
    serviced_on = models.DateField(_("Serviced on", "保养日期"), null=True, blank=True)
    price = models.DecimalField(_("Price", "价格"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency", "币种"), max_length=3, blank=True)
    notes = models.TextField(_("Notes", "备注"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags", "标签"), default=list, blank=True
    )

    class Meta:
        app_label = "customers"
        ordering: ClassVar = ["name"]
        indexes: ClassVar = record_indexes("equipment")

    def __str__(self) -> str:
        return self.name


EQUIPMENT = ObjectSpec(
    name="equipment",
    plural="equipment",
    model=Equipment,
    module="customers",
    label=_("Equipment", "设备"),
    label_plural=_("Equipment", "设备"),
    icon="package",
    number_pattern="EQ-{number:04d}",
    subtitle=("customer", "condition"),
    sort="name",
    fields=(
        field_of(Equipment, "name", weight="A"),
        "customer",
        choice_of(Equipment, "condition", colors={"working": "green", "repair": "yellow", "retired": "grey"}),
        "serviced_on",
        field_of(Equipment, "price", kind=Money()),
        field_of(Equipment, "currency", kind=Text(maximum=3), default=lambda actor: actor.currency),
        field_of(Equipment, "notes", weight="D"),
        field_of(Equipment, "tags", weight="C"),
    ),
    columns=("name", "condition", "customer", "serviced_on", "price"),
    sections=(Section(_("Basics", "基本信息"), ("name", "customer", "condition", "serviced_on", "price")),),
    quick_fields=("name", "customer"),
    filters=("condition", "serviced_on", "price", "tags"),
    views=(ViewPreset("broken", _("Broken", "故障设备"), {"field": "condition", "op": "eq", "value": "repair"}),),
    board=Board("condition", total="price", card=("customer",)),
    calendar=Calendar("serviced_on"),
)
