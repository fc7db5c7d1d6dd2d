"""Errors as the interface tells them: RFC 9457 problem documents, made from domain errors in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Unconfirmed

PROBLEM_TYPE = "application/problem+json"
DOCUMENTATION = "/docs/errors"

TITLES: Mapping[int, Any] = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    412: _("Changed in the meantime"),
    413: _("Too large"),
    415: _("Unsupported content type"),
    422: _("Not acceptable"),
    429: _("Too many requests"),
    500: _("Internal error"),
    503: _("Not available"),
}


class BadParameters(DomainError):
    """Query parameters that are unknown or cannot be read, with one entry per parameter."""

    status = 400

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("bad_parameter", " ".join(str(error.message) for error in errors))
        self.errors = errors


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is not valid."""

    status = 401


class MethodNotAllowed(DomainError):
    """The path exists, but not for this method; ``allow`` in the details lists those it has."""

    status = 405


class TooLarge(DomainError):
    """The body is larger than the interface takes."""

    status = 413


class UnsupportedType(DomainError):
    """The body has a content type that the path does not read."""

    status = 415


class Unavailable(DomainError):
    """The database cannot be reached at the moment."""

    status = 503


class Unexpected(DomainError):
    """Something went wrong that nobody foresaw; the log has the cause under the request's id."""

    status = 500


def problem_response(error: DomainError, request_id: str) -> HttpResponse:
    """Return the problem document of an error, in the language of the moment.

    An error's details become further members, so that programs need not read the text.
    """
    document: dict[str, Any] = {
        **error.details,
        "type": f"{DOCUMENTATION}#{error.code}",
        "title": str(TITLES.get(error.status, TITLES[400])),
        "status": error.status,
        "detail": str(error.message),
        "code": error.code,
        "request_id": request_id,
    }
    if isinstance(error, (Invalid, Unconfirmed, BadParameters)):
        document["errors"] = field_errors(error.errors)
    response = HttpResponse(
        orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z),
        status=error.status,
        content_type=PROBLEM_TYPE,
    )
    for name, value in _headers(error).items():
        response[name] = value
    return response


def field_errors(errors: Iterable[FieldError]) -> list[dict[str, str]]:
    """Return the errors of fields as the interface writes them."""
    return [{"field": error.field, "code": error.code, "message": str(error.message)} for error in errors]


def _headers(error: DomainError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        reason = ', error="invalid_token"' if error.code == "invalid_token" else ""
        return {"WWW-Authenticate": f'Bearer realm="Banyan CRM"{reason}'}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.details["allow"])}
    if "retry_after" in error.details:
        return {"Retry-After": str(error.details["retry_after"])}
    return {}
