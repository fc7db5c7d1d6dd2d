"""What mails lead to, for people without an account: counted links, and the way out of all campaigns.

A forged address and one of a mail that is gone get the same answer. A link leads to an address that stands in the mail it
came with, and to nothing else. Opening the way out changes nothing: programs open links, and only a person presses the
button; mail programs that offer the way out themselves send a POST (RFC 8058).
"""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.core.identity.visitors import client_address, user_agent
from banyan.core.kernel.clock import now
from banyan.core.kernel.rate_limits import RateLimiter, TooManyRequests
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.client import is_loopback
from banyan.documents.public import head_of, picture_address
from banyan.marketing.choices import MemberState
from banyan.marketing.models import CampaignMember, Delivery
from banyan.marketing.references import read_token
from banyan.marketing.rules import is_machine
from banyan.marketing.services.refusals import unsubscribe
from banyan.portal.public import for_outside, language_of, languages_of, plain_page

#: Requests of one network place in a minute; a company reads its mail from one address.
visits = RateLimiter(240)


@csrf_exempt
def way_out(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether somebody wants no more mail, and take the answer; the address itself proves whose it is."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(("GET", "HEAD", "POST"))
    return _guarded(request, token, None)


def link(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """Lead to a link of a mail, and count that a person followed it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(("GET", "HEAD"))
    return _guarded(request, token, number)


def _guarded(request: HttpRequest, token: str, number: int | None) -> HttpResponse:
    address = client_address(request)
    try:
        if not is_loopback(address):
            visits.take(address)
        response = _within(request, token, number)
    except TooManyRequests as problem:
        language = translation.get_language() or "en"
        response = plain_page(request, language, _("Too many requests"), str(problem.message), status=429)
        response.headers["Retry-After"] = str(problem.details["retry_after"])
    return for_outside(response)


def _within(request: HttpRequest, token: str, number: int | None) -> HttpResponse:
    found = read_token(token)
    if found is None:
        return _nothing(request)
    organization_id, delivery_id = found
    with organization_scope(organization_id):
        organization = Organization.objects.filter(pk=organization_id).first()
        delivery = Delivery.objects.select_related("mailing").filter(pk=delivery_id).first()
        if organization is None or delivery is None:
            return _nothing(request)
        if number is not None:
            return _followed(request, delivery, number)
        with translation.override(language_of(request, organization.language)):
            return _left(request, organization, delivery)


def _followed(request: HttpRequest, delivery: Delivery, number: int) -> HttpResponse:
    links = delivery.mailing.links
    if number >= len(links) or not str(links[number]).startswith(("http://", "https://")):
        return _nothing(request)
    if not is_machine(request.method or "", user_agent(request), request.headers):
        at = now()
        rows = CampaignMember.objects.filter(pk=delivery.member_id)
        rows.update(clicks=F("clicks") + 1)
        rows.filter(clicked_at=None).update(clicked_at=at)
        rows.filter(state__in=[MemberState.PLANNED, MemberState.SENT, MemberState.FAILED]).update(
            state=MemberState.CLICKED, reason=""
        )
    return HttpResponseRedirect(links[number])


def _left(request: HttpRequest, organization: Organization, delivery: Delivery) -> HttpResponse:
    if request.method == "POST":
        unsubscribe(organization, delivery, where=client_address(request))
    member = CampaignMember.objects.get(pk=delivery.member_id)
    is_done = member.unsubscribed_at is not None
    language = translation.get_language() or organization.language
    head = head_of(organization, language)
    context = {
        "head": head,
        "visit": {"logo": picture_address(head.logo) if head.logo else ""},
        "language": language,
        "languages": languages_of(request.path, language),
        "is_done": is_done,
        "title": _("You get no more mail from us") if is_done else _("Unsubscribe"),
        "name": head.name or organization.name,
    }
    return render(request, "marketing/unsubscribe.html", context)


def _nothing(request: HttpRequest) -> HttpResponse:
    language = language_of(request, "")
    with translation.override(language):
        text = _("It is incomplete, or the mail it came with is not kept any more. Please ask whoever sent it.")
        return plain_page(request, language, _("This link leads nowhere"), text, status=404)
