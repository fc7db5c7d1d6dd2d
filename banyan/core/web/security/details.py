"""What entries of the audit log tell besides who, when and what, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import User
from banyan.core.kernel.ids import parse_id
from banyan.core.web.settings.security import PolicyForm
from banyan.core.web.user_agents import describe_device

LONGEST = 300
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: Ids are for searching, not for reading; the code of a refusal says what the kind says already.
UNTOLD = frozenset({"ids", "hash", "alert", "certificate", "continues", "code", "after", "before"})
#: Details that name a colleague by the id.
PEOPLE = ("person", "as")
NAMES = {
    "action": _("Action"),
    "approved": _("Approved"),
    "as": _("Looked as"),
    "asked": _("Search"),
    "changed": pgettext_lazy("audit", "Changed"),
    "count": _("Records"),
    "email": _("E-mail"),
    "everything": pgettext_lazy("audit", "Everything"),
    "expected": pgettext_lazy("audit", "Usual"),
    "factor": _("Second factor"),
    "fields": _("Fields"),
    "file": _("File"),
    "finding": _("Finding"),
    "format": _("Format"),
    "kind": _("Kind"),
    "left": _("Recovery codes left"),
    "measured": _("Measured"),
    "method": _("Kind of request"),
    "name": _("Name"),
    "networks": _("Networks"),
    "passwords": _("Passwords"),
    "path": _("Address"),
    "person": pgettext_lazy("audit", "Person"),
    "provider": _("Provider"),
    "reason": _("Reason"),
    "records": _("Records"),
    "remark": _("Remark"),
    "roles": _("Roles"),
    "rows": _("Rows"),
    "rule": _("Rule"),
    "threat": _("Malware"),
    "through": _("Up to segment"),
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
        "single_logout": _("Signed out at the provider"),
        "scim": _("Directory"),
    },
    "method": {"GET": _("Reading"), "POST": _("Changing"), "PATCH": _("Changing"), "DELETE": _("Deleting")},
    "reason": {
        "administrator": _("By an administrator"),
        "deactivated": _("Deactivated"),
        "provider": _("By the provider"),
        "signed_out_elsewhere": _("From another device"),
        "too_many": _("Too many devices"),
    },
    "kind": {"oidc": _("OpenID Connect"), "saml": _("SAML 2.0"), "ldap": _("LDAP")},
    "factor": {"totp": _("Authenticator app"), "passkey": _("Passkey"), "code": _("Code")},
}


def people_in(several: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of the colleagues that details name by their ids, for all of them at once."""
    ids = {
        found for details in several for name in PEOPLE if (found := parse_id(str(details.get(name, "")))) is not None
    }
    return {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")} if ids else {}


def told_details(
    details: Mapping[str, Any], *, labels: Mapping[str, Any] = NOTHING, people: Mapping[str, str] = NOTHING
) -> list[dict[str, str]]:
    """Return the details of an entry as names and texts; what is empty is left out.

    ``labels`` are of the fields of the object that it is about, ``people`` the names of those named by ids.
    """
    return [
        {"name": str(NAMES.get(name, name)), "text": _told(name, value, labels, people)[:LONGEST]}
        for name, value in details.items()
        if name not in UNTOLD and value not in (None, "", [], {})
    ]


def _told(name: str, value: Any, labels: Mapping[str, Any], people: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, Mapping):
        return gettext(", ").join(f"{_label(key)}: {_change(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return gettext(", ").join(str(labels.get(entry, entry)) if name == "fields" else str(entry) for entry in value)
    text = str(value)
    if name in PEOPLE:
        return people.get(text, text)
    if name == "user_agent":
        return describe_device(text)
    if name == "way" and parse_id(text) is not None:
        # A session that a provider began bears the provider's id.
        return str(WORDS["way"]["single_sign_on"])
    return str(WORDS.get(name, {}).get(text, text))


def _label(key: str) -> str:
    """Return what a rule for signing in is called on its page; other names as they are."""
    known = PolicyForm.base_fields.get(key)
    return str(known.label) if known is not None else key


def _change(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:
        return f"{_plain(value[0])} → {_plain(value[1])}"
    return _plain(value)


def _plain(value: Any) -> str:
    return "–" if value in (None, "", [], {}) else str(value)
