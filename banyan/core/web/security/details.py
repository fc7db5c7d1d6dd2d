"""What entries of the audit log tell besides who, when and what, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.ids import parse_id
from banyan.core.web.user_agents import describe_device

LONGEST = 300
#: Ids are for searching, not for reading.
UNTOLD = frozenset({"ids", "hash"})
NAMES = {
    "approved": _("Approved"),
    "asked": _("Search"),
    "changed": pgettext_lazy("audit", "Changed"),
    "count": _("Records"),
    "email": _("E-mail"),
    "factor": _("Second factor"),
    "fields": _("Fields"),
    "format": _("Format"),
    "left": _("Recovery codes left"),
    "name": _("Name"),
    "networks": _("Networks"),
    "passwords": _("Passwords"),
    "path": _("Address"),
    "person": pgettext_lazy("audit", "Person"),
    "provider": _("Provider"),
    "reason": _("Reason"),
    "remark": _("Remark"),
    "roles": _("Roles"),
    "rows": _("Rows"),
    "user_agent": _("Device"),
    "way": _("Way"),
}
WORDS = {
    "way": {
        "password": _("Password"),
        "passkey": _("Passkey"),
        "api": _("Interface"),
        "command": _("Command on the server"),
        "single_sign_on": _("Single sign-on"),
    },
    "factor": {"totp": _("Authenticator app"), "passkey": _("Passkey"), "code": _("Code")},
}


def told_details(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the details of an entry as names and texts; what is empty is left out."""
    return [
        {"name": str(NAMES.get(name, name)), "text": _told(name, value)[:LONGEST]}
        for name, value in details.items()
        if name not in UNTOLD and value not in (None, "", [], {})
    ]


def _told(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_change(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    if name == "user_agent":
        return describe_device(text)
    if name == "way" and parse_id(text) is not None:
        # A session that a provider began bears the provider's id.
        return str(WORDS["way"]["single_sign_on"])
    return str(WORDS.get(name, {}).get(text, text))


def _change(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:
        return f"{_plain(value[0])} → {_plain(value[1])}"
    return _plain(value)


def _plain(value: Any) -> str:
    return "–" if value in (None, "", [], {}) else str(value)
