"""Lines as a table on the page of their document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.database.lookup import row_by_id
from banyan.core.objects.kinds import Money, Number, has_cents
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.money.public import totals
from banyan.products.lines.declaring import LineDocument, line_documents, parent_model
from banyan.products.lines.notices import margin_text
from banyan.products.lines.writing import lines_of

TEMPLATE = "products/lines.html"


def lines_panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the lines of a document as a table; None for whoever may not see lines."""
    document = line_documents[spec.name]
    line_spec = specs_on(actor.organization).get(document.line)
    if line_spec is None or not may(actor, line_spec, Action.VIEW):
        return None
    url = f"/{spec.plural}/{row['id']}"
    can_edit = may(actor, spec, Action.EDIT) and may(actor, line_spec, Action.EDIT) and is_open(document, row)
    more = {
        "live": f"{spec.plural} {line_spec.plural}",
        "live_url": f"{url}/lines-table",
        "edit_url": f"{url}/lines" if can_edit else "",
        "print_url": f"{url}/{document.print_at}" if document.print_at else "",
    }
    lines = lines_of(spec.name, row["id"], *filter(None, (document.counted,)))
    more["margin"] = margin_text(actor, spec, row, [line for line in lines if counts(document, line)])
    return macro(TEMPLATE, "document_lines", {**line_table(actor, row, lines, counted_by=document.counted), **more})


def is_open(document: LineDocument, row: Mapping[str, Any]) -> bool:
    """Say whether the lines of a document may still change."""
    if document.closed is None:
        return True
    stored = row_by_id(parent_model(document), row["id"])
    return stored is not None and not document.closed(stored)


def counts(document: LineDocument, line: Mapping[str, Any]) -> bool:
    """Say whether a line is part of what its document comes to, as far as that is known of it."""
    return not document.counted or bool(line.get(document.counted, True))


def line_table(
    actor: Actor, row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], *, counted_by: str = ""
) -> dict[str, Any]:
    """Return lines as texts for the component ``line_table``; amounts are in the document's currency.

    ``counted_by`` names the value that says whether a line counts; others are shown aside.
    """
    money, number = Money(), Number()
    reading = replace(reading_for(actor), currency=str(row.get("currency") or actor.currency))
    product = specs_on(actor.organization).get("product")
    total = row.get("amount")
    counted = [bool(line.get(counted_by, True)) if counted_by else True for line in lines]
    summed = [line for line, is_counted in zip(lines, counted, strict=True) if is_counted]
    taxes = totals((line["tax_rate"], line["net_amount"], line["tax_amount"]) for line in summed)
    has_tax = any(line["tax_rate"] for line in lines)
    with_cents = has_cents(
        [
            total if isinstance(total, Decimal) else None,
            *(line[name] for line in lines for name in ("unit_price", "amount")),
            *(part for pair in taxes.by_rate.values() for part in pair),
        ]
    )

    def written(amount: Decimal | None) -> str:
        return money.display(amount, reading, with_cents=with_cents)

    def percent(value: Any) -> str:
        return f"{number.display(value, reading)} %" if value else ""

    return {
        "rows": [
            {
                "name": line["name"],
                "product_url": f"/{product.plural}/{line['product_id']}" if product and line["product_id"] else "",
                "quantity": " ".join(filter(None, (number.display(line["quantity"], reading), line["unit"]))),
                "unit_price": written(line["unit_price"]),
                "discount": percent(line["discount_percent"]),
                "tax_rate": percent(line["tax_rate"]),
                "amount": written(line["amount"]),
                "aside": not is_counted,
            }
            for line, is_counted in zip(lines, counted, strict=True)
        ],
        "has_discount": any(line["discount_percent"] for line in lines),
        "has_tax": has_tax,
        "taxes": [
            {"rate": percent(rate), "net": written(net), "tax": written(tax)}
            for rate, (net, tax) in sorted(taxes.by_rate.items(), key=lambda entry: entry[0] or Decimal(0))
            if rate
        ],
        "net": written(taxes.net) if has_tax else "",
        "includes_tax": row.get("prices_include_tax") is not False,
        "total": written(total if isinstance(total, Decimal) else None),
    }
