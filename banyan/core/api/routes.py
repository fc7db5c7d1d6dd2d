"""The interface's paths: a registry that every room and app may add to, and finding a path in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.http.response import HttpResponseBase

from banyan.core.api.answers import JSON_TYPE, Answer
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import modules_of
from banyan.core.objects.registry import objects
from banyan.core.tenancy.models import Organization

PLURAL = "plural"
MULTIPART = "multipart/form-data"
NO_BODY = ""

Schema = Mapping[str, Any]
View = Callable[..., "Answer | HttpResponseBase"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query or a header, for the documentation; ``exploded`` is a family of parameters."""

    name: str
    description: Any
    schema: Schema
    place: str = "query"
    exploded: bool = False


@dataclass(frozen=True)
class Reply:
    """A successful answer, for the documentation; ``headers`` maps names to descriptions."""

    description: Any
    schema: Schema | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What the documentation says of one method of one path.

    ``id`` is unique among all operations. ``problems`` are error statuses besides those that every
    operation may answer with. Schemas may point to an object by ``item_reference``.
    """

    id: str
    summary: Any
    tag: Any
    replies: Mapping[int, Reply]
    description: Any = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    body_required: bool = True
    problems: tuple[int, ...] = ()


@dataclass(frozen=True)
class Route:
    """One method of one path, such as ``POST /opportunities/{id}/win``.

    The view is called with the ``Call`` and the path's placeholders: ``{plural}`` arrives as ``spec``,
    the object in question, every other one as an id. A path with ``{plural}`` stands for all objects,
    and its ``operation`` is a function of the object; that of any other path may be a function without
    arguments, called in the reader's language. A route of a ``module`` that is off is absent.
    ``consumes`` is the content type of the body; multipart bodies are left for the view to read, and
    with ``NO_BODY`` whatever comes along is ignored.
    """

    method: str
    path: str
    view: View
    operation: Operation | Callable[..., Operation]
    module: str = ""
    consumes: str = JSON_TYPE

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path in parts."""
        return tuple(self.path.strip("/").split("/"))

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the placeholders' texts if a path fits, else None."""
        found: dict[str, str] = {}
        for own, given in zip(self.segments, segments, strict=True):
            if own.startswith("{"):
                found[own[1:-1]] = given
            elif own != given:
                return None
        return found


@dataclass(frozen=True)
class Found:
    """The routes that a path fits, by method; the placeholders of the best one."""

    routes: dict[str, tuple[Route, dict[str, str]]]

    def route(self, method: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route of a method with its placeholders, or None."""
        return self.routes.get(method)

    @property
    def methods(self) -> list[str]:
        """The methods of the path, with those that come for free."""
        return sorted({*self.routes, "OPTIONS", *(["HEAD"] if "GET" in self.routes else [])})

    @property
    def placeholders(self) -> dict[str, str]:
        """The placeholders of the most literal route."""
        return next(iter(self.routes.values()))[1]


api_routes: Registry[Route] = Registry("API routes")


def register_route(route: Route) -> Route:
    """Add a path to the interface and to its documentation; called while the apps load."""
    return api_routes.add(f"{route.method} {route.path}", route)


def find(path: str) -> Found | None:
    """Return the routes that a path below the interface's root fits, or None.

    Where several fit, words win over placeholders: ``/users/{id}`` comes before ``/{plural}/{id}``.
    """
    segments = tuple(path.split("/"))
    fitting = [
        (route, placeholders)
        for route in api_routes
        if len(route.segments) == len(segments) and (placeholders := route.match(segments)) is not None
    ]
    routes: dict[str, tuple[Route, dict[str, str]]] = {}
    for route, placeholders in sorted(fitting, key=lambda pair: _vagueness(pair[0])):
        routes.setdefault(route.method, (route, placeholders))
    return Found(routes) if routes else None


def is_used(organization: Organization, route: Route) -> bool:
    """Say whether an organization has a path: its module is on, and that of the object whose records it is about."""
    on = modules_of(organization)
    if route.module and route.module not in on:
        return False
    module = _modules_by_plural(len(objects)).get(route.segments[0])
    return module is None or module in on


@lru_cache(maxsize=4)
def _modules_by_plural(_count: int) -> dict[str, str]:
    """Return the modules of the product's own objects by the first word of their paths; ``count`` is that of objects."""
    return {spec.plural: spec.module for spec in objects}


def _vagueness(route: Route) -> list[bool]:
    return [segment.startswith("{") for segment in route.segments]


def item_reference(object_name: str) -> Schema:
    """Return the schema that stands for a record of an object in the documentation."""
    return {"$ref": f"#/components/schemas/{component_name(object_name)}"}


def component_name(object_name: str) -> str:
    """Return the name of an object's schema: ``contact_role`` is ``ContactRole``."""
    return "".join(part.capitalize() for part in object_name.split("_"))
