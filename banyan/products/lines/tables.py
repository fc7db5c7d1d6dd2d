"""Lines as a table on the page of their document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.objects.kinds import Money, Number
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.money.public import totals
from banyan.products.lines.declaring import LineDocument, line_documents, stored_documents
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
    return macro(TEMPLATE, "document_lines", {**line_table(actor, row, lines_of(spec.name, row["id"])), **more})


def is_open(document: LineDocument, row: Mapping[str, Any]) -> bool:
    """Say whether the lines of a document may still change."""
    if document.closed is None:
        return True
    return not document.closed(stored_documents(document).get(pk=row["id"]))


def line_table(actor: Actor, row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return lines as texts for the component ``line_table``; amounts are in the document's currency."""
    money, number = Money(), Number()
    reading = replace(reading_for(actor), currency=str(row.get("currency") or actor.currency))
    product = specs_on(actor.organization).get("product")
    total = row.get("amount")
    taxes = totals((line["tax_rate"], line["net_amount"], line["tax_amount"]) for line in lines)
    has_tax = any(line["tax_rate"] for line in lines)

    def percent(value: Any) -> str:
        return f"{number.display(value, reading)} %" if value else ""

    return {
        "rows": [
            {
                "name": line["name"],
                "product_url": f"/{product.plural}/{line['product_id']}" if product and line["product_id"] else "",
                "quantity": " ".join(filter(None, (number.display(line["quantity"], reading), line["unit"]))),
                "unit_price": money.display(line["unit_price"], reading),
                "discount": percent(line["discount_percent"]),
                "tax_rate": percent(line["tax_rate"]),
                "amount": money.display(line["amount"], reading),
            }
            for line in lines
        ],
        "has_discount": any(line["discount_percent"] for line in lines),
        "has_tax": has_tax,
        "taxes": [
            {"rate": percent(rate), "net": money.display(net, reading), "tax": money.display(tax, reading)}
            for rate, (net, tax) in sorted(taxes.by_rate.items(), key=lambda entry: entry[0] or Decimal(0))
            if rate
        ],
        "net": money.display(taxes.net, reading) if has_tax else "",
        "includes_tax": row.get("prices_include_tax") is not False,
        "total": money.display(total if isinstance(total, Decimal) else None, reading),
    }
