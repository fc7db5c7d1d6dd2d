"""Flows as documents: plain values with stable keys and no ids, to be kept in a file and carried to another organization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.approvals.checking import errors_in
from banyan.core.approvals.definitions import Definition, Json, read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, refuse_if_wrong, rename_flow, save_draft, switch_flow
from banyan.core.approvals.models import Flow
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.portable import PERSON, Names, local_filter, portable_filter
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

PARTS = (
    "steps",
    "start",
    "lock",
    "gate",
    "on_agreed",
    "on_refused",
    "copies",
    "withdrawing",
    "own",
    "repeated",
    "mail",
)
Rename = Callable[[str, str], str]
Filtered = Callable[[Organization, ObjectSpec, Any], Json]


def as_document(organization: Organization) -> list[Json]:
    """Return the flows of an organization; names stand in it for people, departments and records."""
    specs, names = specs_on(organization), Names(organization)
    return [
        {
            "key": flow.key,
            "object": flow.object_name,
            "names": {language: text for language, text in flow.names.items() if text},
            "active": flow.is_active,
            **_renamed(
                organization,
                specs[flow.object_name],
                read_definition(flow.draft).written(),
                names.name_of,
                portable_filter,
            ),
        }
        for flow in Flow.objects.all()
        if flow.object_name in specs
    ]


@transaction.atomic
def from_document(actor: Actor, entries: Sequence[Mapping[str, Any]]) -> list[Flow]:
    """Make the flows of a document, or change those of the same keys; others stay.

    Raises ``Invalid`` with everything that is wrong, before anything changes; ``NotAllowed`` without the right to
    customise.
    """
    require_ability(actor, Ability.CUSTOMISE)
    drawn = [(entry, _definition(actor, entry)) for entry in entries]
    return [_keep(actor, entry, definition) for entry, definition in drawn]


def _keep(actor: Actor, entry: Mapping[str, Any], definition: Definition) -> Flow:
    flow = Flow.objects.filter(key=entry["key"]).first()
    names = {language: entry["names"].get(language, "") for language in ("zh", "en")}
    if flow is None:
        flow = create_flow(actor, specs_on(actor.organization)[entry["object"]], names)
        Flow.objects.filter(pk=flow.pk).update(key=entry["key"])
    elif flow.names != names:
        rename_flow(actor, flow.pk, names)
    save_draft(actor, flow.pk, **{name: getattr(definition, name) for name in PARTS})
    if entry.get("active", True):
        publish_flow(actor, flow.pk)
    elif flow.version:
        switch_flow(actor, flow.pk, active=False)
    return Flow.objects.get(pk=flow.pk)


def _definition(actor: Actor, entry: Mapping[str, Any]) -> Definition:
    key = str(entry.get("key", ""))
    spec = specs_on(actor.organization).get(str(entry.get("object", "")))
    if not key or not isinstance(entry.get("names"), Mapping) or spec is None:
        message = _("Each flow of a document needs a key, names and an object that the organization uses.")
        raise Invalid([FieldError(key, "bad_document", message)])
    known = Flow.objects.filter(key=key).first()
    if known is not None and known.object_name != spec.name:
        message = _("The flow “%(key)s” belongs to another object here.") % {"key": key}
        raise Invalid([FieldError(key, "other_object", message)])
    names = Names(actor.organization)
    definition = read_definition(_renamed(actor.organization, spec, dict(entry), names.id_of, local_filter))
    if entry.get("active", True):
        refuse_if_wrong(errors_in(actor.organization, spec, definition))
    return definition


def _renamed(organization: Organization, spec: ObjectSpec, document: Json, rename: Rename, filtered: Filtered) -> Json:
    """Return a document in which people, and what conditions and values point to, are renamed."""

    def people(texts: Sequence[str]) -> list[str]:
        return [rename(PERSON, text) for text in texts]

    def condition(tree: Any) -> Json:
        return filtered(organization, spec, tree) if tree else {}

    def values(given: Mapping[str, Any]) -> Json:
        return {name: _value(spec, name, value, rename) for name, value in given.items()}

    steps = [
        {
            **step,
            "condition": condition(step.get("condition")),
            "copies": people(step.get("copies", ())),
            "approvers": [{**entry, "people": people(entry.get("people", ()))} for entry in step.get("approvers", ())],
        }
        for step in document.get("steps", ())
    ]
    start = dict(document.get("start") or {})
    return {
        **document,
        "steps": steps,
        "start": {**start, "condition": condition(start.get("condition"))},
        "gate": condition(document.get("gate")),
        "on_agreed": values(document.get("on_agreed") or {}),
        "on_refused": values(document.get("on_refused") or {}),
        "copies": people(document.get("copies", ())),
    }


def _value(spec: ObjectSpec, name: str, value: Any, rename: Rename) -> Any:
    target = getattr(getattr(spec.all_fields.get(name), "kind", None), "target", "")
    return rename(target, value) if target and isinstance(value, str) else value
