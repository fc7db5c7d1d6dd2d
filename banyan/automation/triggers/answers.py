"""Triggers of what people outside answer: a customer writes about a ticket, somebody responds to a campaign."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.steps.base import StepContext
from banyan.automation.triggers.base import Json, TriggerKind, newest, register_trigger
from banyan.automation.triggers.changes import as_list
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.marketing.public import Campaign, CampaignMember
from banyan.service.choices import TicketChannel, TicketState
from banyan.service.public import MessageKind, TicketMessage

#: Through what a customer can write about a ticket that there is already.
CHANNELS = (TicketChannel.MAIL, TicketChannel.PORTAL, TicketChannel.API)
#: A closed ticket takes no answers.
STATES = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING, TicketState.SOLVED)
CAMPAIGN = "campaign"
RESPONDING = ("lead", "contact", "customer")


class Answered(TriggerKind):
    """A customer wrote about a ticket."""

    name = "answer"
    label = gettext_lazy("A customer answers a ticket")
    help = gettext_lazy("By mail, on the page behind their link, or by a program; the record is the ticket.")
    icon = "message-reply"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object is what customers write about."""
        return context.spec.name == "ticket"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: in which state the ticket was, and how the answer came."""
        return _AnsweredForm(data, initial={"states": config.get("states"), "channels": config.get("channels")})

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return states and channels."""
        found = {name: as_list(form.cleaned_data[name]) for name in ("states", "channels")}
        return {name: value for name, value in found.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what was chosen and is not there."""
        is_known = set(config.get("states") or ()) <= {*STATES} and set(config.get("channels") or ()) <= {*CHANNELS}
        return [] if is_known else [_("A state or channel that was chosen does not exist. Choose again.")]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which answers."""
        states = [str(TicketState(state).label) for state in config.get("states") or () if state in TicketState.values]
        channels = [str(TicketChannel(way).label) for way in config.get("channels") or () if way in CHANNELS]
        text = _("When a customer answers a ticket")
        if states:
            text = _("When a customer answers a ticket that was “%(states)s”") % {"states": _(" or ").join(states)}
        return f"{text} ({_(' or ').join(channels)})" if channels else text

    def past(self, spec: ObjectSpec, config: Json, most: int) -> list[uuid.UUID]:
        """Return the tickets about which customers wrote last; in which state those were then is not kept."""
        rows = TicketMessage.objects.filter(kind=MessageKind.CUSTOMER)
        if config.get("channels"):
            rows = rows.filter(channel__in=config["channels"])
        return newest(rows.order_by("-pk").values_list("ticket", flat=True), most)


class _AnsweredForm(forms.Form):
    states = forms.MultipleChoiceField(
        label=gettext_lazy("The ticket was"), required=False, choices=[(state.value, state.label) for state in STATES],
        help_text=gettext_lazy("Without a choice: any state. Answered, a waiting or solved ticket is open again."),
    )  # fmt: skip
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("The answer came by"), required=False, choices=[(way.value, way.label) for way in CHANNELS],
        help_text=gettext_lazy("Without a choice: any way."),
    )  # fmt: skip


class Responded(TriggerKind):
    """Somebody responded to a campaign; the record is who it was, or the campaign."""

    name = "response"
    label = gettext_lazy("A response to a campaign arrives")
    help = gettext_lazy("Noted by a colleague, or a lead comes with the campaign's name or code; once for each member.")
    icon = "speakerphone"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object is a campaign, or can be a member of one."""
        return context.spec.name in {CAMPAIGN, *RESPONDING} and CAMPAIGN in context.setting.specs

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: to which campaigns."""
        return _RespondedForm(data, initial={"campaigns": config.get("campaigns")})

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the campaigns."""
        chosen = as_list(form.cleaned_data["campaigns"])
        return {"campaigns": chosen} if chosen else {}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return which campaigns are gone."""
        wanted = _ids(config)
        known = Campaign.objects.filter(pk__in=wanted, deleted_at__isnull=True).count() if wanted else 0
        is_known = known == len(config.get("campaigns") or ())
        return [] if is_known else [_("A campaign that was chosen is deleted. Choose again.")]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say to which campaigns."""
        wanted = _ids(config)
        names = list(Campaign.objects.filter(pk__in=wanted).values_list("name", flat=True)) if wanted else []
        campaigns = _(" or ").join(f"“{name}”" for name in names) or _("any campaign")
        if context.spec.name == CAMPAIGN:
            return _("When a response to %(campaigns)s arrives") % {"campaigns": campaigns}
        values = {"object": context.spec.label, "campaigns": campaigns}
        return _("When a %(object)s responds to %(campaigns)s") % values

    def past(self, spec: ObjectSpec, config: Json, most: int) -> list[uuid.UUID]:
        """Return who responded last, or to which campaigns somebody did."""
        rows = CampaignMember.objects.filter(responded_at__isnull=False, **{f"{spec.name}__isnull": False})
        if _ids(config):
            rows = rows.filter(campaign__in=_ids(config))
        return newest(rows.order_by("-responded_at").values_list(spec.name, flat=True), most)


class _RespondedForm(forms.Form):
    campaigns = forms.MultipleChoiceField(
        label=gettext_lazy("Campaigns"), required=False, help_text=gettext_lazy("Without a choice: any campaign.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["campaigns"]
        rows = Campaign.objects.filter(deleted_at__isnull=True).order_by("-created_at")
        entry.choices = [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:MOST_CAMPAIGNS]]


#: So many campaigns can be chosen among, the newest ones.
MOST_CAMPAIGNS = 200


def _ids(config: Json) -> list[uuid.UUID]:
    return [pk for value in config.get("campaigns") or () if (pk := parse_id(value)) is not None]


for _kind in (Answered(), Responded()):
    register_trigger(_kind)
