"""The OpenAPI document as one organization sees it, in one language."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.api.answers import JSON_TYPE
from banyan.core.api.openapi.schemas import common_schemas, object_schemas, reference
from banyan.core.api.problems import PROBLEM_TYPE, TITLES
from banyan.core.api.routes import PLURAL, Operation, Parameter, Reply, Route, api_routes, is_used
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import objects
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

Json = dict[str, Any]

EVERYWHERE = (401, 403, 404, 429, 500, 503)
_REMEMBERED = 100
_documents: OrderedDict[Any, bytes] = OrderedDict()


def document_of(organization: Organization) -> bytes:
    """Return the document as JSON; it is remembered until fields, pick lists or modules change."""
    key = (
        organization.pk,
        organization.catalogue_version,
        organization.edition,
        tuple(organization.modules_on),
        tuple(organization.modules_off),
        get_language(),
        len(objects),
        len(api_routes),
    )
    found = _documents.get(key)
    if found is None:
        found = _documents[key] = orjson.dumps(_document(organization))
        while len(_documents) > _REMEMBERED:
            _documents.popitem(last=False)
    return found


def _document(organization: Organization) -> Json:
    specs = specs_on(organization)
    schemas = common_schemas()
    for spec in specs.values():
        schemas.update(object_schemas(spec))
    paths: Json = {}
    for path, route, operation in _operations(organization, specs):
        paths.setdefault(path, _path_item(path))[route.method.lower()] = _operation(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Banyan CRM",
            "version": "1",
            "description": _("The records of %(organization)s.") % {"organization": organization.name},
        },
        "servers": [{"url": reverse("api", args=[""]).rstrip("/")}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): _problem(status) for status in TITLES},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
            },
        },
    }


def paths_of(organization: Organization) -> list[str]:
    """Return every method and path that an organization has, such as ``GET /customers``."""
    specs = specs_on(organization)
    return [f"{route.method} {path}" for path, route, _operation in _operations(organization, specs)]


def _operations(organization: Organization, specs: dict[str, ObjectSpec]) -> Iterator[tuple[str, Route, Operation]]:
    """Yield path, route and description; routes of all objects once for each object."""
    for route in api_routes:
        if not is_used(organization, route):
            continue
        path = f"/{'/'.join(route.segments)}"
        if isinstance(route.operation, Operation):
            yield path, route, route.operation
        elif PLURAL in path:
            for spec in specs.values():
                yield path.replace(f"{{{PLURAL}}}", spec.plural), route, route.operation(spec)
        else:
            yield path, route, route.operation()


def _path_item(path: str) -> Json:
    placeholders = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    if not placeholders:
        return {}
    schema = {"type": "string", "format": "uuid"}
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": schema} for name in placeholders]}


def _operation(route: Route, operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": str(operation.summary),
        "tags": [str(operation.tag)],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": {
            **{str(status): _reply(reply) for status, reply in operation.replies.items()},
            **{
                str(status): {"$ref": f"#/components/responses/{status}"}
                for status in sorted({*EVERYWHERE, *operation.problems})
            },
        },
    }
    if str(operation.description):
        described["description"] = str(operation.description)
    if operation.body is not None:
        schema = dict(operation.body)
        example = schema.pop("example", None)
        content = {"schema": schema} if example is None else {"schema": schema, "example": example}
        described["requestBody"] = {"required": operation.body_required, "content": {route.consumes: content}}
    return described


def _parameter(parameter: Parameter) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": parameter.place,
        "description": str(parameter.description),
        "schema": dict(parameter.schema),
    }
    if parameter.exploded:
        described |= {"style": "form", "explode": True}
    return described


def _reply(reply: Reply) -> Json:
    described: Json = {"description": str(reply.description)}
    if reply.schema is not None:
        described["content"] = {JSON_TYPE: {"schema": dict(reply.schema)}}
    if reply.headers:
        described["headers"] = {
            name: {"description": str(text), "schema": {"type": "string"}} for name, text in reply.headers.items()
        }
    return described


def _problem(status: int) -> Json:
    return {
        "description": str(TITLES.get(status, HTTPStatus(status).phrase)),
        "content": {PROBLEM_TYPE: {"schema": reference("Problem")}},
    }
