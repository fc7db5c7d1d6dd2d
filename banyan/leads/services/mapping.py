"""Which field of a customer, contact or opportunity takes which value of a lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.drafts import stored_value
from banyan.leads.choices import Target
from banyan.leads.models import Lead
from banyan.leads.queries import LEAD
from banyan.leads.setting import lead_setting

#: Field of the lead to field of the target, unless the organization says otherwise.
USUAL: dict[str, dict[str, str]] = {
    Target.CUSTOMER: {
        "company": "name", "phone": "phone", "email": "email", "website": "website", "address": "address", "industry": "industry",
        "employees": "employees", "source": "source", "territory": "territory", "needs": "needs", "notes": "notes", "tags": "tags",
    },
    Target.CONTACT: {
        "name": "name", "job_title": "job_title", "phone": "mobile", "email": "email", "wechat": "wechat", "address": "address",
    },
    Target.OPPORTUNITY: {"source": "source", "next_step": "next_step", "needs": "notes", "tags": "tags"},
}  # fmt: skip
#: What the conversion itself decides.
LEFT_OUT = {
    "number", "version", "created_at", "created_by", "updated_at", "updated_by", "owner", "status", "score", "grade", "answer_by",
    "first_contact_at", "response_minutes", "last_activity_at", "owned_since", "converted_at", "customer", "contact", "opportunity",
    "again_on", "reason",
}  # fmt: skip
TEXTS = frozenset({"text", "long_text", "person_name", "phone", "email", "url"})


def sources(spec: ObjectSpec) -> dict[str, Field]:
    """Return the fields of a lead whose values may go on."""
    return {name: entry for name, entry in spec.all_fields.items() if name not in LEFT_OUT}


def targets(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects that a lead may become in this organization."""
    specs = specs_on(actor.organization)
    return {target.value: specs[target.value] for target in Target if target.value in specs}


def fits(source: Field, target: Field) -> bool:
    """Say whether a field can take the values of another: the same kind of value, or any text for a text."""
    if (
        target.read_only
        or target.name == "owner"
        or getattr(source.kind, "many", False) != getattr(target.kind, "many", False)
    ):
        return False
    if getattr(target.kind, "target", "") or getattr(source.kind, "target", ""):
        return getattr(target.kind, "target", "") == getattr(source.kind, "target", "")
    same = type(source.kind) is type(target.kind)
    return same or (target.kind.name in {"text", "long_text"} and source.kind.name in TEXTS)


def mapping_of(actor: Actor, target: str) -> dict[str, str]:
    """Return which field of a target takes which field of a lead: the organization's choice, else the usual one.

    Own fields go where there is a field of the same name and kind.
    """
    specs = specs_on(actor.organization)
    lead, other = specs[LEAD], specs[target]
    usual = dict(USUAL[target])
    for name, entry in lead.all_fields.items():
        same = other.all_fields.get(name)
        if entry.source == CUSTOM and same is not None and same.source == CUSTOM and fits(entry, same):
            usual[name] = name
    chosen = lead_setting(actor.organization).mapping.get(target, {})
    found = {**usual, **chosen}
    return {
        source: name
        for source, name in found.items()
        if name and source in lead.all_fields and name in other.writable_fields
    }


def checked(actor: Actor, chosen: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return a mapping that makes sense; raise ``Invalid`` when a field cannot take another's values, or takes two."""
    specs = specs_on(actor.organization)
    errors = []
    for target, pairs in chosen.items():
        taken: dict[str, str] = {}
        for source, name in pairs.items():
            entry, other = specs[LEAD].all_fields.get(source), specs[target].writable_fields.get(name)
            key = f"{target}.{source}"
            if not name:
                continue
            if entry is None or other is None or not fits(entry, other):
                errors.append(FieldError(key, "does_not_fit", _("This field cannot take the values.")))
            elif name in taken:
                message = _("“%(field)s” takes the values of two fields. Choose one of them.") % {"field": other.label}
                errors.append(FieldError(key, "taken", message))
            taken[name] = source
    if errors:
        raise Invalid(errors)
    return {target: dict(pairs) for target, pairs in chosen.items()}


def mapped_values(actor: Actor, lead: Lead, spec: ObjectSpec, target: str) -> dict[str, Any]:
    """Return the values that a target takes from a lead, as the door for writes reads them."""
    found = {}
    for source, name in mapping_of(actor, target).items():
        entry = spec.all_fields[source]
        value = stored_value(lead, entry)
        if not entry.kind.is_empty(value):
            found[name] = entry.kind.to_json(value)
    return found
