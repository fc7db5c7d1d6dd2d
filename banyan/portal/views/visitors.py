"""The pages that links lead to: no session, no account, one record.

A forged, an expired and a withdrawn link get the same answer, so that nothing can be learned from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.core.access.actor import system_actor
from banyan.core.identity.visitors import client_address, user_agent
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.rate_limits import RateLimiter, TooManyRequests
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.client import is_loopback
from banyan.portal.choices import VisitKind
from banyan.portal.models import PortalLink
from banyan.portal.references import is_form_key, read_token
from banyan.portal.services.links import is_on
from banyan.portal.services.outside import for_outside, language_of, plain_page
from banyan.portal.services.pages import COMMENT, Handler, Visit, portal_pages
from banyan.portal.services.visits import add_comment, network_of, note_look, note_visit

#: Requests to one link in a minute, and wrong addresses from one place.
links = RateLimiter(120)
misses = RateLimiter(30)
#: Files that one link gives away in a minute: each may take a second to make.
downloads = RateLimiter(10)
#: Programs that look at links in messages before people do.
SCANNERS = ("bot", "crawler", "spider", "preview", "scanner", "facebookexternalhit", "safelinks")


@csrf_exempt
def visit(request: HttpRequest, token: str, action: str = "") -> HttpResponse:
    """Answer whoever has a link; its own secret proves them, so forms carry a key that belongs to it."""
    language = language_of(request, "")
    try:
        links.take(f"link:{token[:80]}")
        response = _within(request, token, action)
    except TooManyRequests as problem:
        with translation.override(language):
            response = plain_page(request, language, _("Too many requests"), str(problem.message), status=429)
        response.headers["Retry-After"] = str(problem.details["retry_after"])
    if response is None:
        response = _nothing_here(request, language)
    return for_outside(response)


def _within(request: HttpRequest, token: str, action: str) -> HttpResponse | None:
    """Answer within the organization of a link; None when it leads nowhere."""
    parsed = read_token(token)
    address = client_address(request)
    if parsed is None:
        _missed(address)
        return None
    organization_id, digest = parsed
    with organization_scope(organization_id):
        link = PortalLink.objects.filter(token_hash=digest).first()
        found = _visit_of(request, link) if link is not None else None
        if found is None:
            _missed(address)
            return None
        with translation.override(found.language), timezone.override(found.actor.time_zone):
            return _answer(found, action)


def _missed(address: str) -> None:
    """Count a wrong address; raise ``TooManyRequests`` when somebody tries many."""
    if not is_loopback(address):
        misses.take(f"network:{network_of(address)}")


def _visit_of(request: HttpRequest, link: PortalLink) -> Visit | None:
    """Return the visit at a link that is open, to a page that is on and a record that is there."""
    page = portal_pages.get(link.purpose)
    organization = Organization.objects.filter(pk=link.organization_id).first()
    if page is None or organization is None or not link.is_open:
        return None
    actor = system_actor(organization)
    if not is_on(actor, page):
        return None
    spec = spec_for(organization, link.object_name)
    language = language_of(request, link.language or organization.language)
    with translation.override(language):
        try:
            row = fetch_row(actor, spec, link.record_id)
        except Missing:
            return None
    network = network_of(client_address(request))
    return Visit(request, link, page, actor, spec, row, language, network)


def _answer(found: Visit, action: str) -> HttpResponse | None:
    request, page = found.request, found.page
    handler = _handler(found, action)
    if handler is None:
        return None
    is_change = action in page.actions or (action == COMMENT and page.has_comments)
    allowed = ("POST",) if is_change else ("GET", "HEAD")
    if request.method not in allowed:
        return HttpResponseNotAllowed(allowed)
    if is_change and not is_form_key(found.token, request.POST.get("form_key", "")):
        return _shown_problem(
            found, _("This form is too old or did not come from our page. Reload the page and try again."), 403
        )
    if action in page.downloads:
        downloads.take(f"link:{found.link.pk}")
    try:
        with transaction.atomic():
            response = handler(found)
            if response.status_code >= 400:
                transaction.set_rollback(True)
    except DomainError as problem:
        return _shown_problem(found, str(problem.message), problem.status)
    if not is_change and request.method == "GET" and not _is_scanner(request):
        if action:
            note_visit(found.link, VisitKind.DOWNLOAD, found.network)
        else:
            note_look(found.link, found.network)
    return response


def _handler(found: Visit, action: str) -> Handler | None:
    if not action:
        return found.page.render
    if action == COMMENT and found.page.has_comments:
        return _comment
    handlers: dict[str, Callable[[Visit], HttpResponse]] = {**found.page.actions, **found.page.downloads}
    return handlers.get(action)


def _comment(found: Visit) -> HttpResponse:
    """Keep what a visitor wrote."""
    sent = found.request.POST
    add_comment(found.link, name=sent.get("name", ""), text=sent.get("text", ""), network=found.network)
    return found.done("commented")


def _shown_problem(found: Visit, message: str, status: int) -> HttpResponse:
    """Show the page again, as it is now, with what speaks against the request on top."""
    row = fetch_row(found.actor, found.spec, found.record_id)
    again = replace(found, row=row, problem=message)
    response = found.page.render(again)
    response.status_code = status
    return response


def _nothing_here(request: HttpRequest, language: str) -> HttpResponse:
    with translation.override(language):
        title = _("This link leads nowhere")
        text = _("It is incomplete, it has expired or it was withdrawn. Please ask whoever sent it for a new one.")
        return plain_page(request, language, title, text, status=404)


def _is_scanner(request: HttpRequest) -> bool:
    agent = user_agent(request).lower()
    return any(word in agent for word in SCANNERS)
