"""How long the PDF of a long quote takes, as a job makes it: from the record to the bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from django.db import transaction

from banyan.core.access.actor import Actor, system_actor
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.measuring.figures import Figure
from banyan.documents.public import can_draw, document_kinds, pdf_of
from banyan.products.public import write_document

LINES = 200
RUNS = 3
BOUND = 3_000


def draw_quotes(organization: Organization, *, lines: int = LINES) -> Iterator[Figure]:
    """Yield what the PDF of a quote with many lines costs in each language; nothing of it stays."""
    if can_draw():
        return
    with organization_scope(organization.pk), transaction.atomic():
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        row = _quote(actor, lines)
        for language, name in (("zh-hans", "Chinese"), ("en", "English")):
            times = []
            for _run in range(RUNS):
                began = time.perf_counter()
                pdf_of(actor, document_kinds["quote"], row, language)
                times.append((time.perf_counter() - began) * 1000)
            yield Figure(f"PDF of a quote of {lines} lines in {name}", round(statistics.median(times)), bound=BOUND)
        transaction.set_rollback(True)


def _quote(actor: Actor, lines: int) -> dict[str, object]:
    customer = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Measured paper"})
    given = [
        {
            "name": f"分体式空调 Split air conditioner {number}", "quantity": 1 + number % 7, "unit": "台",
            "unit_price": 1999 + number, "discount_percent": number % 10, "tax_rate": 13,
        }
        for number in range(lines)
    ]  # fmt: skip
    made = write_document(actor, "quote", {"customer": customer.pk}, given)
    return dict(fetch_row(actor, spec_for(actor.organization, "quote"), made.pk))
