"""What happens to documents when their lines change, and to lines when the document does."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from banyan.core.database.connections import quoted
from banyan.core.records.changelog import tell_figures
from banyan.core.records.events import RecordsChanged
from banyan.products.lines.declaring import LineDocument, line_documents, live_lines, stored_documents
from banyan.products.lines.preparing import PricedInput

SUMS = ("amount", "net_amount", "tax_amount")
#: Fields of a document that its lines' amounts follow from.
DECIDING = frozenset({"prices_include_tax", "currency"})


def keep_totals(event: RecordsChanged) -> None:
    """Let each document's amounts be the sums of its live lines, set-based.

    A document whose last line went keeps no stale sum. Documents are locked by the update, so two people
    changing lines at once cannot lose an amount.
    """
    for document in line_documents:
        if event.object_name == document.line:
            ids = [record.record_id for record in event.records]
            _add_up(event.organization_id, document, ids)
        elif event.object_name == document.parent:
            told = [record.record_id for record in event.records if DECIDING & record.values.keys()]
            if told:
                _work_out_again(event.organization_id, document, told)


def _add_up(organization_id: uuid.UUID, document: LineDocument, line_ids: Sequence[uuid.UUID]) -> None:
    parent, line, link = _names(document)
    counted = f"AND line.{quoted(document.counted)}" if document.counted else ""
    sums = ", ".join(f"sum(line.{name}) AS {name}" for name in SUMS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH before AS (SELECT id, amount, net_amount, tax_amount FROM {parent}
                             WHERE id IN (SELECT {link} FROM {line} WHERE id = ANY(%(ids)s))
                             ORDER BY id FOR NO KEY UPDATE),
                 sums AS (SELECT before.id, {sums}
                            FROM before LEFT JOIN {line} AS line ON line.organization_id = %(organization)s
                             AND line.{link} = before.id AND line.deleted_at IS NULL {counted}
                           GROUP BY before.id)
            UPDATE {parent} AS parent
               SET amount = COALESCE(sums.net_amount + sums.tax_amount, 0),
                   net_amount = sums.net_amount,
                   tax_amount = sums.tax_amount,
                   version = parent.version + 1,
                   updated_at = now()
              FROM before JOIN sums USING (id) WHERE parent.id = before.id
            RETURNING parent.id, before.amount, before.net_amount, before.tax_amount,
                      parent.amount, parent.net_amount, parent.tax_amount
            """,  # noqa: S608 names of our own tables and columns
            {"ids": list(line_ids), "organization": organization_id},
        )
        tell_figures(organization_id, document.parent, SUMS, cursor.fetchall())


def _work_out_again(organization_id: uuid.UUID, document: LineDocument, ids: Sequence[uuid.UUID]) -> None:
    """Work out the lines of documents anew whose currency, or meaning of prices, has changed."""
    lines = list(live_lines(document, ids).select_related(document.link).order_by("pk"))
    if not lines:
        return
    for line in lines:
        parent: Any = getattr(line, document.link)
        given = PricedInput(line.quantity, line.unit_price or Decimal(0), line.discount_percent, line.tax_rate)
        found = given.amounts(includes_tax=parent.prices_include_tax, currency=parent.currency)
        line.amount, line.net_amount, line.tax_amount = found.amount, found.net, found.tax
    live_lines(document, ids).bulk_update(lines, SUMS)
    _add_up(organization_id, document, [line.pk for line in lines])


def _names(document: LineDocument) -> tuple[str, str, str]:
    line, parent = live_lines(document, ()).model, stored_documents(document).model
    link = line._meta.get_field(document.link).attname  # noqa: SLF001
    return quoted(parent._meta.db_table), quoted(line._meta.db_table), quoted(link)  # noqa: SLF001
