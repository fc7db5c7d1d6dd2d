"""Choices of consents, of the requests of persons, and of erasing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """The way by which somebody is contacted."""

    ANY = "any", _("Every way")
    PHONE = "phone", _("Phone")
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    POST = "post", _("Letter")
    VISIT = "visit", _("Visit")


class LegalBasis(models.TextChoices):
    """Why personal data may be processed: article 13 of the PIPL, article 6 of the GDPR."""

    CONSENT = "consent", pgettext_lazy("legal basis", "Consent")
    CONTRACT = "contract", _("Needed for a contract with the person")
    LEGAL_DUTY = "legal_duty", _("Legal duty")
    LEGITIMATE_INTEREST = "interest", _("Legitimate interest (GDPR)")
    PUBLISHED = "published", _("Published by the person or lawfully")
    EMERGENCY = "emergency", _("Emergency: life, health or property")


class ConsentState(models.TextChoices):
    """Whether a consent stands."""

    GIVEN = "given", _("Given")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RequestKind(models.TextChoices):
    """What a person asks for: articles 44 to 47 of the PIPL, 15 to 21 of the GDPR."""

    ACCESS = "access", _("See the data")
    COPY = "copy", _("Get a copy")
    CORRECT = "correct", _("Correct")
    DELETE = "delete", _("Erase")
    RESTRICT = "restrict", _("Restrict processing")
    WITHDRAW = "withdraw", _("Withdraw consent")


class RequestState(models.TextChoices):
    """How far a request is."""

    NEW = "new", pgettext_lazy("request", "New")
    CHECKED = "checked", _("Identity checked")
    DONE = "done", pgettext_lazy("request", "Answered")
    REFUSED = "refused", _("Refused")


#: Requests that nobody has answered yet.
OPEN_STATES = (RequestState.NEW, RequestState.CHECKED)


class Reach(models.TextChoices):
    """Where, beside the person's own record, names, phones and addresses of the person are replaced."""

    LINKED = "linked", _("In what belongs to the person")
    EVERYWHERE = "everywhere", _("Wherever they stand")


class ErasureState(models.TextChoices):
    """How far an erasure is."""

    RUNNING = "running", _("Under way")
    DONE = "done", pgettext_lazy("erasure", "Done")


class RetentionAction(models.TextChoices):
    """What becomes of records that are kept long enough."""

    ANONYMISE = "anonymise", _("Make anonymous")
    DELETE = "delete", _("Put into the recycle bin")


class IdleSince(models.TextChoices):
    """From when on the time of a retention rule counts."""

    UPDATED = "updated_at", _("Last change")
    CREATED = "created_at", _("Creation")
    ACTIVITY = "last_activity_at", _("Last follow-up")
