"""The one entrance of the interface: who calls, how often, which path, and one transaction around it all."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.core.access.actor import Actor
from banyan.core.api import limits
from banyan.core.api.answers import JSON_TYPE, Answer
from banyan.core.api.authentication import NetworkRefused, claim_of, record_network_refusal, require_network
from banyan.core.api.calls import CONFIRMED, Call
from banyan.core.api.idempotency import HEADER as IDEMPOTENCY_HEADER
from banyan.core.api.idempotency import answered_once
from banyan.core.api.problems import (
    MethodNotAllowed,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unexpected,
    UnsupportedType,
    problem_response,
)
from banyan.core.api.routes import NO_BODY, PLURAL, Found, Route, find, is_used
from banyan.core.audit.reading import gathering_reads
from banyan.core.audit.refusals import note_refusal
from banyan.core.kernel.errors import Conflict, DomainError, Missing
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.kernel.origin import current_origin
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger("banyan.api")

JSON_TYPES = frozenset({JSON_TYPE, "application/merge-patch+json"})
BODY_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass
class _Visit:
    """One request on its way through the gateway, who makes it, and the headers that its answer gets in any case."""

    request: HttpRequest
    path: str
    method: str
    request_id: str
    language: str | None
    actor: Actor | None = None
    headers: dict[str, str] = field(default_factory=dict)


@csrf_exempt
def gateway(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer a request for a path below the interface's root; every error becomes a problem document."""
    visit = _Visit(
        request=request,
        path=path,
        method="GET" if request.method == "HEAD" else str(request.method),
        request_id=getattr(request, "request_id", "") or str(new_id()),
        language=_asked_language(request),
    )
    with translation.override(visit.language or translation.get_language()):
        response = _answer_or_problem(visit)
    response["X-Request-Id"] = visit.request_id
    for name, value in visit.headers.items():
        response[name] = value
    if request.method == "HEAD" and isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _answer_or_problem(visit: _Visit) -> HttpResponseBase:
    try:
        return _serve(visit)
    except DomainError as error:
        found = error
        if visit.actor is not None:
            note_refusal(visit.actor, error, path=visit.request.path, method=visit.method)
    except RequestDataTooBig:
        found = _too_large()
    except UnreadablePostError:
        found = DomainError("bad_body", _("The body could not be read to its end."))
    except IntegrityError:
        logger.warning("Refused by a constraint of the database (request %s)", visit.request_id, exc_info=True)
        found = Conflict("conflict", _("This contradicts what somebody else has just written. Try again."))
    except OperationalError:
        logger.exception("The database does not answer (request %s)", visit.request_id)
        found = Unavailable("unavailable", _("The database cannot be reached. Try again soon."), retry_after=5)
    except Exception:
        logger.exception("Unexpected error (request %s)", visit.request_id)
        found = Unexpected("internal_error", _("Something went wrong on our side. The administrator finds the cause "
                                               "in the log under the request's id."))  # fmt: skip
    return problem_response(found, visit.request_id)


def _serve(visit: _Visit) -> HttpResponseBase:
    address = f"address:{current_origin().address}"
    found = find(visit.path)
    route = found.route(visit.method) if found else None
    try:
        claim = claim_of(visit.request)
        if not limits.limiter.knows(claim.key):
            limits.limiter.require_room(address)
        allowance = limits.limiter.take(claim.key)
        visit.headers.update(allowance.headers if allowance else {})
        body = _read_body(visit.request, route[0]) if route else b""
        with organization_scope(claim.organization_id):
            actor = visit.actor = claim.actor()
            require_network(visit.request, actor)
            limits.people.take(f"person:{actor.user_id}")
            translation.activate(visit.language or actor.language)
            with timezone.override(actor.time_zone), gathering_reads():
                confirming = actor.confirming(visit.request.GET.get(CONFIRMED, ""))
                answer = _perform(Call(visit.request, confirming, visit.path, body), visit.method, found)
    except NetworkRefused:
        # Outside of the transaction that the refusal has undone.
        if visit.actor is not None:
            record_network_refusal(visit.request, visit.actor)
        raise
    except Unauthenticated:
        # Only failures count against an address: colleagues often share one.
        limits.limiter.take(address)
        raise
    return answer.response() if isinstance(answer, Answer) else answer


def _perform(call: Call, method: str, found: Found | None) -> Answer | HttpResponseBase:
    if found is None:
        raise Missing("unknown_path", _("There is nothing under this address."))
    if PLURAL in found.placeholders:
        call.spec(found.placeholders[PLURAL])
    if method == "OPTIONS":
        return Answer(status=204, headers={"Allow": ", ".join(found.methods)})
    fitting = found.route(method)
    if fitting is None:
        message = _("This address does not know the method %(method)s.") % {"method": method[:20]}
        raise MethodNotAllowed("method_not_allowed", message, allow=found.methods)
    route, placeholders = fitting
    _require_module(call.actor, route)
    arguments = {"spec" if name == PLURAL else name: _argument(call, name, text) for name, text in placeholders.items()}
    key = call.request.headers.get(IDEMPOTENCY_HEADER)
    user_id = call.actor.user_id
    if method == "POST" and key is not None and user_id is not None:
        return answered_once(call, user_id, key, lambda: route.view(call, **arguments))
    return route.view(call, **arguments)


def _require_module(actor: Actor, route: Route) -> None:
    if not is_used(actor.organization, route):
        raise Missing("unknown_path", _("There is nothing under this address."))


def _argument(call: Call, name: str, text: str) -> object:
    if name == PLURAL:
        return call.spec(text)
    record_id = parse_id(text)
    if record_id is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return record_id


def _read_body(request: HttpRequest, route: Route) -> bytes:
    """Read the body before the transaction begins, so that a slow sender holds no connection to the database."""
    content_type = (request.content_type or "").lower()
    if request.method not in BODY_METHODS or route.consumes == NO_BODY:
        return b""
    if route.consumes != JSON_TYPE:
        if content_type != route.consumes:
            raise _unsupported(route.consumes)
        return b""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise _too_large()
    body = request.body
    if body and content_type not in JSON_TYPES:
        raise _unsupported(JSON_TYPE)
    return body


def _asked_language(request: HttpRequest) -> str | None:
    """Return the language that a request asks for by its header; None leaves it to the user's own."""
    header = request.headers.get("Accept-Language", "").strip()
    return translation.get_language_from_request(request) if header and header != "*" else None


def _too_large() -> TooLarge:
    megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
    return TooLarge("too_large", _("The body is larger than %(megabytes)d MB.") % {"megabytes": megabytes})


def _unsupported(expected: str) -> UnsupportedType:
    return UnsupportedType("unsupported_type", _("Send the body as %(type)s.") % {"type": expected})
