"""Forms that administrators design, and their public addresses."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.leads.choices import Destination
from banyan.leads.models import LeadForm
from banyan.privacy.public import purposes_in_use

MOST_FORMS, MOST_FIELDS, MOST_SITES = 50, 25, 20
LANGUAGES = ("zh", "en")
TEXTS = ("title", "intro", "button", "thanks", "consent")
LONGEST = {"title": 120, "intro": 1_000, "button": 40, "thanks": 1_000, "consent": 1_000}
#: Kinds of fields that a stranger can fill in.
ASKED = frozenset(
    {"text", "long_text", "email", "phone", "url", "integer", "decimal", "date", "choice", "boolean", "person_name"}
)
#: What nobody outside decides.
NEVER_ASKED = frozenset(
    {"owner", "status", "rating", "source", "campaign", "reason", "again_on", "next_step", "next_follow_up_on", "notes"}
)
IDENTIFYING = ("name", "company", "phone", "email", "wechat")
_KEY = re.compile(r"^[A-Za-z0-9_-]{10,60}$")
_ID_LENGTH = 22


@dataclass(frozen=True)
class FormValues:
    """What an administrator says of a form."""

    name: str
    fields: Sequence[Mapping[str, Any]]
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_active: bool = True
    source: str = ""
    campaign: str = ""
    destination: str = Destination.RULES
    owner: uuid.UUID | None = None
    purpose_id: uuid.UUID | None = None
    consent_required: bool = True
    sites: Sequence[str] = ()
    thanks_url: str = ""


def askable(spec: ObjectSpec) -> dict[str, Field]:
    """Return the fields of a lead that a form may ask for."""
    return {
        name: entry
        for name, entry in spec.writable_fields.items()
        if name not in NEVER_ASKED and entry.kind.name in ASKED and not getattr(entry.kind, "target", "")
    }


@transaction.atomic
def save_form(actor: Actor, form: LeadForm | None, values: FormValues) -> LeadForm:
    """Make a form, or change one. Raises ``NotAllowed``, ``Invalid`` with what is wrong."""
    require_ability(actor, Ability.CUSTOMISE)
    if form is None and LeadForm.objects.count() >= MOST_FORMS:
        raise Refused("too_many", _("There are at most %(most)d forms.") % {"most": MOST_FORMS})
    errors = _problems(actor, values)
    sites = []
    for given in values.sites:
        found = origin_of(given)
        if found is None:
            message = _("“%(site)s” is not like https://www.example.com") % {"site": given[:80]}
            errors.append(FieldError("sites", "bad_address", message))
        else:
            sites.append(found)
    if errors:
        raise Invalid(errors)
    row = form or LeadForm(organization=actor.organization, key=secrets.token_urlsafe(12))
    before = {"is_active": row.is_active, "name": row.name} if form else {}
    row.name, row.is_active, row.source, row.campaign = (
        values.name.strip(),
        values.is_active,
        values.source,
        values.campaign,
    )
    row.fields = [
        {
            "name": str(entry["name"]), "required": bool(entry.get("required")),
            **{language: str(entry.get(language) or "").strip()[:120] for language in LANGUAGES},
        }
        for entry in values.fields
    ]  # fmt: skip
    row.texts = {
        name: {
            language: str(values.texts.get(name, {}).get(language) or "").strip()[: LONGEST[name]]
            for language in LANGUAGES
        }
        for name in TEXTS
    }
    row.destination = values.destination
    row.owner_id = values.owner if values.destination == Destination.PERSON else None
    row.purpose_id, row.consent_required = values.purpose_id, values.consent_required
    row.sites, row.thanks_url = list(dict.fromkeys(sites)), values.thanks_url
    row.save()
    after = {"is_active": row.is_active, "name": row.name}
    changed = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
    action = "update" if form else "create"
    tell_setup_changed(actor, "lead_form", row.pk, action, values=changed or {"fields": ("", len(row.fields))})
    return row


def _problems(actor: Actor, values: FormValues) -> list[FieldError]:
    return [*_field_problems(actor, values), *_aim_problems(values), *_consent_problems(values)]


def _field_problems(actor: Actor, values: FormValues) -> Iterator[FieldError]:
    known = askable(spec_for(actor.organization, "lead"))
    names = [str(entry.get("name")) for entry in values.fields]
    if not values.name.strip():
        yield FieldError("name", "required", _("Give the form a name."))
    if not any(name in IDENTIFYING for name in names):
        message = _("Ask at least for a name, a company, a phone or an e-mail: without it nobody can answer.")
        yield FieldError("fields", "required", message)
    for name in names:
        if name not in known:
            message = _("A form cannot ask for “%(name)s”.") % {"name": name[:60]}
            yield FieldError("fields", "unknown_field", message)
    if len(names) != len(set(names)) or len(names) > MOST_FIELDS:
        message = _("Each field stands in a form once, and there are at most %(most)d.") % {"most": MOST_FIELDS}
        yield FieldError("fields", "too_many", message)


def _aim_problems(values: FormValues) -> Iterator[FieldError]:
    if values.destination not in Destination.values:
        yield FieldError("destination", "unknown_choice", _("Choose one of the values in the list."))
    if values.destination == Destination.PERSON:
        found = User.objects.filter(pk=values.owner, is_active=True).exists() if values.owner else False
        if not found:
            yield FieldError("owner", "required", _("Choose who gets the leads."))
    if len(values.sites) > MOST_SITES:
        yield FieldError("sites", "too_many", _("There are at most %(most)d sites.") % {"most": MOST_SITES})


def _consent_problems(values: FormValues) -> Iterator[FieldError]:
    if values.purpose_id is None:
        return
    if values.purpose_id not in {row.pk for row in purposes_in_use()}:
        yield FieldError("purpose", "unknown_record", _("There is no such purpose."))
    if not any((values.texts.get("consent") or {}).values()):
        yield FieldError("consent_zh", "required", _("Write down what people agree to."))


@transaction.atomic
def delete_form(actor: Actor, form_id: uuid.UUID) -> None:
    """Delete a form; its address leads nowhere from now on, what it brought stays."""
    require_ability(actor, Ability.CUSTOMISE)
    row = LeadForm.objects.filter(pk=form_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such form."))
    tell_setup_changed(actor, "lead_form", row.pk, "delete")
    row.delete()


def origin_of(text: str) -> str | None:
    """Return the origin of a web site's address, such as ``https://www.example.com``; None for what is none."""
    parts = urlsplit(text.strip())
    host = parts.netloc.lower()
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?", host):
        return None
    return f"{parts.scheme}://{host}"


def token_of(form: LeadForm) -> str:
    """Return what stands in the public address of a form: whose it is, and its key."""
    packed = base64.urlsafe_b64encode(form.organization_id.bytes).decode().rstrip("=")
    return f"{packed}{form.key}"


def split_token(token: str) -> tuple[uuid.UUID, str] | None:
    """Return the organization and the key of a public address; None when it cannot be one."""
    if not _KEY.match(token) or len(token) <= _ID_LENGTH:
        return None
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(f"{token[:_ID_LENGTH]}==")), token[_ID_LENGTH:]
    except ValueError:
        return None


def public_url(form: LeadForm, *, embedded: bool = False) -> str:
    """Return the public address of a form, or the one to show in a frame."""
    return f"{settings.CONFIGURATION.base_url}/f/{token_of(form)}{'/embed' if embedded else ''}"


def words(form: LeadForm, name: str, language: str) -> str:
    """Return a text of a form in a language, else in the other one."""
    texts = form.texts.get(name) or {}
    own = str(texts.get(language[:2]) or "")
    return own or next((str(texts[other]) for other in LANGUAGES if texts.get(other)), "")
