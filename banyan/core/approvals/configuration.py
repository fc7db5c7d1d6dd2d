"""Approval flows and heads of departments as parts of the configuration file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.approvals.choices import (
    Afterwards,
    ApproverKind,
    CommentRule,
    Mode,
    Starters,
    Taken,
    WhenEmpty,
    WhenLate,
    WhenStarter,
    Withdrawing,
)
from banyan.core.approvals.definitions import EVERY_FIELD, MOST_HOURS, MOST_LEVELS
from banyan.core.approvals.documents import as_document, from_document
from banyan.core.approvals.flows import delete_flow, set_heads, switch_flow
from banyan.core.approvals.models import DepartmentHead, Flow
from banyan.core.identity.models import Department
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Properties, Property, Table, Text, Words
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.listing.portable import PERSON, Names, tree_paths
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.tenancy.models import Organization


def apply_flow(actor: Actor, change: Change) -> None:
    """Create, change or delete a flow as a file says."""
    if change.is_removal:
        flow = Flow.objects.filter(key=change.key).first()
        if flow is not None:
            _take_away(actor, flow)
        return
    values = change.values()
    names = values["names"]
    both = {"zh": names, "en": names} if isinstance(names, str) else dict(names)
    from_document(actor, [{**values, "key": change.key, "names": both}])


def _take_away(actor: Actor, flow: Flow) -> None:
    """Delete a flow; one by which something was decided stays with what it decided, and is switched off."""
    try:
        delete_flow(actor, flow.pk)
    except Refused:
        switch_flow(actor, flow.pk, active=False)


def read_heads(organization: Organization) -> list[dict[str, Any]]:
    """Return who leads departments, by the departments' paths."""
    paths = tree_paths(Department)
    rows = DepartmentHead.objects.select_related("user")
    return [{KEY: paths[row.department_id], "head": row.user.email} for row in rows if row.department_id in paths]


def apply_head(actor: Actor, change: Change) -> None:
    """Say who leads a department as a file says."""
    department_id = next((pk for pk, path in tree_paths(Department).items() if path == change.key), None)
    if department_id is None:
        message = _("There is no department “%(name)s”.") % {"name": change.key}
        raise Invalid([FieldError(KEY, "unknown_record", message)])
    head = None if change.is_removal else Names(actor.organization).id_of(PERSON, change.values()["head"])
    set_heads(actor, {department_id: uuid.UUID(head) if head else None})


def _choice(values: Iterable[str], label: Any, default: str) -> Property:
    return Property(Text(tuple(values)), label, default=str(default))


def _flag(label: Any, *, default: bool = False) -> Property:
    return Property(Flag(), label, default=default)


def _people(label: Any) -> Property:
    return Property(Items(Text()), label, gettext_lazy("E-mail addresses."), default=[])


APPROVERS = Properties(
    {
        "kind": Property(Text(tuple(ApproverKind.values)), gettext_lazy("How they are found"), needed=True),
        "people": _people(gettext_lazy("Certain people")),
        "role": Property(Text(), gettext_lazy("Everybody with a role"), gettext_lazy("The role's key."), default=""),
        "level": Property(Number(least=1, most=MOST_LEVELS), gettext_lazy("Distance of a superior"), default=1),
        "field": Property(Text(), gettext_lazy("The person in a field of the record"), default=""),
    }
)
STEP = Properties(
    {
        "key": Property(Text(may_be_empty=False), pgettext_lazy("flow", "Key"), needed=True),
        "names": Property(Words(), gettext_lazy("Name"), default={}),
        "taken": _choice(Taken.values, gettext_lazy("When the step is taken"), Taken.ALWAYS),
        "condition": Property(Filter(), gettext_lazy("Condition of the step"), default={}),
        "parallel": _flag(gettext_lazy("Runs at the same time as the step before it")),
        "approvers": Property(Items(APPROVERS), gettext_lazy("Who decides"), needed=True),
        "mode": _choice(Mode.values, gettext_lazy("If there are several"), Mode.ALL),
        "ratio": Property(Number(least=1, most=100), gettext_lazy("Share in percent"), default=50),
        "when_empty": _choice(WhenEmpty.values, gettext_lazy("If nobody is found"), WhenEmpty.ADMINISTRATORS),
        "when_starter": _choice(
            WhenStarter.values, gettext_lazy("If an approver is who started it"), WhenStarter.SUPERIOR
        ),
        "hours": Property(Number(least=0, most=MOST_HOURS), gettext_lazy("Time for the step, in hours"), default=0),
        "remind_before": Property(
            Number(least=0, most=MOST_HOURS), gettext_lazy("Remind so many hours before the end"), default=0
        ),
        "when_late": _choice(WhenLate.values, gettext_lazy("When the time is over"), WhenLate.REMIND),
        "comment": _choice(CommentRule.values, gettext_lazy("A comment is needed"), CommentRule.REFUSING),
        "signature": _flag(gettext_lazy("Agreeing is signed with the own name")),
        "copies": _people(gettext_lazy("Copies to")),
    }
)
START = Properties(
    {
        "starters": _choice(Starters.values, gettext_lazy("Who may start it by hand"), Starters.EDITORS),
        "roles": Property(Items(Text()), gettext_lazy("Roles"), default=[]),
        "condition": Property(Filter(), gettext_lazy("For which records"), default={}),
        "by_itself": _flag(gettext_lazy("Starts by itself")),
        "reason_needed": _flag(gettext_lazy("Who starts it has to say what it is about")),
    }
)
LOCK = Properties(
    {
        "fields": Property(Items(Text()), gettext_lazy("Locked fields"), default=[EVERY_FIELD]),
        "afterwards": _choice(Afterwards.values, gettext_lazy("Once it was agreed to"), Afterwards.FREE),
    }
)


def register() -> None:
    """Make flows and heads of departments known to the configuration file."""
    values = Table()
    register_part(
        ConfigurationPart(
            name="approval_flows",
            label=gettext_lazy("Approval flows"),
            properties={
                "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
                "names": Property(Words(), gettext_lazy("Name"), needed=True),
                "active": _flag(gettext_lazy("In force"), default=True),
                "steps": Property(Items(STEP, key="key"), gettext_lazy("Steps"), default=[]),
                "start": Property(START, gettext_lazy("How it starts"), default=START.normal({})),
                "lock": Property(LOCK, gettext_lazy("What is locked"), default=LOCK.normal({})),
                "gate": Property(Filter(), gettext_lazy("Not without approval"), default={}),
                "on_agreed": Property(values, gettext_lazy("Values when it is agreed to"), default={}),
                "on_refused": Property(values, gettext_lazy("Values when it is refused"), default={}),
                "copies": _people(gettext_lazy("Copies to")),
                "withdrawing": _choice(
                    Withdrawing.values, gettext_lazy("Who started it may withdraw it"), Withdrawing.ALWAYS
                ),
                "own": _flag(gettext_lazy("Who started it may decide about it where a step allows that")),
                "repeated": _flag(gettext_lazy("Who has agreed in an earlier step is asked again"), default=True),
                "mail": _flag(gettext_lazy("Ask approvers by e-mail as well"), default=True),
            },
            read=as_document,
            apply=apply_flow,
            after=("objects", "fields", "pick_lists", "roles", "departments", "pipelines", "stages"),
            title=_title,
        )
    )
    register_part(
        ConfigurationPart(
            name="department_heads",
            label=gettext_lazy("Heads of departments"),
            key_help=gettext_lazy("the path of the department"),
            properties={
                "head": Property(Text(), pgettext_lazy("flow", "Head"), gettext_lazy("An e-mail address."), needed=True)
            },
            read=read_heads,
            apply=apply_head,
            after=("departments",),
        )
    )


def _title(entry: Mapping[str, Any]) -> Any:
    names = entry.get("names", "")
    return names if isinstance(names, str) else next((text for text in names.values() if text), "")
