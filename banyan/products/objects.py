"""What products are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Integer, Link, Money, Number, TerritoryChoice
from banyan.core.objects.spec import Child, ObjectSpec, Section, choice_of, field_of
from banyan.customers.public import INDUSTRIES
from banyan.money.public import TAXES_MODULE, CurrencyChoice
from banyan.products import preparation
from banyan.products.models import PriceBook, PriceBookEntry, Product
from banyan.products.references import PRICING

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
        field_of(Product, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency),
        field_of(Product, "is_active", default=True),
        field_of(
            Product,
            "tax_rate",
            kind=Number(digits=5, decimals=2, minimum="0", maximum="100"),
            summed=False,
            module=TAXES_MODULE,
            aliases=("税率", "tax"),
        ),
        field_of(Product, "cost", kind=Money(minimum="0"), summed=False, module=PRICING, aliases=("成本", "成本价")),
        field_of(Product, "variant_of", module=PRICING, aliases=("所属产品",)),
        field_of(Product, "notes", weight="D"),
    ),
    columns=("name", "code", "category", "price", "unit", "is_active"),
    sort="name",
    quick_fields=("name", "price", "unit"),
    filters=("category", "is_active", "price"),
    timeline=False,
    prepare=preparation.prepare_products,
)

PRICE_BOOK = ObjectSpec(
    name="price_book",
    plural="price-books",
    model=PriceBook,
    module=PRICING,
    label=_("Price book"),
    label_plural=_("Price books"),
    icon="tags",
    description=_("Prices by currency, customers, quantity and period."),
    number_pattern="PB-{number:03d}",
    subtitle=("currency", "valid_from", "valid_to"),
    fields=(
        field_of(PriceBook, "name", weight="A", unique=True, aliases=("价格表", "价目表")),
        field_of(PriceBook, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency, aliases=("币种",)),
        field_of(PriceBook, "valid_from"),
        field_of(PriceBook, "valid_to"),
        "customer",
        choice_of(PriceBook, "level", colors={"a": "red", "b": "orange", "c": "grey"}),
        field_of(PriceBook, "industry", kind=INDUSTRIES),
        field_of(PriceBook, "territory", kind=TerritoryChoice()),
        field_of(
            PriceBook,
            "priority",
            kind=Integer(minimum=-1000, maximum=1000),
            default=0,
            summed=False,
            help=_("Of several price books that fit, the one with the greater number wins."),
        ),
        field_of(PriceBook, "is_active", default=True),
        field_of(PriceBook, "notes", weight="D"),
    ),
    columns=("name", "currency", "valid_from", "valid_to", "customer", "level", "priority", "is_active"),
    sections=(
        Section(_("Basics"), ("name", "currency", "valid_from", "valid_to", "is_active")),
        Section(_("For whom"), ("customer", "level", "industry", "territory", "priority")),
        Section(_("More"), ("notes",)),
    ),
    sort="name",
    quick_fields=("name", "currency", "valid_from", "valid_to"),
    filters=("currency", "is_active", "level", "customer"),
    children=(
        Child(
            "price_book_entry",
            "price_book",
            _("Prices"),
            columns=("product", "min_quantity", "unit", "price", "valid_from", "valid_to"),
        ),
    ),
    in_menu=False,
    timeline=False,
    prepare=preparation.prepare_price_books,
)

PRICE_BOOK_ENTRY = ObjectSpec(
    name="price_book_entry",
    plural="price-book-entries",
    model=PriceBookEntry,
    module=PRICING,
    label=_("Price in a price book"),
    label_plural=_("Prices in price books"),
    icon="tag",
    number_pattern="PE-{number:06d}",
    inherits_from="price_book",
    fields=(
        field_of(PriceBookEntry, "price_book", kind=Link(target="price_book"), aliases=("价格表", "价目表")),
        field_of(PriceBookEntry, "product", aliases=("产品", "产品名称", "item")),
        field_of(
            PriceBookEntry,
            "min_quantity",
            kind=Number(digits=14, decimals=3),
            default=1,
            summed=False,
            aliases=("起订量", "数量", "from quantity"),
        ),
        field_of(PriceBookEntry, "unit", aliases=("单位",), help=_("Without one, the unit of the product itself.")),
        field_of(PriceBookEntry, "price", kind=Money(), summed=False, aliases=("单价", "价格", "unit price")),
        "valid_from",
        "valid_to",
        field_of(PriceBookEntry, "currency", read_only=True),
        field_of(PriceBookEntry, "name", read_only=True),
    ),
    columns=("price_book", "product", "min_quantity", "unit", "price", "valid_from", "valid_to"),
    sort="name",
    quick_fields=("price_book", "product", "min_quantity", "price", "valid_from", "valid_to"),
    filters=("price_book", "product", "valid_to"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=preparation.prepare_price_book_entries,
)

OBJECTS = (PRODUCT, PRICE_BOOK, PRICE_BOOK_ENTRY)
