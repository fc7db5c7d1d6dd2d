"""Sending a mail in portions: each one is marked before and after, so that nobody ever gets it twice."""

from __future__ import annotations

import logging
import smtplib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction

from banyan.core.kernel.clock import now
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.marketing.choices import (
    MODULE,
    BlockReason,
    CampaignStatus,
    DeliveryState,
    Hindrance,
    MailingState,
    MemberState,
)
from banyan.marketing.models import CampaignMember, Delivery, Mailing
from banyan.marketing.references import address_keys, token_of
from banyan.marketing.rules import in_quiet_hours
from banyan.marketing.services.judging import address_of, judge_members
from banyan.marketing.services.refusals import block
from banyan.marketing.services.writing import message_to, values_of, written
from banyan.marketing.setting import marketing_setting

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 600
#: A mail that was begun so long ago and never finished was interrupted.
STALE = timedelta(minutes=10)
#: What a server says of an address that there is not.
NO_SUCH_ADDRESS = (550, 551, 553)


@dataclass(frozen=True)
class Claimed:
    """A mail that is about to go out."""

    delivery_id: uuid.UUID
    message: EmailMultiAlternatives
    address: str


def sending_now() -> list[uuid.UUID]:
    """Return the mails that are being sent, the oldest first; within an organization's scope."""
    rows = Mailing.objects.filter(state=MailingState.SENDING, campaign__deleted_at__isnull=True)
    return list(
        rows.exclude(campaign__status=CampaignStatus.CANCELLED).order_by("started_at").values_list("pk", flat=True)
    )


def send_portion(organization_id: uuid.UUID, mailing_id: uuid.UUID) -> int:
    """Send what may go out in this minute and return how many; opens a transaction for each step."""
    with organization_scope(organization_id):
        quota = _quota(organization_id, mailing_id)
    if not quota:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        # Nothing has begun, so everybody still waits; the next minute tries again.
        logger.warning("The mail server cannot be reached: %s", error)
        with organization_scope(organization_id):
            Mailing.objects.filter(pk=mailing_id).update(problem=str(error)[:255])
        return 0
    sent = 0
    try:
        while sent < quota:
            with organization_scope(organization_id):
                claimed = claim(organization_id, mailing_id, connection)
            if claimed is None:
                break
            goes_on = _send(organization_id, mailing_id, claimed)
            sent += 1
            if not goes_on:
                break
    finally:
        _close(connection)
    with organization_scope(organization_id):
        _finish(mailing_id)
    return sent


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        logger.info("The mail server has closed the connection.")


def _quota(organization_id: uuid.UUID, mailing_id: uuid.UUID) -> int:
    """Return how many mails may go out now: none outside of hours, and so many a minute over all mails."""
    organization = Organization.objects.get(pk=organization_id)
    if not module_is_on(organization, MODULE) or mailing_id not in sending_now():
        return 0
    _note_interrupted(mailing_id)
    setting = marketing_setting(organization)
    if in_quiet_hours(
        now().astimezone(ZoneInfo(organization.time_zone)).time(), setting.quiet_from, setting.quiet_until
    ):
        return 0
    recent = Delivery.objects.filter(begun_at__gt=now() - timedelta(minutes=1)).count()
    return max(0, min(setting.per_minute or MOST_AT_ONCE, MOST_AT_ONCE) - recent)


def _note_interrupted(mailing_id: uuid.UUID) -> None:
    """Tell honestly of mails that were begun and never finished: perhaps they were sent, so they never are again."""
    rows = Delivery.objects.filter(mailing_id=mailing_id, state=DeliveryState.SENDING, begun_at__lt=now() - STALE)
    members = list(rows.values_list("member_id", flat=True))
    rows.update(state=DeliveryState.UNKNOWN, reason=Hindrance.INTERRUPTED)
    CampaignMember.objects.filter(pk__in=members, state=MemberState.PLANNED).update(
        state=MemberState.FAILED, reason=Hindrance.INTERRUPTED
    )


def claim(organization_id: uuid.UUID, mailing_id: uuid.UUID, connection: Any = None) -> Claimed | None:
    """Judge the next member, mark the mail as begun and return it; those who may not get it are noted on the way."""
    organization = Organization.objects.get(pk=organization_id)
    mailing = Mailing.objects.select_related("campaign").get(pk=mailing_id)
    while mailing.state == MailingState.SENDING:
        rows = Delivery.objects.filter(mailing=mailing, state=DeliveryState.WAITING).order_by("pk")
        delivery = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if delivery is None:
            return None
        members = CampaignMember.objects.select_related(
            "contact__customer__owner", "contact__owner", "customer__owner", "lead__owner", "campaign"
        )
        member = members.get(pk=delivery.member_id)
        reason = judge_members(organization, [member])[member.pk] or _begin(organization, delivery, member)
        if reason:
            _leave_out(delivery, member, reason)
            continue
        token = token_of(organization_id, delivery.pk)
        mail = written(organization, mailing, values_of(member), token)
        address = address_of(member)
        return Claimed(
            delivery.pk, message_to(organization, address, mail, token=token, connection=connection), address
        )
    return None


def _begin(organization: Organization, delivery: Delivery, member: CampaignMember) -> str:
    """Mark a mail as begun; return why not where another member of the mailing has the same address."""
    delivery.state, delivery.begun_at = DeliveryState.SENDING, now()
    delivery.address_key = address_keys(organization.pk, address_of(member))[0]
    try:
        with transaction.atomic():
            delivery.save(update_fields=["state", "begun_at", "address_key"])
    except IntegrityError:
        delivery.address_key, delivery.begun_at = "", None
        return Hindrance.TWICE.value
    return ""


def _leave_out(delivery: Delivery, member: CampaignMember, reason: str) -> None:
    delivery.state, delivery.reason = DeliveryState.NOT_ALLOWED, reason
    delivery.save(update_fields=["state", "reason"])
    if member.state in {MemberState.PLANNED, MemberState.NOT_ALLOWED}:
        member.state, member.reason = MemberState.NOT_ALLOWED, reason
        member.save(update_fields=["state", "reason"])


def _send(organization_id: uuid.UUID, mailing_id: uuid.UUID, claimed: Claimed) -> bool:
    """Hand one mail to the server, note what became of it, and say whether to go on."""
    state, reason, problem = DeliveryState.SENT, "", ""
    try:
        claimed.message.send()
    except smtplib.SMTPRecipientsRefused as error:
        state, reason = DeliveryState.FAILED, Hindrance.REFUSED_BY_SERVER.value
        codes = {code for code, _text in error.recipients.values()}
        if codes and codes <= set(NO_SUCH_ADDRESS):
            with organization_scope(organization_id):
                block(organization_id, claimed.address, BlockReason.BOUNCED)
    except smtplib.SMTPSenderRefused as error:
        # The server refuses us and not the address: everybody waits until somebody has looked at it.
        state, problem = DeliveryState.WAITING, str(error)
    except smtplib.SMTPResponseException as error:
        state, reason, problem = DeliveryState.FAILED, Hindrance.REFUSED_BY_SERVER.value, ""
        logger.warning("The mail server refused a mail: %s", error)
    except (OSError, smtplib.SMTPException) as error:
        state, reason, problem = DeliveryState.UNKNOWN, Hindrance.INTERRUPTED.value, str(error)
    with organization_scope(organization_id):
        _note(claimed.delivery_id, state, reason)
        Mailing.objects.filter(pk=mailing_id).update(problem=problem[:255])
        if state == DeliveryState.WAITING:
            Mailing.objects.filter(pk=mailing_id).update(state=MailingState.PAUSED)
    return not problem


def _note(delivery_id: uuid.UUID, state: DeliveryState, reason: str) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
    at = now()
    delivery.state, delivery.reason = state, reason
    delivery.sent_at = at if state == DeliveryState.SENT else None
    if state == DeliveryState.WAITING:
        delivery.begun_at, delivery.address_key = None, ""
    delivery.save(update_fields=["state", "reason", "sent_at", "begun_at", "address_key"])
    member = CampaignMember.objects.filter(pk=delivery.member_id)
    if state == DeliveryState.SENT:
        member.filter(reached_at=None).update(reached_at=at)
        early = (MemberState.PLANNED, MemberState.NOT_ALLOWED, MemberState.FAILED)
        member.filter(state__in=early).update(state=MemberState.SENT, reason="")
    elif state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}:
        member.filter(state=MemberState.PLANNED).update(state=MemberState.FAILED, reason=reason)


def _finish(mailing_id: uuid.UUID) -> None:
    """End a mail when nobody waits for it any more."""
    left = Delivery.objects.filter(mailing_id=mailing_id, state__in=[DeliveryState.WAITING, DeliveryState.SENDING])
    if not left.exists():
        Mailing.objects.filter(pk=mailing_id, state=MailingState.SENDING).update(
            state=MailingState.DONE, finished_at=now(), problem=""
        )
