"""What comes from outside the editor: buttons on record pages, and calls from other systems."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.automation import services
from banyan.automation.hooks import LONGEST_KEY, receive, split_token
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.kernel.rate_limits import RateLimiter
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_of_path

MOST_BYTES = 256 * 1024
MOST_CALLS_A_MINUTE = 120
KEY_HEADER = "Idempotency-Key"
limiter = RateLimiter(MOST_CALLS_A_MINUTE)
PROBLEM = "application/problem+json"


@signed_in("POST")
def press(request: SignedInRequest, rule_id: uuid.UUID, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Begin the rule of a button for the record on whose page it was pressed."""
    spec = spec_of_path(request, plural)
    services.press(request.actor, rule_id, spec, record_id)
    text = _("Begun. What it does shows on this page in a moment.")
    return done(request, text, next_url=f"/{spec.plural}/{record_id}")


@csrf_exempt
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """Take a call of another system: JSON in, the run that it begins out."""
    found = split_token(token)
    if found is None:
        return _problem(404, "not_found", _("There is nothing under this address."))
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    organization_id, secret = found
    try:
        limiter.take(token)
        message = _message(request)
        key = request.headers.get(KEY_HEADER, "")
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise Invalid(
                [
                    FieldError(
                        KEY_HEADER,
                        "bad_key",
                        _("An idempotency key is at most %(count)d printable characters.") % {"count": LONGEST_KEY},
                    )
                ]
            )
        return _received(organization_id, secret, message, key)
    except DomainError as error:
        return _problem(error.status, error.code, str(error.message), error)


def _received(organization_id: uuid.UUID, secret: str, message: Mapping[str, Any], key: str) -> HttpResponse:
    with organization_scope(organization_id):
        organization = Organization.objects.filter(pk=organization_id).first()
        if organization is None:
            raise Missing("not_found", _("There is nothing under this address."))
        with translation.override(organization.language), timezone.override(organization.time_zone):
            run, is_new = receive(organization, secret, message, key=key)
    return JsonResponse({"run": str(run.pk), "accepted": True, "repeated": not is_new}, status=202 if is_new else 200)


def _message(request: HttpRequest) -> Mapping[str, Any]:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise _TooLarge("too_large", _("A message has at most %(count)d kB.") % {"count": MOST_BYTES // 1024})
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise _TooLarge("too_large", _("A message has at most %(count)d kB.") % {"count": MOST_BYTES // 1024})
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise DomainError("not_json", _("The message is no JSON.")) from None
    if not isinstance(message, dict):
        raise DomainError("not_json", _("The message has to be one JSON object."))
    if b"\\u0000" in body:
        raise DomainError("bad_text", _("Texts may not contain the character NUL."))
    return message


class _TooLarge(DomainError):
    status = 413


def _problem(status: int, code: str, detail: str, error: DomainError | None = None) -> HttpResponse:
    shown: dict[str, Any] = {
        "type": f"{settings.CONFIGURATION.base_url}/docs/errors#{code}",
        "title": detail,
        "status": status,
        "code": code,
    }
    if isinstance(error, Invalid):
        shown["errors"] = [
            {"field": entry.field, "code": entry.code, "message": str(entry.message)} for entry in error.errors
        ]
    response = JsonResponse(shown, status=status, content_type=PROBLEM)
    if error is not None and "retry_after" in error.details:
        response["Retry-After"] = str(error.details["retry_after"])
    return response
