"""What of each order is still to be paid, kept as a row of its own while there is anything.

Almost all orders of an organization are paid: whoever asks what is open reads only those that are not.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db import connection

from banyan.billing.choices import COUNTED_INVOICES
from banyan.billing.models import OpenOrder
from banyan.orders.public import CLOSED_STATUSES, Resolution, ReturnStatus

#: An order owes its amount, less what was credited for returns, less what came back without ever having been invoiced,
#: less what was paid; as ``billing.queries.balances`` says of one order.
DERIVE = """
WITH asked AS (
    SELECT orders.id, orders.customer_id, orders.owner_id, orders.currency,
           COALESCE(orders.ordered_on, orders.created_at::date) AS begun, orders.amount, orders.status = ANY(%(counting)s) AND orders.deleted_at IS NULL
           AND orders.amount > 0 AS counts
      FROM orders_order AS orders WHERE orders.organization_id = %(organization)s {orders}
), paid AS (
    SELECT order_id, sum(order_amount) AS amount FROM billing_allocation
     WHERE organization_id = %(organization)s AND reversed_at IS NULL {which} GROUP BY order_id
), credited AS (
    SELECT order_id, sum(amount) AS amount FROM billing_invoice
     WHERE organization_id = %(organization)s AND deleted_at IS NULL AND state = 'issued' AND is_return {which}
     GROUP BY order_id
), returned AS (
    SELECT line.order_id, sum(round((line.net_amount + line.tax_amount) * came.beyond / line.quantity, 2)) AS amount
      FROM orders_orderline AS line
      CROSS JOIN LATERAL (
           SELECT COALESCE((SELECT sum(back.quantity) FROM orders_returnline AS back
                              JOIN orders_orderreturn AS parent ON parent.id = back.order_return_id
                             WHERE back.organization_id = %(organization)s AND back.order_line_id = line.id
                               AND parent.status = ANY(%(returned)s) AND parent.deleted_at IS NULL
                               AND parent.resolution <> %(replacement)s), 0)
                + COALESCE((SELECT sum(taken.quantity) FROM billing_invoiceline AS taken
                              JOIN billing_invoice AS invoice ON invoice.id = taken.invoice_id
                             WHERE taken.organization_id = %(organization)s AND taken.order_line_id = line.id
                               AND taken.deleted_at IS NULL AND invoice.deleted_at IS NULL AND invoice.is_return
                               AND invoice.state = ANY(%(counted)s)), 0) AS beyond) AS came
     WHERE line.organization_id = %(organization)s AND line.returned_quantity > 0 AND line.deleted_at IS NULL
       AND line.quantity > 0 AND came.beyond > 0 {which}
     GROUP BY line.order_id
), planned AS (
    SELECT DISTINCT order_id FROM billing_paymentplan
     WHERE organization_id = %(organization)s AND deleted_at IS NULL {which}
), told AS (
    SELECT asked.id, asked.customer_id, asked.owner_id, asked.currency, asked.begun,
           planned.order_id IS NOT NULL AS has_instalments,
           CASE WHEN asked.counts THEN asked.amount + COALESCE(credited.amount, 0)
                                               - COALESCE(returned.amount, 0) - COALESCE(paid.amount, 0) ELSE 0 END AS amount
      FROM asked
      LEFT JOIN paid ON paid.order_id = asked.id
      LEFT JOIN credited ON credited.order_id = asked.id
      LEFT JOIN returned ON returned.order_id = asked.id
      LEFT JOIN planned ON planned.order_id = asked.id
), gone AS (
    DELETE FROM billing_openorder AS known USING told WHERE known.order_id = told.id AND told.amount <= 0
)
INSERT INTO billing_openorder AS known (id, organization_id, order_id, amount, customer_id, owner_id, currency, begun,
                                       has_instalments)
SELECT gen_random_uuid(), %(organization)s, told.id, told.amount, told.customer_id, told.owner_id, told.currency,
       told.begun, told.has_instalments
  FROM told WHERE told.amount > 0
    ON CONFLICT (organization_id, order_id) DO UPDATE
   SET amount = EXCLUDED.amount, customer_id = EXCLUDED.customer_id, owner_id = EXCLUDED.owner_id,
       currency = EXCLUDED.currency, begun = EXCLUDED.begun, has_instalments = EXCLUDED.has_instalments
 WHERE (known.amount, known.customer_id, known.owner_id, known.currency, known.begun, known.has_instalments)
       IS DISTINCT FROM (EXCLUDED.amount, EXCLUDED.customer_id, EXCLUDED.owner_id, EXCLUDED.currency, EXCLUDED.begun,
                         EXCLUDED.has_instalments)
"""


def refresh_open(organization_id: uuid.UUID, order_ids: Collection[uuid.UUID] | None) -> None:
    """Derive what of orders is open, or of all orders of the organization; whoever changes what is paid locks them before."""
    if order_ids is not None and not order_ids:
        return
    some = order_ids is not None
    statement = DERIVE.replace("{orders}", "AND orders.id = ANY(%(ids)s)" if some else "")
    statement = statement.replace("{which}", "AND order_id = ANY(%(ids)s)" if some else "")
    values: dict[str, Any] = {
        "organization": organization_id,
        "ids": list(order_ids or ()),
        "counting": [str(status.value) for status in CLOSED_STATUSES],
        "returned": [ReturnStatus.RECEIVED.value, ReturnStatus.CREDITED.value],
        "replacement": Resolution.REPLACEMENT.value,
        "counted": [str(state) for state in COUNTED_INVOICES],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def note_instalments(order_ids: Collection[uuid.UUID]) -> None:
    """Say of orders with new instalments that they have some, so that ageing looks for them."""
    OpenOrder.objects.filter(order__in=order_ids, has_instalments=False).update(has_instalments=True)
