"""Beginning quotes: from an opportunity, a template, or an earlier version; and what customers may choose in them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.products.public import Product, line_documents, lines_of, write_document
from banyan.quotes.choices import OPEN, REVISABLE, QuoteStatus
from banyan.quotes.models import Quote, QuoteLine, QuoteTemplate
from banyan.quotes.preparation import taking_step, told_closed
from banyan.quotes.queries import FURTHER, first_of, quote_lines
from banyan.quotes.rules import last_day, settle_options
from banyan.quotes.setting import settings_of

#: What a line takes with it into another document.
LINE = ("product", "name", "unit", "quantity", "unit_price", "discount_percent", "tax_rate")
FROM_OPPORTUNITY = ("name", "customer", "contact", "amount", "currency", "prices_include_tax", "owner")
REVISED = ("name", "customer", "contact", "opportunity", "currency", "prices_include_tax", "language", "intro", "terms",
           "notes", "tags", "owner")  # fmt: skip
GROUPS = ("A", "B", "C", "D", "E")
OPTIONAL = "optional"


def locked_quote(quote_id: uuid.UUID) -> Quote:
    """Return a quote, locked until the end of the transaction; raise ``Missing``."""
    rows = Quote.objects.select_for_update(no_key=True, of=("self",)).filter(pk=quote_id, deleted_at__isnull=True)
    quote = rows.first()
    if quote is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return quote


def copied(line: Mapping[str, Any], *further: str) -> dict[str, Any]:
    """Return a stored line as values of a new one."""
    values = {name: line["product_id" if name == "product" else name] for name in (*LINE, *further)}
    return {name: value for name, value in values.items() if value is not None}


@transaction.atomic
def quote_from_opportunity(actor: Actor, opportunity_id: uuid.UUID, *, context: WriteContext) -> Quote:
    """Write a quote with what is known from an opportunity, its products too; raise ``Missing`` or ``Invalid``."""
    spec = specs_on(actor.organization).get("opportunity")
    if spec is None:
        raise Missing("not_found", _("There is no such page."))
    row = fetch_row(actor, spec, opportunity_id)
    if not row.get("customer"):
        raise Invalid([FieldError("customer", "required", _("Give the opportunity a customer first."))])
    has_lines = "opportunity" in line_documents
    lines = [copied(line) for line in lines_of("opportunity", opportunity_id)] if has_lines else []
    names = [name for name in FROM_OPPORTUNITY if row.get(name) is not None and not (name == "amount" and lines)]
    values = {**{name: row[name] for name in names}, "opportunity": opportunity_id}
    return _stored(write_document(actor, "quote", values, lines, context=context).pk)


@transaction.atomic
def quote_from_template(
    actor: Actor, template: QuoteTemplate, values: Mapping[str, Any], *, context: WriteContext
) -> Quote:
    """Write a quote with the lines and texts of a template; products that are gone leave their text."""
    content = template.content
    day = today(actor.time_zone)
    known = {str(pk) for pk in _live_products(content.get("lines", ()))}
    lines = [
        {name: value for name, value in line.items() if name != "product" or value in known}
        for line in content.get("lines", ())
    ]
    texts = {name: content[name] for name in ("intro", "terms") if content.get(name)}
    given = {
        "valid_until": last_day(day, content.get("valid_days") or settings_of(actor.organization).valid_days),
        **texts,
    }
    quote = write_document(actor, "quote", {**given, **values}, lines, context=context)
    return _stored(quote.pk)


def _live_products(lines: Sequence[Mapping[str, Any]]) -> list[uuid.UUID]:
    ids = [found for line in lines if (found := parse_id(line.get("product"))) is not None]
    return list(Product.objects.filter(pk__in=ids, deleted_at__isnull=True).values_list("pk", flat=True))


@transaction.atomic
def save_template(actor: Actor, quote_id: uuid.UUID, name: str) -> QuoteTemplate:
    """Keep the lines and texts of a quote under a name; the same name again replaces what was kept."""
    spec = spec_for(actor.organization, "quote")
    row = fetch_row(actor, spec, quote_id)
    if not name.strip():
        raise Invalid([FieldError("name", "required", _("Give the template a name."))])
    quoted, valid = row.get("quoted_on"), row.get("valid_until")
    content = {
        "lines": [_plain(copied(line, "description", "is_optional", "alternative")) for line in quote_lines(quote_id)],
        "intro": row.get("intro") or "",
        "terms": row.get("terms") or "",
        "valid_days": (valid - quoted).days if quoted and valid else None,
    }
    template, _made = QuoteTemplate.objects.update_or_create(
        organization_id=actor.organization_id, name=name.strip()[:120],
        defaults={"content": content, "made_by_id": actor.user_id, "changed_at": now()},
    )  # fmt: skip
    return template


def _plain(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, bool) else str(value) for name, value in line.items()}


@transaction.atomic
def revise(actor: Actor, quote_id: uuid.UUID, *, context: WriteContext | None = None) -> Quote:
    """Make the next version of a quote, a draft with the same content; the older one is replaced.

    Raises ``Missing``, ``NotAllowed``, or ``Conflict`` when it was accepted, replaced, or is a draft still.
    """
    context = context or WriteContext.for_actor(actor)
    spec = spec_for(actor.organization, "quote")
    row = fetch_row(actor, spec, quote_id)
    quote = locked_quote(quote_id)
    if quote.status not in REVISABLE:
        message = told_closed(quote.status) or _("This quote is still a draft: change it as it is.")
        raise Conflict("not_revisable", message)
    with taking_step(status=QuoteStatus.REPLACED):
        door.update(actor, spec, quote_id, {}, context=context)
    day = today(actor.time_zone)
    values = {name: row[name] for name in REVISED if row.get(name) not in (None, "", [])}
    lines = [copied(line, *FURTHER) for line in quote_lines(quote_id)]
    days = (quote.valid_until - quote.quoted_on).days if quote.valid_until and quote.quoted_on else None
    values["valid_until"] = last_day(
        day, max(days, 1) if days is not None else settings_of(actor.organization).valid_days
    )
    if not lines and row.get("amount") is not None:
        values["amount"] = row["amount"]
    first = Quote.objects.get(pk=first_of(quote)[-1])
    revision = quote.revision + 1
    step = {
        "status": QuoteStatus.DRAFT,
        "revision": revision,
        "reference": f"{first.number}-V{revision}",
        "previous": quote_id,
    }
    with taking_step(**step):
        made = write_document(actor, "quote", {**values, "quoted_on": day}, lines, context=context)
    return _stored(made.pk)


@transaction.atomic
def set_options(
    actor: Actor, quote_id: uuid.UUID, given: Mapping[str, Mapping[str, Any]], *, context: WriteContext
) -> None:
    """Say what customers may choose: for each line ``offer`` (empty, optional, or a group) and its ``description``.

    Raises ``Invalid`` for a group with a single line, or what is closed.
    """
    spec = spec_for(actor.organization, "quote")
    door.update(actor, spec, quote_id, {}, context=context)
    quote = locked_quote(quote_id)
    if quote.status not in OPEN:
        raise Conflict("quote_closed", told_closed(quote.status))
    lines = quote_lines(quote_id)
    changes: dict[uuid.UUID, dict[str, Any]] = {}
    for line in lines:
        sent = given.get(str(line["id"]), {})
        offer = str(sent.get("offer", ""))
        values = {
            "is_optional": offer == OPTIONAL,
            "alternative": offer if offer in GROUPS else "",
            "description": str(sent.get("description", line["description"]))[:2_000],
            # An optional line is left out until the customer takes it.
            "counts": bool(sent.get("counts")) if offer else True,
        }
        changes[line["id"]] = values
    groups = [values["alternative"] for values in changes.values() if values["alternative"]]
    for group in set(groups):
        if groups.count(group) == 1:
            message = _("Alternative %(group)s has a single line. Put at least two into it.") % {"group": group}
            raise Invalid([FieldError("", "lonely_alternative", message)])
    settled = settle_options([{**line, **changes[line["id"]]} for line in lines])
    for line_id, counts in settled.items():
        changes[uuid.UUID(line_id)]["counts"] = counts
    if changes:
        outcome = door.update_many(actor, spec_for(actor.organization, "quote_line"), changes, context=context)
        if outcome.rejected:
            raise Invalid([error for errors in outcome.rejected.values() for error in errors])


def _stored(quote_id: uuid.UUID) -> Quote:
    return Quote.objects.get(pk=quote_id)


def lines_count(quote_id: uuid.UUID) -> int:
    """Return how many live lines a quote has."""
    return QuoteLine.objects.filter(quote=quote_id, deleted_at__isnull=True).count()
