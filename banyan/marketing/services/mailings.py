"""Writing a mail to the members of a campaign, trying it out, starting and stopping it."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.web.mail import reaches_people
from banyan.marketing.choices import CAMPAIGN, CampaignStatus, DeliveryState, MailingState
from banyan.marketing.models import CampaignMember, Delivery, Mailing
from banyan.marketing.queries import find_campaign
from banyan.marketing.rules import MOST_LINKS, VARIABLES, bad_links, links_of, unknown_variables
from banyan.marketing.services.judging import judge_members, with_records
from banyan.marketing.services.members import open_campaign
from banyan.marketing.services.writing import message_to, values_of, written

LONGEST_BODY = 20_000
MOST_MEMBERS = 100_000
AT_ONCE = 1_000
EXAMPLE = {"name": "Li Hua", "company": "Example Ltd.", "job_title": "", "owner": "", "campaign": ""}


@dataclass(frozen=True)
class MailValues:
    """What somebody writes."""

    subject: str
    body: str
    is_marked: bool = True
    counts_clicks: bool = True


@dataclass(frozen=True)
class Outlook:
    """What would become of a mail if it were started now: who gets it, and why others do not."""

    members: int
    allowed: int
    hindrances: tuple[tuple[str, int], ...]


def find_mailing(actor: Actor, mailing_id: uuid.UUID, action: Action = Action.VIEW) -> Mailing:
    """Return a mail of a campaign that somebody may see or change; raise ``Missing`` or ``NotAllowed``."""
    found = Mailing.objects.select_related("campaign").filter(pk=mailing_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such mail."))
    find_campaign(actor, found.campaign_id, action)
    return found


@transaction.atomic
def save_mailing(actor: Actor, campaign_id: uuid.UUID, mailing: Mailing | None, values: MailValues) -> Mailing:
    """Write a mail, or change one that was not started yet. Raises ``Invalid`` with what is wrong."""
    campaign = open_campaign(actor, campaign_id)
    if mailing is not None and mailing.state != MailingState.DRAFT:
        raise Refused("started", _("This mail was started. What people got stays as it is."))
    errors = problems_of(values)
    if errors:
        raise Invalid(errors)
    row = mailing or Mailing(organization=actor.organization, campaign=campaign, created_by_id=actor.user_id)
    row.subject, row.body = " ".join(values.subject.split()), values.body.strip()
    row.is_marked, row.counts_clicks = values.is_marked, values.counts_clicks
    row.save()
    return row


def problems_of(values: MailValues) -> list[FieldError]:
    """Return what speaks against a mail as it is written."""
    errors = []
    for name, text in (("subject", values.subject), ("body", values.body)):
        if not text.strip():
            errors.append(FieldError(name, "required", _("Please fill this in.")))
        for unknown in unknown_variables(text):
            message = _("There is no variable {%(name)s}. Possible: %(known)s.") % {
                "name": unknown[:40], "known": ", ".join(f"{{{known}}}" for known in VARIABLES),
            }  # fmt: skip
            errors.append(FieldError(name, "unknown_variable", message))
    if len(values.body) > LONGEST_BODY:
        message = _("At most %(count)d characters.") % {"count": LONGEST_BODY}
        errors.append(FieldError("body", "too_long", message))
    if bad_links(values.body):
        message = _("A link leads to one fixed address; it cannot contain variables: %(link)s")
        errors.append(FieldError("body", "bad_link", message % {"link": bad_links(values.body)[0][:120]}))
    if len(links_of(values.body)) > MOST_LINKS:
        errors.append(FieldError("body", "too_many", _("At most %(most)d links.") % {"most": MOST_LINKS}))
    return errors


def outlook(actor: Actor, campaign_id: uuid.UUID) -> Outlook:
    """Say who of a campaign would get a mail now, reason by reason, as far as the first ten thousand tell."""
    rows = with_records(CampaignMember.objects.filter(campaign_id=campaign_id)).order_by("pk")
    count, allowed, reasons = 0, 0, Counter[str]()
    part: list[CampaignMember] = []
    for member in rows[:10_000].iterator(chunk_size=AT_ONCE):
        part.append(member)
        if len(part) == AT_ONCE:
            count, allowed = count + len(part), allowed + _judge(actor, part, reasons)
            part = []
    if part:
        count, allowed = count + len(part), allowed + _judge(actor, part, reasons)
    return Outlook(count, allowed, tuple(reasons.most_common()))


def _judge(actor: Actor, members: list[CampaignMember], reasons: Counter[str]) -> int:
    found = list(judge_members(actor.organization, members).values())
    reasons.update(reason for reason in found if reason)
    return found.count("")


@transaction.atomic
def start(actor: Actor, mailing_id: uuid.UUID) -> Mailing:
    """Queue a mail to everybody who is a member now. Raises ``Refused`` with the way out before anything is sent."""
    campaign_id = find_mailing(actor, mailing_id, Action.EDIT).campaign_id
    campaign = open_campaign(actor, campaign_id)
    mailing = Mailing.objects.select_for_update(no_key=True).get(pk=mailing_id)
    if mailing.state != MailingState.DRAFT:
        raise Refused("started", _("This mail was started already."))
    if not reaches_people():
        message = _("No mail server is set up, so nothing can be sent. The administrator's guide says how to set one.")
        raise Refused("no_mail_server", message)
    errors = problems_of(MailValues(mailing.subject, mailing.body))
    if errors:
        raise Invalid(errors)
    found = outlook(actor, campaign.pk)
    if not found.members:
        raise Refused("no_members", _("This campaign has no members yet. Add a segment first."))
    if not found.allowed:
        message = _("None of the members may get this mail now. The page lists why.")
        raise Refused("nobody_allowed", message)
    if found.members > MOST_MEMBERS:
        raise Refused("too_many", _("At most %(most)s members at once.") % {"most": f"{MOST_MEMBERS:,}"})
    ids = with_records(CampaignMember.objects.filter(campaign=campaign)).order_by("pk").values_list("pk", flat=True)
    Delivery.objects.bulk_create(
        [Delivery(organization_id=actor.organization_id, mailing=mailing, member_id=pk) for pk in ids],
        batch_size=AT_ONCE,
    )
    mailing.state, mailing.links = MailingState.SENDING, links_of(mailing.body)
    mailing.started_at, mailing.started_by_id = now(), actor.user_id
    mailing.save()
    if campaign.status == CampaignStatus.PLANNED:
        status = CampaignStatus.RUNNING.value
        door.update(actor, spec_for(actor.organization, CAMPAIGN), campaign.pk, {"status": status})
    return mailing


@transaction.atomic
def pause(actor: Actor, mailing_id: uuid.UUID) -> Mailing:
    """Stop a mail that is being sent; what has gone out has."""
    return _turn(actor, mailing_id, MailingState.SENDING, MailingState.PAUSED)


@transaction.atomic
def resume(actor: Actor, mailing_id: uuid.UUID) -> Mailing:
    """Go on with a mail that was stopped; nobody gets it twice."""
    return _turn(actor, mailing_id, MailingState.PAUSED, MailingState.SENDING)


def _turn(actor: Actor, mailing_id: uuid.UUID, before: MailingState, after: MailingState) -> Mailing:
    find_mailing(actor, mailing_id, Action.EDIT)
    mailing = Mailing.objects.select_for_update(no_key=True).get(pk=mailing_id)
    if mailing.state == before:
        mailing.state, mailing.problem = after, ""
        mailing.save(update_fields=["state", "problem"])
    return mailing


def send_test(actor: Actor, mailing_id: uuid.UUID) -> str:
    """Send a mail to oneself, with the values of the first member; return the address. Counts nothing."""
    mailing = find_mailing(actor, mailing_id, Action.EDIT)
    if actor.user is None or not actor.user.email:
        raise Refused("no_address", _("You have no e-mail address in your profile."))
    member = with_records(CampaignMember.objects.filter(campaign_id=mailing.campaign_id)).order_by("pk").first()
    values = values_of(member) if member is not None else EXAMPLE
    mail = written(actor.organization, mailing, values)
    message_to(actor.organization, actor.user.email, mail).send()
    return str(actor.user.email)


def progress(mailing_id: uuid.UUID) -> dict[str, int]:
    """Return how many mails are how far."""
    counts = Counter(Delivery.objects.filter(mailing_id=mailing_id).values_list("state", flat=True))
    return {state.value: counts.get(state.value, 0) for state in DeliveryState}
