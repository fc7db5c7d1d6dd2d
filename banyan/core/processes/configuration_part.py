"""Processes in a configuration file: stages by code or name, people by address, roles by key, departments by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.models import GranteeKind
from banyan.core.access.sharing import GRANTEES
from banyan.core.identity.models import Role
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Properties, Property, Text, Words
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.portable import DEPARTMENT, PERSON, Names, local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.processes.active import said
from banyan.core.processes.models import Process
from banyan.core.processes.rules import Definition, Handover, Outcome, WorkingTime, from_json, to_json, usual_moves
from banyan.core.processes.services import (
    NewProcess,
    change_draft,
    create_process,
    delete_process,
    draft_of,
    publish,
    rename,
    switch,
)
from banyan.core.tenancy.models import Organization

NAMES = Items(Text(longest=300))
CHECK = Properties(
    {
        "filter": Property(Filter(), gettext_lazy("Condition"), needed=True),
        "messages": Property(Words(), gettext_lazy("Message"), needed=True),
    }
)
GATE = Properties(
    {
        "checks": Property(Items(CHECK), gettext_lazy("Conditions"), default=[]),
        "fields": Property(NAMES, gettext_lazy("Fields needed"), default=[]),
        "file": Property(Flag(), gettext_lazy("A file must be attached"), default=False),
    }
)
WORD = {"key": Property(Text(longest=40), "key", needed=True), "labels": Property(Words(), gettext_lazy("Label"))}
ITEM = Properties({**WORD, "needed": Property(Flag(), gettext_lazy("Must be ticked"), default=True)})
GRANTEE = Properties(
    {
        "kind": Property(Text(tuple(GranteeKind.values)), gettext_lazy("Kind"), needed=True),
        "id": Property(Text(), gettext_lazy("Key of a role, path of a department, e-mail address"), needed=True),
    }
)
RECEIVER = Properties(
    {
        "kind": Property(Text(tuple(str(kind) for kind in Handover)), gettext_lazy("Kind"), default=""),
        "id": Property(Text(), gettext_lazy("Key of a role, path of a department, e-mail address"), default=""),
    }
)
MOVERS = Properties(
    {
        "owner": Property(Flag(), gettext_lazy("The owner"), default=False),
        "grantees": Property(Items(GRANTEE), gettext_lazy("Others"), default=[]),
    }
)
LIMIT = Properties(
    {
        "hours": Property(Number(least=0, most=8760), gettext_lazy("At most, in hours"), default=0),
        "remind": Property(Number(least=0, most=8760), gettext_lazy("Remind so many hours before"), default=0),
        "superior": Property(Flag(), gettext_lazy("Tell the superior"), default=True),
        "receiver": Property(RECEIVER, gettext_lazy("Who gets it then"), default=RECEIVER.normal({})),
    }
)
STAGE = Properties(
    {
        "key": Property(Text(longest=300), gettext_lazy("The value: a code, or the name of a record"), needed=True),
        "outcome": Property(Text(tuple(str(outcome) for outcome in Outcome)), gettext_lazy("Meaning"), default=""),
        "starts": Property(Flag(), gettext_lazy("Records begin here"), default=False),
        "moves": Property(NAMES, gettext_lazy("Moves on to"), default=[]),
        "entry": Property(GATE, gettext_lazy("To come in"), default=GATE.normal({})),
        "exit": Property(GATE, gettext_lazy("Before going on"), default=GATE.normal({})),
        "checklist": Property(Items(ITEM, key="key"), gettext_lazy("Checklist"), default=[]),
        "movers": Property(MOVERS, gettext_lazy("Who may move it on"), default=MOVERS.normal({})),
        "handover": Property(RECEIVER, gettext_lazy("Who gets the record"), default=RECEIVER.normal({})),
        "limit": Property(LIMIT, gettext_lazy("Time limit"), default=LIMIT.normal({})),
        "reasons": Property(Items(Properties(WORD), key="key"), gettext_lazy("Reasons to choose from"), default=[]),
        "needs_comment": Property(Flag(), gettext_lazy("Coming here needs a comment"), default=False),
    }
)
WORKING = Properties(
    {
        "days": Property(Items(Number(least=1, most=7)), gettext_lazy("Working days"), needed=True),
        "begins": Property(Text(longest=5), gettext_lazy("Work begins"), needed=True),
        "ends": Property(Text(longest=5), gettext_lazy("Work ends"), needed=True),
    }
)


def read_processes(organization: Organization) -> list[dict[str, Any]]:
    """Return the processes of an organization without ids: what is in force, else the draft."""
    specs = specs_for(organization)
    names = Names(organization)
    found = []
    for row in Process.objects.select_related("organization").order_by("object_name", "position", "created_at"):
        spec = specs.get(row.object_name)
        entry = spec.all_fields.get(row.field_name) if spec is not None else None
        if spec is None or entry is None:
            continue
        stored = to_json(from_json(row.definition) if row.is_active else draft_of(row))
        found.append(
            {
                KEY: row.key,
                "object": row.object_name,
                "field": row.field_name,
                "name": dict(row.labels),
                "condition": portable_filter(organization, spec, row.condition),
                "position": row.position,
                "active": row.is_active,
                "back_needs_reason": stored["back_needs_reason"],
                "working": _plain(stored["working"]),
                "stages": [_written(organization, spec, entry, names, stage) for stage in stored["stages"]],
            }
        )
    return found


def apply_process(actor: Actor, change: Change) -> None:
    """Make a process what the file says, in force if it says so; raise what the services raise."""
    row = Process.objects.select_related("organization").filter(key=change.key).first()
    if change.is_removal:
        if row is not None:
            delete_process(actor, row)
        return
    wanted = change.values()
    spec, entry = _place(actor.organization, wanted)
    definition = _definition(actor.organization, spec, entry, wanted)
    condition = local_filter(actor.organization, spec, wanted["condition"])
    if row is None:
        new = NewProcess(spec.name, entry.name, wanted["name"], condition, definition, change.key)
        row = create_process(actor, new)
    else:
        rename(actor, row, labels=wanted["name"], condition=condition)
        change_draft(actor, row, definition)
    if wanted["position"] is not None and row.position != wanted["position"]:
        row.position = wanted["position"]
        row.save(update_fields=["position"])
    if not wanted["active"]:
        if row.is_active:
            switch(actor, row, on=False)
    elif row.draft is not None or not row.version:
        publish(actor, row)
    else:
        switch(actor, row, on=True)


def _place(organization: Organization, wanted: Mapping[str, Any]) -> tuple[ObjectSpec, Field]:
    spec = specs_for(organization).get(wanted["object"])
    entry = spec.all_fields.get(wanted["field"]) if spec is not None else None
    if spec is None or entry is None:
        message = _("There is no field “%(field)s” of “%(object)s”.")
        raise Invalid(
            [FieldError("field", "unknown_field", message % {"field": wanted["field"], "object": wanted["object"]})]
        )
    return spec, entry


def _definition(organization: Organization, spec: ObjectSpec, entry: Field, wanted: Mapping[str, Any]) -> Definition:
    names = Names(organization)
    working = wanted["working"]
    stages = [_read(organization, spec, entry, names, stage) for stage in wanted["stages"]]
    stored = from_json({"stages": stages, "back_needs_reason": wanted["back_needs_reason"]})
    times = WorkingTime(tuple(working["days"]), working["begins"], working["ends"]) if working else None
    definition = Definition(stored.stages, stored.back_needs_reason, times)
    # A file need not say what goes without saying: to the next stage, one back, and to every end.
    return definition if any(stage.moves for stage in stored.stages) else usual_moves(definition)


def _written(
    organization: Organization, spec: ObjectSpec, entry: Field, names: Names, stage: Mapping[str, Any]
) -> dict[str, Any]:
    found = _plain(stage)
    found["key"] = _name_of_stage(entry, names, stage["key"])
    found["moves"] = [_name_of_stage(entry, names, key) for key in stage["moves"]]
    for gate in ("entry", "exit"):
        for check in found[gate]["checks"]:
            check["filter"] = portable_filter(organization, spec, check["filter"])
    found["movers"]["grantees"] = [_named(names, grantee) for grantee in found["movers"]["grantees"]]
    found["handover"] = _named(names, found["handover"])
    found["limit"]["receiver"] = _named(names, found["limit"]["receiver"])
    normal: dict[str, Any] = STAGE.normal(found)
    return {name: value for name, value in normal.items() if value != STAGE.properties[name].default}


def _read(
    organization: Organization, spec: ObjectSpec, entry: Field, names: Names, stage: Mapping[str, Any]
) -> dict[str, Any]:
    found = _plain(STAGE.normal(stage))
    found["key"] = _key_of_stage(entry, names, stage["key"])
    found["moves"] = [_key_of_stage(entry, names, name) for name in found["moves"]]
    for gate in ("entry", "exit"):
        for check in found[gate]["checks"]:
            check["filter"] = local_filter(organization, spec, check["filter"])
    found["movers"]["grantees"] = [_found(names, grantee) for grantee in found["movers"]["grantees"]]
    found["handover"] = _found(names, found["handover"])
    found["limit"]["receiver"] = _found(names, found["limit"]["receiver"])
    return found


def _name_of_stage(entry: Field, names: Names, key: str) -> str:
    target = getattr(entry.kind, "target", "")
    return names.name_of(target, key) if target else key


def _key_of_stage(entry: Field, names: Names, name: str) -> str:
    target = getattr(entry.kind, "target", "")
    return names.id_of(target, name) if target else name


def _named(names: Names, one: Mapping[str, str]) -> dict[str, str]:
    """Return a person, role or department with a name for its id."""
    kind, known = one["kind"], one["id"]
    found = parse_id(known)
    if found is None:
        return {"kind": kind, "id": known}
    if kind == Handover.ROLE:
        return {"kind": kind, "id": Role.objects.filter(pk=found).values_list("key", flat=True).first() or known}
    if kind in {Handover.PERSON, Handover.DEPARTMENT}:
        return {"kind": kind, "id": names.name_of(PERSON if kind == Handover.PERSON else DEPARTMENT, known)}
    model = GRANTEES[kind]._default_manager  # noqa: SLF001 Django's own name for it
    return {"kind": kind, "id": model.filter(pk=found).values_list("name", flat=True).first() or known}


def _found(names: Names, one: Mapping[str, str]) -> dict[str, str]:
    """Return a person, role or department with its id here; raise ``Invalid`` when it is not known."""
    kind, name = one["kind"], one["id"]
    if not name:
        return {"kind": kind, "id": ""}
    if kind in {Handover.PERSON, Handover.DEPARTMENT}:
        return {"kind": kind, "id": names.id_of(PERSON if kind == Handover.PERSON else DEPARTMENT, name)}
    column = "key" if kind == Handover.ROLE else "name"
    model = GRANTEES[kind]._default_manager  # noqa: SLF001 Django's own name for it
    found = model.filter(**{column: name}).values_list("pk", flat=True).first()
    if found is None:
        message = _("“%(name)s” is not known in this organization.") % {"name": name}
        raise Invalid([FieldError("stages", "unknown_record", message)])
    return {"kind": kind, "id": str(found)}


def _plain(value: Any) -> Any:
    """Return JSON's own containers, which may be changed."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


PART = ConfigurationPart(
    name="processes",
    label=gettext_lazy("Processes"),
    help=gettext_lazy("What is in force; of a process that is off, its draft."),
    key_help=gettext_lazy("a short word of small letters"),
    properties={
        "object": Property(Text(longest=40), gettext_lazy("Object"), needed=True, fixed=True),
        "field": Property(Text(longest=60), gettext_lazy("Field"), needed=True, fixed=True),
        "name": Property(Words(), gettext_lazy("Name"), needed=True),
        "condition": Property(Filter(), gettext_lazy("Which records"), default={}),
        "position": Property(Number(least=0), gettext_lazy("Position"), default=0),
        "active": Property(Flag(), gettext_lazy("In force"), default=True),
        "back_needs_reason": Property(Flag(), gettext_lazy("Moving back needs a comment"), default=False),
        "working": Property(WORKING, gettext_lazy("Working hours")),
        "stages": Property(Items(STAGE, key="key"), gettext_lazy("Stages, in order"), needed=True),
    },
    read=read_processes,
    apply=apply_process,
    after=("fields", "pick_lists", "roles", "departments", "posts", "levels", "pipelines", "stages"),
    title=lambda entry: said(entry.get("name") or {}),
)
