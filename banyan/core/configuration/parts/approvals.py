"""Approval flows, as their room writes them: people by e-mail address, roles by key."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.approvals.documents import PARTS, as_document, from_document
from banyan.core.approvals.flows import delete_flow, switch_flow
from banyan.core.approvals.models import Flow
from banyan.core.kernel.document_shapes import Flag, Property, Shape, Text, Words
from banyan.core.kernel.errors import Refused
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization

NAMES = {"names": "name", "is_active": "active"}


def _read(organization: Organization) -> list[dict[str, Any]]:
    entries = as_document(organization)
    return [{NAMES.get(name, name): value for name, value in entry.items()} for entry in entries]


def _apply(actor: Actor, change: Change) -> None:
    flow = Flow.objects.filter(key=change.key).first()
    if not change.is_removal:
        entry = change.values()
        given = {name: entry[name] for name in PARTS if entry[name] is not None}
        told = {KEY: change.key, "object": entry["object"], "names": entry["name"], "is_active": entry["active"]}
        from_document(actor, [{**told, **given}])
    elif flow is not None:
        try:
            delete_flow(actor, flow.pk)
        except Refused:
            # Something was decided by it: what it decided stays, and so does the flow, switched off.
            switch_flow(actor, flow.pk, active=False)


APPROVALS_PART = ConfigurationPart(
    name="approval_flows",
    label=gettext_lazy("Approval flows"),
    key_help=gettext_lazy("the key"),
    help=gettext_lazy("A flow by which something was decided is switched off instead of removed."),
    properties={
        "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
        "name": Property(Words(), gettext_lazy("Name"), needed=True),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
        **{name: Property(Shape(), name) for name in PARTS},
    },
    read=_read,
    apply=_apply,
    after=("fields", "pick_lists", "roles", "departments", "posts", "levels"),
    title=lambda entry: str(Translated(entry["name"], entry[KEY])),
    is_gone=lambda entry: not entry["active"],
)
