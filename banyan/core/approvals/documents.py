"""Flows as documents: plain values with stable keys and no ids, to be kept in a file and carried to another organization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.approvals.checking import errors_in
from banyan.core.approvals.definitions import Definition, Json, read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, refuse_if_wrong, rename_flow, save_draft, switch_flow
from banyan.core.approvals.models import DepartmentHead, Flow
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import specs_on
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


def as_document(organization: Organization) -> list[Json]:
    """Return the flows of an organization; people stand in it by their e-mail addresses."""
    flows = list(Flow.objects.all())
    addresses = _addresses(flows)
    return [
        {
            "key": flow.key,
            "object": flow.object_name,
            "names": flow.names,
            "is_active": flow.is_active,
            **_with_people(read_definition(flow.draft).written(), lambda text: addresses.get(text, text)),
        }
        for flow in flows
    ]


@transaction.atomic
def from_document(actor: Actor, entries: Sequence[Mapping[str, Any]]) -> list[Flow]:
    """Make the flows of a document, or change those of the same keys; others stay.

    Raises ``Invalid`` with everything that is wrong, before anything changes; ``NotAllowed`` without the right to
    customise.
    """
    require_ability(actor, Ability.CUSTOMISE)
    drawn = [(entry, _definition(actor, entry)) for entry in entries]
    made = []
    for entry, definition in drawn:
        flow = Flow.objects.filter(key=entry["key"]).first()
        if flow is None:
            flow = create_flow(actor, specs_on(actor.organization)[entry["object"]], entry["names"])
            Flow.objects.filter(pk=flow.pk).update(key=entry["key"])
        elif flow.names != entry["names"]:
            rename_flow(actor, flow.pk, entry["names"])
        save_draft(actor, flow.pk, **{name: getattr(definition, name) for name in PARTS})
        if entry.get("is_active", True):
            publish_flow(actor, flow.pk)
        elif flow.version:
            switch_flow(actor, flow.pk, active=False)
        made.append(Flow.objects.get(pk=flow.pk))
    return made


def heads_as_document(organization: Organization) -> dict[str, str]:
    """Return who leads departments: the departments' names with the people's e-mail addresses."""
    rows = DepartmentHead.objects.select_related("department", "user")
    return {row.department.name: row.user.email for row in rows}


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
    ids = {user.email: str(user.pk) for user in User.objects.filter(email__in=_people_in(entry))}
    definition = read_definition(_with_people(dict(entry), lambda text: ids.get(text, text)))
    if entry.get("is_active", True):
        refuse_if_wrong(errors_in(actor.organization, spec, definition))
    return definition


def _addresses(flows: Sequence[Flow]) -> dict[str, str]:
    ids = {pk for flow in flows for text in _people_in(flow.draft) if (pk := parse_id(text)) is not None}
    return {str(pk): email for pk, email in User.objects.filter(pk__in=ids).values_list("pk", "email")}


def _people_in(document: Mapping[str, Any]) -> set[str]:
    found = set(document.get("copies", ()))
    for step in document.get("steps", ()):
        found.update(step.get("copies", ()))
        for entry in step.get("approvers", ()):
            found.update(entry.get("people", ()))
    return found


def _with_people(document: Json, write: Any) -> Json:
    steps = [
        {
            **step,
            "copies": [write(text) for text in step.get("copies", ())],
            "approvers": [
                {**entry, "people": [write(text) for text in entry.get("people", ())]}
                for entry in step.get("approvers", ())
            ],
        }
        for step in document.get("steps", ())
    ]
    return {**document, "steps": steps, "copies": [write(text) for text in document.get("copies", ())]}
