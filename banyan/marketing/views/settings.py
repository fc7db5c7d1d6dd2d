"""Settings > Marketing: how mail to many is sent, and the block list."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.kernel.errors import DomainError
from banyan.core.web.mail import reaches_people
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import short_instant
from banyan.core.web.settings.pages import frame_of, require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.marketing.choices import BlockReason
from banyan.marketing.forms import BlockForm, SettingForm
from banyan.marketing.models import BlockedAddress
from banyan.marketing.services.refusals import enter_addresses, unblock
from banyan.marketing.services.settings import save_setting
from banyan.marketing.setting import marketing_setting

PAGE, URL = "marketing", "/settings/marketing"
BLOCKED_URL = f"{URL}/blocked"
AT_A_TIME = 50
SECTIONS = (
    (gettext_lazy("Sender"), ("sender_name", "reply_to", "postal_address", "marks_ads")),
    (gettext_lazy("How much and when"), ("per_minute", "cap_mails", "cap_days", "quiet_from", "quiet_until")),
)


def _tabs(active: str) -> list[dict[str, object]]:
    return [
        {"label": _("Sending"), "url": URL, "active": active == URL},
        {"label": _("Block list"), "url": BLOCKED_URL, "active": active == BLOCKED_URL},
    ]


@signed_in("GET", "POST")
def general(request: SignedInRequest) -> HttpResponse:
    """Set how mail to many is sent."""
    require_page(request.actor, PAGE)
    setting = marketing_setting(request.actor.organization)
    initial = {name: getattr(setting, name) for name in SettingForm.base_fields}
    form = SettingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            save_setting(request.actor, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The settings of marketing are saved."), URL)
    warning = "" if reaches_people() else _("No mail server is set up, so nothing can be sent.")
    frame = {**frame_of(request, PAGE), "tabs": _tabs(URL)}
    sections = [(str(title), names) for title, names in SECTIONS]
    return form_answer(
        request, form, title=_("Marketing"), sections=sections, frame=("marketing/settings_form.html", frame),
        warning=warning, cancel_url=URL,
    )  # fmt: skip


@signed_in("GET")
def blocked(request: SignedInRequest) -> HttpResponse:
    """List the addresses that no campaign writes to."""
    require_page(request.actor, PAGE)
    rows = BlockedAddress.objects.select_related("added_by", "campaign").order_by("-at", "-pk")
    found = Paginator(rows, AT_A_TIME).get_page(request.GET.get("page"))
    context = {
        "tabs": _tabs(BLOCKED_URL),
        "entries": [
            {
                "title": row.hint,
                "reason": str(row.get_reason_display()),
                "campaign": row.campaign.name if row.campaign is not None else "",
                "when": short_instant(row.at, request.actor),
                "remove_url": "" if row.reason == BlockReason.UNSUBSCRIBED else f"{BLOCKED_URL}/{row.pk}/delete",
            }
            for row in found
        ],
        "actions": [{"label": _("Enter addresses"), "url": f"{BLOCKED_URL}/new", "icon": "plus", "primary": True}],
        "count": found.paginator.count,
        "previous_url": f"?page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?page={found.next_page_number()}" if found.has_next() else "",
    }
    return settings_answer(request, PAGE, "marketing/blocked.html", context)


@signed_in("GET", "POST")
def enter(request: SignedInRequest) -> HttpResponse:
    """Put addresses on the block list."""
    require_page(request.actor, PAGE)
    form = BlockForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            count = enter_addresses(request.actor, form.cleaned_data["addresses"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = ngettext("%(count)s address is blocked.", "%(count)s addresses are blocked.", count)
            return saved(request, text % {"count": f"{count:,}"}, BLOCKED_URL)
    return settings_form(request, PAGE, form, title=_("Addresses to block"), cancel_url=BLOCKED_URL)


@signed_in("POST")
def remove(request: SignedInRequest, blocked_id: uuid.UUID) -> HttpResponse:
    """Take an address off the block list."""
    require_page(request.actor, PAGE)
    unblock(request.actor, blocked_id)
    return saved(request, _("The address is off the block list."), BLOCKED_URL)


ROUTES = (
    path("marketing", general, name="settings-marketing"),
    path("marketing/blocked", blocked, name="settings-marketing-blocked"),
    path("marketing/blocked/new", enter, name="settings-marketing-block"),
    path("marketing/blocked/<uuid:blocked_id>/delete", remove, name="settings-marketing-unblock"),
)
