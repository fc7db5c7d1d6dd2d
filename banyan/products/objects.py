"""What products are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Money, Text
from banyan.core.objects.spec import ObjectSpec, field_of
from banyan.products.models import Product

PRODUCT = ObjectSpec(
    name="product",
    plural="products",
    model=Product,
    module="products",
    label=_("Product"),
    label_plural=_("Products"),
    icon="package",
    description=_("What you sell, with prices."),
    number_pattern="PR-{number:04d}",
    subtitle=("code", "price"),
    fields=(
        field_of(Product, "name", weight="A", unique=True, aliases=("产品", "产品名称", "商品", "item")),
        field_of(Product, "code", weight="A", aliases=("产品编码", "sku", "编号", "stockcode")),
        field_of(Product, "category", weight="C", aliases=("类别", "分类", "series")),
        field_of(Product, "unit", aliases=("单位",)),
        field_of(Product, "price", kind=Money(), summed=False, aliases=("单价", "价格", "sales price", "unit price")),
        field_of(Product, "currency", kind=Text(maximum=3), default=lambda actor: actor.currency),
        field_of(Product, "is_active", default=True),
        field_of(Product, "notes", weight="D"),
    ),
    columns=("name", "code", "category", "price", "unit", "is_active"),
    sort="name",
    quick_fields=("name", "price", "unit"),
    filters=("category", "is_active", "price"),
    timeline=False,
)

OBJECTS = (PRODUCT,)
