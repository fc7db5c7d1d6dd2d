"""The public page of a form: shown to strangers without session, and taking what they send."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from banyan.core.identity.visitors import client_address
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.rate_limits import RateLimiter, TooManyRequests
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.middleware import CONTENT_SECURITY_POLICY
from banyan.leads.choices import MODULE
from banyan.leads.models import LeadForm
from banyan.leads.services.capturing import submit, turn_away
from banyan.leads.services.forms import askable, split_token, words

MOST_BYTES = 64 * 1024
MOST_A_MINUTE = 6
#: Nobody fills a form in faster than that; a page left open longer than a day is loaded anew.
LEAST_SECONDS, MOST_SECONDS = 3, 86_400
#: People do not see this field; machines fill it in.
TRAP = "fax_number"
STAMP, CONSENT, LANGUAGE = "stamp", "consent", "lang"
OWN_NAMES = frozenset({TRAP, STAMP, CONSENT, LANGUAGE, "csrfmiddlewaretoken"})
LANGUAGES = {"zh": "zh-hans", "en": "en"}
WIDGETS = {"person_name": "text"}
sending = RateLimiter(MOST_A_MINUTE)
looking = RateLimiter(60)


@dataclass
class Filled:
    """What somebody has entered, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    agreed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    stamp: str = ""


@csrf_exempt  # Strangers have no session that could be abused; the stamp within the form proves that it was shown.
def form_page(request: HttpRequest, token: str, *, embedded: bool = False) -> HttpResponse:
    """Show a form, or take it; an address that leads nowhere always looks the same."""
    found = split_token(token)
    if found is None:
        return _nothing(request)
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
    try:
        looking.take(client_address(request))
    except TooManyRequests as error:
        return _busy(request, error)
    return _within(request, *found, embedded=embedded)


def _within(request: HttpRequest, organization_id: uuid.UUID, key: str, *, embedded: bool) -> HttpResponse:
    with organization_scope(organization_id):
        organization = Organization.objects.filter(pk=organization_id).first()
        form = None
        if organization is not None and module_is_on(organization, MODULE):
            form = LeadForm.objects.select_related("owner").filter(key=key, is_active=True).first()
        if organization is None or form is None:
            return _nothing(request)
        language = _language(request, organization)
        with translation.override(language), timezone.override(organization.time_zone):
            answer = _answer(request, organization, form, language=language, embedded=embedded)
            return _framable(answer, form) if embedded else answer


def _language(request: HttpRequest, organization: Organization) -> str:
    chosen = str(request.GET.get(LANGUAGE) or (request.POST.get(LANGUAGE) if _is_small(request) else "") or "")
    if chosen in LANGUAGES:
        return LANGUAGES[chosen]
    return get_language_from_request(request) if request.headers.get("Accept-Language") else organization.language


def _answer(
    request: HttpRequest, organization: Organization, form: LeadForm, *, language: str, embedded: bool
) -> HttpResponse:
    place = _Place(request, organization, form, language, embedded)
    if request.method != "POST":
        return place.form(Filled())
    if not _is_small(request):
        return place.form(Filled(message=_("This is more than the form can take. Please write less.")), status=413)
    try:
        sending.take(client_address(request))
    except TooManyRequests as error:
        return _busy(request, error)
    sent = {name: clean_text(str(value)) for name, value in request.POST.items()}
    filled = Filled(
        {name: value for name, value in sent.items() if name not in OWN_NAMES}, agreed=bool(sent.get(CONSENT))
    )
    if sent.get(TRAP):
        turn_away(form)
        return place.thanks()
    problem = _doubt(request, form, sent.get(STAMP, ""))
    if problem:
        filled.message = problem
        # The form has been seen now: what comes next is judged from the moment when it was first shown.
        filled.stamp = sent.get(STAMP, "") if _age(form, sent.get(STAMP, "")) is not None else ""
        filled.values = {name: value for name, value in filled.values.items() if name in place.asked}
        return place.form(filled, status=422)
    try:
        submit(
            organization, form, filled.values, agreed=filled.agreed, where=client_address(request), language=language
        )
    except Invalid as refusal:
        filled.errors = {error.field: str(error.message) for error in refusal.errors}
        filled.message = " ".join(text for name, text in filled.errors.items() if name not in {*place.asked, CONSENT})
        return place.form(filled, status=422)
    return place.thanks()


def _is_small(request: HttpRequest) -> bool:
    length = request.headers.get("Content-Length", "")
    return not length.isdecimal() or int(length) <= MOST_BYTES


def _doubt(request: HttpRequest, form: LeadForm, stamp: str) -> str:
    """Return what to say when it is not certain that a person has seen the form; an empty text when it is.

    A form on one of the organization's own sites has no stamp: that site's origin, which browsers tell, is enough.
    """
    age = _age(form, stamp)
    if age is None:
        if request.headers.get("Origin", "").lower() in form.sites:
            return ""
        return _("Please check what you have entered, and send it.")
    if age < LEAST_SECONDS:
        return _("That was very quick. Please check what you have entered, and send it again.")
    return ""


def _age(form: LeadForm, stamp: str) -> float | None:
    """Return how many seconds ago a form was shown; None for a stamp that is forged, of another form, or too old."""
    try:
        key, _separator, shown = Signer(salt="leads.form").unsign(stamp).rpartition(".")
        age = time.time() - int(shown)
    except (BadSignature, ValueError):
        return None
    return age if key == form.key and 0 <= age <= MOST_SECONDS else None


def new_stamp(form: LeadForm, *, shown_at: float | None = None) -> str:
    """Return the proof that a form was shown at a moment."""
    return Signer(salt="leads.form").sign(f"{form.key}.{int(shown_at if shown_at is not None else time.time())}")


@dataclass
class _Place:
    request: HttpRequest
    organization: Organization
    form_: LeadForm
    language: str
    embedded: bool

    @property
    def asked(self) -> set[str]:
        """Return the names of the fields that the form asks for."""
        return {entry["name"] for entry in self.form_.fields}

    def form(self, filled: Filled, *, status: int = 200) -> HttpResponse:
        """Return the form with what was entered."""
        row = self.form_
        context = {
            **self._words(),
            "action": self.request.path,
            "fields": [self._field(entry, filled) for entry in row.fields if entry["name"] in self._known],
            "stamp": filled.stamp or new_stamp(row),
            "trap": TRAP,
            "button": words(row, "button", self.language) or _("Send"),
            "intro": words(row, "intro", self.language),
            "consent": words(row, "consent", self.language) if row.purpose_id else "",
            "consent_required": row.consent_required,
            "consent_error": filled.errors.get(CONSENT, ""),
            "agreed": filled.agreed,
            "message": filled.message,
        }
        return render(self.request, "leads/public_form.html", context, status=status)

    def thanks(self) -> HttpResponse:
        """Return the thanks."""
        text = words(self.form_, "thanks", self.language) or _("Thank you. We will get in touch with you soon.")
        context = {**self._words(), "thanks": text, "back_url": self.form_.thanks_url}
        return render(self.request, "leads/public_thanks.html", context)

    def _words(self) -> dict[str, Any]:
        return {
            "organization": self.organization.name,
            "title": words(self.form_, "title", self.language) or self.form_.name,
            "language": self.language,
            "lang": "zh" if self.language.startswith("zh") else "en",
            "embedded": self.embedded,
        }

    @property
    def _known(self) -> dict[str, Any]:
        return askable(spec_for(self.organization, "lead"))

    def _field(self, entry: Mapping[str, Any], filled: Filled) -> dict[str, Any]:
        known = self._known[entry["name"]]
        kind = known.kind.widget
        label = entry.get(self.language[:2]) or entry.get("zh") or entry.get("en") or str(known.label)
        shown = {
            "name": entry["name"], "kind": WIDGETS.get(kind, kind), "label": label, "required": entry.get("required"),
            "value": filled.values.get(entry["name"], ""), "error": filled.errors.get(entry["name"], ""), "max_length": 2_000,
        }  # fmt: skip
        options = getattr(known.kind, "options", None)
        if options:
            shown["choices"] = [
                {"value": option.code, "label": str(option.label)} for option in options if option.active
            ]
        return shown


def _framable(answer: HttpResponse, form: LeadForm) -> HttpResponse:
    """Let the organization's own sites show the page in a frame; nobody else."""
    ancestors = " ".join(form.sites) or "'none'"
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {ancestors}"
    )
    return answer


def _nothing(request: HttpRequest) -> HttpResponse:
    context = {
        "title": _("There is no form here"),
        "text": _("It may have been closed. Please turn to whoever gave you the address."),
    }
    return render(request, "leads/public_nothing.html", context, status=404)


def _busy(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    context = {
        "title": _("Please wait a moment"),
        "text": _("This was sent too often in a short time. Please try again in a minute."),
    }
    answer = render(request, "leads/public_nothing.html", context, status=429)
    answer.headers["Retry-After"] = str(error.details.get("retry_after", 60))
    return answer
