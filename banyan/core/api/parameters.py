"""The query parameters of a list: filters, search, order, fields, paging."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from banyan.core.api.calls import Call, unknown_parameter
from banyan.core.api.problems import BadParameters
from banyan.core.api.representation import Shape, shape_of
from banyan.core.api.strict_json import read_json
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.filters import Node, join, parse_parameters, parse_tree
from banyan.core.listing.query import ListRequest
from banyan.core.objects.spec import ObjectSpec

RESERVED = ("search", "sort", "fields", "limit", "cursor", "count", "expand", "filter")
DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 1000
DEFAULT_HITS = 20
MAXIMUM_HITS = 100
OPERATOR_MARK = "__"


@dataclass(frozen=True)
class ListQuestion:
    """What a list was asked for: the rows, how to show them, and whether to count them all."""

    request: ListRequest
    shape: Shape
    count: bool


def list_question(call: Call, spec: ObjectSpec) -> ListQuestion:
    """Read a list's parameters; raise ``BadParameters`` naming what is wrong and what is possible."""
    readable = shown_fields(call.actor, spec)
    _require_known(call, spec, readable)
    fields = _names(call, "fields", readable)
    expanded = _names(call, "expand", [name for name in readable if name in spec.links])
    columns = tuple(name for name in readable if not fields or name in fields or name in expanded)
    try:
        request = ListRequest(
            filter=_filter(call, spec),
            search=call.parameter("search"),
            sort=tuple(name for name in call.parameter("sort").split(",") if name),
            columns=columns,
            limit=call.whole_number("limit", default=DEFAULT_LIMIT, maximum=MAXIMUM_LIMIT),
            cursor=call.parameter("cursor"),
            labelled=expanded,
        )
    except Invalid as error:
        raise BadParameters(error.errors) from None
    shape = shape_of(call.actor, spec, names=columns, expanded=expanded)
    return ListQuestion(request, shape, call.switch("count"))


def record_shape(call: Call, spec: ObjectSpec) -> Shape:
    """Read the parameters of a single record: ``fields`` and ``expand``."""
    call.allow_only(("fields", "expand"))
    readable = shown_fields(call.actor, spec)
    fields = _names(call, "fields", readable)
    expanded = _names(call, "expand", [name for name in readable if name in spec.links])
    names = {*fields, *expanded} if fields else None
    return shape_of(call.actor, spec, names=names, expanded=expanded)


def _require_known(call: Call, spec: ObjectSpec, readable: Iterable[str]) -> None:
    """Refuse parameters that begin with no field of the object; listing judges operators and values."""
    known = {"id", *readable}
    unknown = [
        name
        for name in call.parameters
        if name not in RESERVED and name.partition(OPERATOR_MARK)[0].partition(".")[0] not in known
    ]
    if unknown:
        raise BadParameters([unknown_parameter(name, [*RESERVED, *sorted(known)]) for name in unknown])


def _names(call: Call, parameter: str, allowed: Iterable[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in call.parameter(parameter).split(",") if name.strip())
    possible = [*allowed]
    unknown = [name for name in names if name not in possible and not (parameter == "fields" and name == "id")]
    if unknown:
        message = _("“%(parameter)s” cannot name “%(name)s”. It can name: %(allowed)s.")
        values = {"parameter": parameter, "name": unknown[0][:60], "allowed": ", ".join(possible)}
        raise BadParameters([FieldError(parameter, "unknown_field", message % values)])
    return names


def _filter(call: Call, spec: ObjectSpec) -> Node | None:
    plain = {name: values for name, values in call.parameters.items() if name not in RESERVED}
    tree = call.parameter("filter")
    return join(parse_parameters(plain, spec) if plain else None, parse_tree(_tree(tree)) if tree else None)


def _tree(text: str) -> object:
    try:
        return read_json(text)
    except DomainError as error:
        raise BadParameters([FieldError("filter", error.code, error.message)]) from None
