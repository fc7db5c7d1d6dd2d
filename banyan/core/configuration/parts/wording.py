"""What the organization calls built-in objects and fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Problem, Property, Words
from banyan.core.kernel.errors import Missing
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.models import Wording
from banyan.core.objects.registry import objects
from banyan.core.objects.rewording import require_known, set_words
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization


def _read(_organization: Organization) -> list[dict[str, Any]]:
    return [
        {KEY: str(row), "label": row.labels, "label_plural": row.labels_plural}
        for row in Wording.objects.all()
        if row.object_name in objects
    ]


def _apply(actor: Actor, change: Change) -> None:
    object_name, _dot, field_name = change.key.partition(".")
    entry: Mapping[str, Any] = change.entry or {"label": {}, "label_plural": {}}
    set_words(actor, object_name, field_name, entry["label"], entry["label_plural"])


def _check(_actor: Actor, changes: Sequence[Change]) -> Iterator[Problem]:
    for change in changes:
        object_name, _dot, field_name = change.key.partition(".")
        try:
            require_known(object_name, field_name)
        except Missing as problem:
            yield Problem((change.key,), problem.message, problem.code)


WORDING_PART = ConfigurationPart(
    name="wording",
    label=gettext_lazy("Words"),
    help=gettext_lazy("What built-in objects and fields are called here, such as students instead of customers."),
    key_help=gettext_lazy("the name of an object, or object.field: customer, customer.level"),
    properties={
        "label": Property(Words(), gettext_lazy("Label"), needed=True),
        "label_plural": Property(Words(), gettext_lazy("Label of several"), default={}),
    },
    read=_read,
    apply=_apply,
    check=_check,
    title=lambda entry: str(Translated(entry["label"], entry[KEY])) if entry["label"] else entry[KEY],
)
