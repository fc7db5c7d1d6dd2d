"""Demo records of a template, as the configuration file has them: by object, each with a key of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.configuration.demo_records import (
    ITEM_KEY,
    MOST_RECORDS,
    change_demo_records,
    create_demo_records,
    delete_demo_records,
    live_demo_records,
    own_records_of,
    remember_demo_count,
)
from banyan.core.kernel.document_shapes import Items, Problem, Property, Table
from banyan.core.kernel.errors import Missing
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.models import Organization

DEMO_RECORDS = "demo_records"
RECORDS = "records"


def _read(organization: Organization) -> list[dict[str, Any]]:
    return [
        {KEY: name, RECORDS: [{ITEM_KEY: mark.key, **mark.values} for mark in marks]}
        for name, marks in live_demo_records(organization).items()
    ]


def _apply(actor: Actor, change: Change) -> None:
    spec = specs_for(actor.organization).get(change.key)
    if spec is None:
        raise Missing("not_found", _("There is no object “%(name)s”.") % {"name": change.key})
    before = {item[ITEM_KEY]: item for item in (change.before or {}).get(RECORDS) or ()}
    after = {item[ITEM_KEY]: item for item in (change.entry or {}).get(RECORDS) or ()}
    if gone := [key for key in before if key not in after]:
        delete_demo_records(actor, spec, gone)
    if new := [item for key, item in after.items() if key not in before]:
        create_demo_records(actor, spec, new)
    if other := [item for key, item in after.items() if key in before and before[key] != item]:
        change_demo_records(actor, spec, other)
    remember_demo_count(actor)


def _check(actor: Actor, changes: Sequence[Change]) -> Iterator[Problem]:
    """Demo records are never put among real ones."""
    arriving = [change.key for change in changes if not change.is_removal]
    for change in changes:
        if len((change.entry or {}).get(RECORDS) or ()) > MOST_RECORDS:
            words = {"most": MOST_RECORDS}
            yield Problem((change.key,), _("At most %(most)d demo records of one object.") % words, "too_many")
    own = own_records_of(actor.organization, arriving)
    if own:
        message = _(
            "There are records of your own already (%(objects)s). Demo records are never put among them: use a trial copy, or leave them out."
        )
        yield Problem((arriving[0],), message % {"objects": _(", ").join(own)}, "own_records")


def _title(entry: Mapping[str, Any]) -> str:
    from banyan.core.objects.registry import specs_here  # noqa: PLC0415 only pages ask

    spec = specs_here().get(entry[KEY])
    return str(spec.label_plural) if spec else str(entry[KEY])


DEMO_RECORDS_PART = ConfigurationPart(
    name=DEMO_RECORDS,
    label=gettext_lazy("Demo records"),
    help=gettext_lazy(
        "For trying things; taken away again with one click. Records name each other by their keys, days are counted from today: today+14, today-3 10:30."
    ),
    key_help=gettext_lazy("the name of the object, such as customer"),
    properties={
        RECORDS: Property(
            Items(Table(), key=ITEM_KEY), gettext_lazy("Records"), gettext_lazy("Values by the names of fields."), []
        ),
    },
    read=_read,
    apply=_apply,
    after=("objects", "fields", "pick_lists", "pipelines", "stages", "record_types", "territories", "currencies"),
    check=_check,
    title=_title,
    is_data=True,
)
