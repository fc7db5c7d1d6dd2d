"""The condition by which a list is searched, and what of it an actor may use."""

from __future__ import annotations

import re

from django.db.models import BooleanField, F, Func, TextField, Value

from banyan.core.access.actor import Actor
from banyan.core.kernel.text.tokens import search_query
from banyan.core.listing.fields import open_fields, reading_of
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.sealing import query as sealed_query
from banyan.core.objects.spec import ObjectSpec

WEIGHTS = "ABCD"

#: What is derived from a text (pinyin, beginnings, fragments) is stored one weight below it.
_DERIVED = {"A": "B", "B": "C", "C": "D", "D": "D"}
_TERM = re.compile(r"('[^']*')(:\*)?")


class Query(Func):
    """A ``tsquery`` in its own text form, which PostgreSQL stores as it is, without a dictionary."""

    template = "%(expressions)s::tsquery"
    output_field = TextField()


class Matches(Func):
    """Whether a search vector fits a query; the operator is what the GIN indexes serve."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()


def search_condition(actor: Actor, spec: ObjectSpec, text: str) -> Matches | None:
    """Return the condition for records whose open fields hold what somebody typed; None when none can.

    See ``readable_query`` for what that means to an actor who does not see every field.
    """
    query = either_query(readable_query(actor, spec, search_query(text)), whole_value_query(actor, spec, text))
    return matches(query) if query else None


def either_query(*queries: str) -> str:
    """Return the ``tsquery`` that fits what one of them fits."""
    filled = [f"({query})" for query in queries if query]
    return " | ".join(filled)


def whole_value_query(actor: Actor, spec: ObjectSpec, text: str) -> str:
    """Return the ``tsquery`` for records of which an encrypted field that the actor sees in full is the very text."""
    if not spec.sealed_fields:
        return ""
    readable, queries = open_fields(actor, spec), []
    for name, entry in spec.sealed_fields.items():
        if name not in readable or "eq" not in entry.kind.operators:
            continue
        try:
            value = entry.kind.parse(text, reading_of(actor))
        except Unacceptable:
            continue
        if not entry.kind.is_empty(value):
            queries.append(sealed_query(entry, [value]))
    return either_query(*queries)


def matches(query: str) -> Matches:
    """Return the condition that a record's search vector fits a ``tsquery``."""
    return Matches(F("search"), Query(Value(query)))


def readable_query(actor: Actor, spec: ObjectSpec, query: str) -> str:
    """Limit a ``tsquery`` to the weights at which the actor's unreadable fields have no words.

    Otherwise guessing digit by digit would tell a masked phone number. Words of one weight cannot be
    told apart by field, so a restricted actor loses some search by pinyin and parts; an empty text
    means that nothing is left to search in.
    """
    readable = open_fields(actor, spec)
    closed = {entry.weight for name, entry in spec.all_fields.items() if entry.weight and name not in readable}
    if not closed or not query:
        return query
    left = "".join(weight for weight in WEIGHTS if weight not in closed | {_DERIVED[weight] for weight in closed})
    if not left:
        return ""
    return _TERM.sub(lambda term: f"{term[1]}:{'*' if term[2] else ''}{left}", query)
