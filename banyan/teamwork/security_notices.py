"""Telling people what concerns the safety of their own account."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import gettext_noop

from banyan.core.identity.events import SecurityEvent, SecurityKind
from banyan.core.identity.models import User
from banyan.core.web.user_agents import describe_device
from banyan.teamwork.choices import NotificationKind
from banyan.teamwork.notices import notify

TEXTS = {
    SecurityKind.NEW_DEVICE: gettext_noop("Your account was signed in on a new device: %(device)s, %(address)s."),
    SecurityKind.PASSWORD_CHANGED: gettext_noop("Your password was changed."),
    SecurityKind.FACTOR_ADDED: gettext_noop("A second factor was added to your account."),
    SecurityKind.FACTOR_REMOVED: gettext_noop("A second factor was removed from your account."),
    SecurityKind.FACTORS_RESET: gettext_noop("An administrator has reset the second factors of your account."),
    SecurityKind.RECOVERY_CODE_USED: gettext_noop("A recovery code was used to sign in to your account."),
}


def tell_owner(event: SecurityEvent) -> None:
    """Notify the account's owner, who may be the one who did it: then there is nothing to worry about."""
    text = TEXTS.get(SecurityKind(event.kind))
    if text is None or event.account_id is None or event.organization_id is None:
        return
    owners = User.objects.select_related("organization").filter(account_id=event.account_id)
    # In the owner's language, not in that of the page on which somebody signed in.
    values = {"device": lazy(describe_device, str)(event.user_agent), "address": event.address}
    notify(owners, kind=NotificationKind.SYSTEM, text=text, values=values)
