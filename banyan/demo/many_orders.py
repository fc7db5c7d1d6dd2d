"""Orders with lines for the large demo, in SQL: one for each customer, three lines each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db import connection

from banyan.billing.public import refresh_open
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.text.tokens import search_lexemes
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization, Sequence
from banyan.products.public import Product

LINES_PER_ORDER = 3
PRODUCTS = (
    "网络交换机", "光纤模块", "机柜", "服务器", "存储阵列", "不间断电源", "监控摄像机", "门禁控制器", "无线接入点", "路由器",
    "安装服务", "培训服务", "年度维护", "工业平板", "条码打印机", "扫描枪", "传感器", "控制柜", "电缆", "配电箱",
)  # fmt: skip
TABLES = ("products_product", "orders_order", "orders_orderline")
#: Quantity, price and amounts of a line follow from the number of its order and its place.
LINE = """
    SELECT place, (%(products)s::uuid[])[1 + (n + 7 * place) %% %(kinds)s] AS product_id,
           (%(names)s::text[])[1 + (n + 7 * place) %% %(kinds)s] AS name,
           1 + (n + place) %% 9 AS quantity, (%(prices)s::numeric[])[1 + (n + 7 * place) %% %(kinds)s] AS unit_price,
           (1 + (n + place) %% 9) * (%(prices)s::numeric[])[1 + (n + 7 * place) %% %(kinds)s] AS amount
      FROM generate_series(1, %(each)s) AS place
"""
TAX = "round(amount * 13 / 113, 2)"


def load_orders(organization: Organization, progress: Callable[[str], None]) -> None:
    """Write an order for each customer, most of them completed, and let new numbers go on after these."""
    names, prices, products = _products(organization)
    values: dict[str, Any] = {
        "organization": organization.pk, "products": products, "names": names, "prices": prices, "kinds": len(names),
        "each": LINES_PER_ORDER, "currency": "CNY",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO orders_order (id, organization_id, number, owner_id, custom, search, version, created_at, updated_at,
                   name, customer_id, status, cancel_reason, revision, ordered_on, source, notes, tags, currency,
                   prices_include_tax, amount, net_amount, tax_amount)
            SELECT uuidv7(), organization_id, 'SO-' || lpad(n::text, 7, '0'), owner_id, '{{}}', search, 1, at, at, name, id,
                   (ARRAY['completed', 'completed', 'confirmed', 'draft', 'completed'])[1 + n %% 5], '', 0, at::date, source, '',
                   '{{}}', %(currency)s, true, sums.amount, sums.amount - sums.tax, sums.tax
              FROM (SELECT customer.*, row_number() OVER (ORDER BY id)::int AS n, now() - random() * interval '720 days' AS at
                      FROM customers_customer AS customer WHERE organization_id = %(organization)s) AS chosen
             CROSS JOIN LATERAL (SELECT sum(amount) AS amount, sum({TAX}) AS tax FROM ({LINE}) AS line) AS sums
            """,  # noqa: S608 texts of our own
            values,
        )
        count = cursor.rowcount
        progress(f"{count:,} orders.")
        cursor.execute(
            f"""
            INSERT INTO orders_orderline (id, organization_id, number, owner_id, custom, search, version, created_at,
                   updated_at, order_id, product_id, name, unit, quantity, unit_price, discount_percent, tax_rate, amount,
                   net_amount, tax_amount, position, delivered_quantity, returned_quantity)
            SELECT uuidv7(), organization_id, 'SOL-' || lpad((({LINES_PER_ORDER} * (n - 1)) + place)::text, 8, '0'), owner_id,
                   '{{}}', NULL, 1, created_at, created_at, id, line.product_id, line.name, '台', line.quantity, line.unit_price,
                   0, 13, line.amount, line.amount - {TAX}, {TAX}, place - 1,
                   CASE WHEN status = 'completed' THEN line.quantity ELSE 0 END, 0
              FROM (SELECT id, organization_id, owner_id, created_at, status, substring(number FROM 4)::int AS n
                      FROM orders_order WHERE organization_id = %(organization)s) AS parent
             CROSS JOIN LATERAL ({LINE}) AS line
            """,  # noqa: S608 as above
            values,
        )
        progress(f"{cursor.rowcount:,} order lines.")
    refresh_open(organization.pk, None)
    for key, last in (
        (f"order:{now().year}", count),
        ("order_line", count * LINES_PER_ORDER),
        ("product", len(PRODUCTS)),
    ):
        Sequence.objects.update_or_create(organization=organization, key=key, defaults={"last": last})


def _products(organization: Organization) -> tuple[list[str], list[int], list[str]]:
    """Write the products; return names, prices and ids."""
    choose = random.Random(13)  # noqa: S311 invented data
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(), "organization_id": organization.pk, "number": f"PR-{place:04d}", "name": name, "unit": "台",
            "price": choose.randrange(80, 9_000), "currency": "CNY", "is_active": True, "created_at": now(),
            "updated_at": now(), "search": search_lexemes([(name, "A")]),
        }
        for place, name in enumerate(PRODUCTS, 1)
    ]  # fmt: skip
    insert_rows(Product, rows)
    return [row["name"] for row in rows], [row["price"] for row in rows], [str(row["id"]) for row in rows]
