"""Which documents have priced lines."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import models

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.kinds import Money, Number, Text
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import Field, field_of
from banyan.core.records.drafts import WriteContext
from banyan.products.models import DocumentAmounts, DocumentLine

MOST_LINES = 500
#: What a document's own form asks for first, before its lines and the folded rest.
FIRST_FIELDS = ("customer", "amount", "name")


@dataclass(frozen=True)
class Replacing:
    """The lines that a document shall have: by whom, in which write, and why."""

    actor: Actor
    document: Any
    lines: Sequence[Mapping[str, Any]]
    context: WriteContext
    reason: str = ""


Around = Callable[[Replacing, Callable[[], None]], Any]


@dataclass(frozen=True)
class LineDocument:
    """A document with priced lines.

    ``parent`` and ``line`` are names of objects whose models build on ``DocumentAmounts`` and ``DocumentLine``;
    ``link`` is the line's link to its document. ``customer`` and ``day`` name the fields of the document by which
    prices are looked up; empty where it has none. ``first`` are the fields that its form shows before the lines.
    ``counted`` names a yes/no field of the line: only lines with it count (optional lines of a quote).
    ``closed`` gets a stored document and answers why its lines cannot change now, or nothing.
    ``closes_single_lines`` says whether that also holds for lines written one by one, such as history from a file.
    ``changed`` are the plurals of the live lists that change together with the document.
    ``around`` is called with a stored document, locked, and what its lines shall be; it lets them be replaced by calling
    its last argument, and answers in words when it did otherwise, such as asking for approval. ``asks_why`` says of a
    document's values whether its editor asks for the reason. ``written`` is called with a new document after its lines.
    ``has_new_page`` gives it the form at ``/<plural>/new`` that asks for the lines, too; ``print_at`` is where it is
    printed, below its own address.
    """

    parent: str
    line: str
    link: str
    module: str
    customer: str = "customer"
    day: str = ""
    first: tuple[str, ...] = FIRST_FIELDS
    counted: str = ""
    closed: Callable[[DocumentAmounts], Any] | None = None
    closes_single_lines: bool = True
    changed: tuple[str, ...] = ()
    around: Around | None = None
    asks_why: Callable[[Actor, Mapping[str, Any]], bool] | None = None
    written: Callable[[Actor, Any, WriteContext], None] | None = None
    has_new_page: bool = True
    print_at: str = ""


line_documents: Registry[LineDocument] = Registry("line documents")


def parent_model(document: LineDocument) -> type[DocumentAmounts]:
    """Return the model of a document, in the organization at hand."""
    return cast("type[DocumentAmounts]", specs_here()[document.parent].model)


def line_model(document: LineDocument) -> type[DocumentLine]:
    """Return the model of a document's lines, in the organization at hand."""
    return cast("type[DocumentLine]", specs_here()[document.line].model)


def stored_documents(document: LineDocument) -> models.QuerySet[Any]:
    """Return all documents of a kind."""
    return parent_model(document)._default_manager.all()  # noqa: SLF001


def live_lines(document: LineDocument, ids: Iterable[uuid.UUID]) -> models.QuerySet[Any]:
    """Return the lines of some documents that are not in the recycle bin."""
    rows = line_model(document)._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001
    return rows.filter(**{f"{document.link}__in": list(ids)})


def amount_fields(model: type[models.Model], *aliases: str) -> tuple[Field, ...]:
    """Return the fields of a document's amounts for its specification; ``aliases`` are other names of the amount."""
    return (
        field_of(model, "amount", kind=Money(), aliases=aliases),
        field_of(model, "currency", kind=Text(maximum=3), default=lambda actor: actor.currency),
        field_of(model, "prices_include_tax", default=True),
        field_of(model, "net_amount", kind=Money()),
        field_of(model, "tax_amount", kind=Money()),
    )


def line_fields(model: type[models.Model]) -> tuple[Field | str, ...]:
    """Return the fields that the specification of every line has, beside its link to the document."""
    return (
        "product",
        "name",
        "unit",
        field_of(model, "quantity", kind=Number(digits=14, decimals=3), default=1),
        field_of(model, "unit_price", kind=Money(), summed=False),
        field_of(model, "discount_percent", kind=Number(digits=5, decimals=2), default=0, summed=False),
        field_of(model, "tax_rate", kind=Number(digits=5, decimals=2), summed=False),
        field_of(model, "amount", kind=Money()),
        field_of(model, "net_amount", kind=Money()),
        field_of(model, "tax_amount", kind=Money()),
        "position",
    )


LINE_COLUMNS = ("product", "name", "quantity", "unit_price", "amount")
QUICK_LINE_FIELDS = ("product", "quantity", "unit_price", "discount_percent")
