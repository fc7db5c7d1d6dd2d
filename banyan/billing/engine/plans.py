"""What was paid of each instalment and where it stands, derived for any number of orders in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection

from banyan.core.records.changelog import tell_figures

OBJECT = "payment_plan"
FIGURES = ("due_on", "paid_amount", "status")
#: Money that names its instalment pays that one; all other money, and credits for returns, pay the oldest first.
DERIVE = """
WITH wanted AS (
    SELECT plan.id, plan.order_id, plan.position, plan.amount, plan.remind_days, plan.currency,
           plan.is_void OR orders.status = 'cancelled' OR orders.deleted_at IS NOT NULL AS is_void,
           orders.status = 'draft' AS is_draft,
           CASE plan.event
               WHEN 'date' THEN plan.due_on
               WHEN 'confirmed' THEN CASE WHEN orders.status NOT IN ('draft', 'cancelled')
                                          THEN COALESCE(orders.ordered_on, orders.created_at::date) + plan.days_after END
               WHEN 'delivered' THEN (SELECT min(told.happened_on) FROM billing_orderevent AS told
                                       WHERE told.order_id = plan.order_id AND told.event = 'delivered') + plan.days_after
               WHEN 'invoiced' THEN (SELECT min(invoice.issued_on) FROM billing_invoice AS invoice
                                      WHERE invoice.order_id = plan.order_id AND invoice.state = 'issued'
                                        AND invoice.credits_id IS NULL AND invoice.deleted_at IS NULL) + plan.days_after
           END AS due_on,
           plan.due_on AS old_due_on, plan.paid_amount AS old_paid, plan.status AS old_status
      FROM billing_paymentplan AS plan JOIN orders_order AS orders ON orders.id = plan.order_id
     WHERE plan.organization_id = %(organization)s AND plan.deleted_at IS NULL {which}
), named AS (
    SELECT wanted.*, COALESCE((SELECT sum(paid.order_amount) FROM billing_allocation AS paid
                                WHERE paid.plan_id = wanted.id AND paid.reversed_at IS NULL), 0) AS named_paid
      FROM wanted
), loose AS (
    SELECT single.order_id,
           COALESCE((SELECT sum(paid.order_amount) FROM billing_allocation AS paid
                      WHERE paid.order_id = single.order_id AND paid.reversed_at IS NULL
                        AND (paid.plan_id IS NULL
                             OR paid.plan_id NOT IN (SELECT id FROM named WHERE NOT is_void))), 0)
         - COALESCE((SELECT sum(credit.amount) FROM billing_invoice AS credit
                      WHERE credit.order_id = single.order_id AND credit.state = 'issued' AND credit.is_return
                        AND credit.deleted_at IS NULL), 0) AS amount
      FROM (SELECT DISTINCT order_id FROM wanted) AS single
), opened AS (
    SELECT named.*, CASE WHEN is_void THEN 0 ELSE GREATEST(amount - named_paid, 0) END AS still FROM named
), queued AS (
    SELECT opened.*, loose.amount AS loose,
           sum(still) OVER (PARTITION BY opened.order_id ORDER BY opened.due_on NULLS LAST, opened.position, opened.id
                            ROWS UNBOUNDED PRECEDING) - still AS ahead
      FROM opened JOIN loose ON loose.order_id = opened.order_id
), paid AS (
    SELECT queued.*,
           CASE WHEN is_void THEN 0
                ELSE named_paid + LEAST(still, GREATEST(loose - ahead, 0)) END AS new_paid FROM queued
), told AS (
    SELECT paid.*, CASE
           WHEN is_void THEN 'void'
           WHEN new_paid >= amount AND amount > 0 THEN 'paid'
           WHEN is_draft OR due_on IS NULL THEN 'inactive'
           WHEN due_on < %(today)s THEN 'overdue'
           WHEN new_paid > 0 THEN 'part_paid'
           WHEN due_on - remind_days <= %(today)s THEN 'due_soon'
           ELSE 'waiting' END AS new_status
      FROM paid
)
UPDATE billing_paymentplan AS plan
   SET due_on = told.due_on, paid_amount = told.new_paid, status = told.new_status
  FROM told
 WHERE plan.id = told.id
   AND (plan.due_on, plan.paid_amount, plan.status) IS DISTINCT FROM (told.due_on, told.new_paid, told.new_status)
RETURNING plan.id, told.old_due_on, told.old_paid, told.old_status, plan.due_on, plan.paid_amount, plan.status
"""


def refresh_plans(organization_id: uuid.UUID, order_ids: Collection[uuid.UUID] | None, today: date) -> int:
    """Derive due dates, paid amounts and states of the instalments of orders, or of all that may still change.

    Return how many changed. Whoever pays locks the orders before, so that two payments at once are both counted.
    """
    if order_ids is not None and not order_ids:
        return 0
    which = "AND plan.order_id = ANY(%(ids)s)" if order_ids is not None else (
        "AND plan.order_id IN (SELECT order_id FROM billing_paymentplan"
        " WHERE organization_id = %(organization)s AND deleted_at IS NULL AND status NOT IN ('paid', 'void'))"
    )  # fmt: skip
    values: dict[str, Any] = {"organization": organization_id, "today": today, "ids": list(order_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(DERIVE.replace("{which}", which), values)
        rows = cursor.fetchall()
    tell_figures(organization_id, OBJECT, FIGURES, rows)
    return len(rows)
