"""Errors as pages tell them: an error page for a visit, a problem document for a script."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, Invalid, Unconfirmed
from banyan.core.web.answers import is_partial, tell
from banyan.core.web.confirming import ask, complaints
from banyan.core.web.menu import person

logger = logging.getLogger(__name__)
PROBLEM_TYPE = "application/problem+json"
PAGES = {400: "errors/400.html", 403: "errors/403.html", 404: "errors/404.html", 409: "errors/409.html",
         412: "errors/409.html", 422: "errors/409.html", 429: "errors/429.html", 500: "errors/500.html"}  # fmt: skip


def domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Translate an error of the business rules that no form has taken care of; what was written is undone."""
    if isinstance(error, Unconfirmed) and request.method == "POST" and not _wants_json(request):
        return ask(request, error)
    # Whoever asks for a page has entered nothing that could be corrected: then the address is wrong.
    status = 400 if isinstance(error, Invalid) and request.method == "GET" else error.status
    response = _answer(request, status, str(error.message), error)
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    response.undo_writes = True  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
    response.refusal = error  # type: ignore[attr-defined]  # as above
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer to a request that cannot be understood."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer to somebody without the right."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address that leads nowhere; one with a slash too many leads to the page without it."""
    shorter = request.path.rstrip("/")
    is_visit = request.method == "GET" and not request.path.startswith(("/api/", "/scim/"))
    if is_visit and shorter != request.path and _is_page(shorter):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{shorter}?{query}" if query else shorter)
    return _answer(request, 404)


def _is_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours; it reads nothing from the database, which may be the fault."""
    return _answer(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer to a form whose token is missing or old."""
    logger.warning("Refused a form without valid token: %s", reason)
    return _answer(
        request, 403, _("This form is too old or did not come from our page. Reload the page and try again.")
    )


def _answer(request: HttpRequest, status: int, message: str = "", error: DomainError | None = None) -> HttpResponse:
    if is_partial(request) or is_sent_by_script(request) or _wants_json(request):
        return _problem(request, status, message, error)
    actor: Any = getattr(request, "actor", None)
    context = {
        "actor": person(actor) if actor is not None else None,
        "language": getattr(request, "LANGUAGE_CODE", "en"),
        "message": message,
        "path": request.get_full_path(),
        "reference": getattr(request, "request_id", ""),
    }
    return render(request, PAGES.get(status, PAGES[400]), context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return "json" in request.headers.get("Accept", "").partition(",")[0]


def is_sent_by_script(request: HttpRequest) -> bool:
    """Say whether a form was sent without leaving its page: a refusal then leaves there what was typed."""
    return request.headers.get("HX-Boosted") == "true" and request.method == "POST"


def _problem(request: HttpRequest, status: int, message: str, error: DomainError | None) -> HttpResponse:
    document: dict[str, Any] = {"status": status, "request_id": getattr(request, "request_id", "")}
    if message:
        document["detail"] = message
    if error is not None:
        document["code"] = error.code
    found = complaints(error) if error is not None else []
    if found:
        document["errors"] = [
            {"field": entry.field, "code": entry.code, "message": str(entry.message)} for entry in found
        ]
    response = JsonResponse(document, status=status, content_type=PROBLEM_TYPE)
    if status in {412, 422} and message:
        # The page swaps these answers in, as they are forms elsewhere; here there is only something to say.
        response.headers["HX-Reswap"] = "none"
        response.headers["HX-Push-Url"] = "false"
        tell(response, toast={"text": message, "kind": "error"})
    return response
