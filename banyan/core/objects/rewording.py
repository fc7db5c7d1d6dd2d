"""Calling built-in objects and fields by the organization's own words."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.document_shapes import LANGUAGES
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.models import Wording
from banyan.core.objects.registry import forget, objects
from banyan.core.objects.spec import Field, ObjectSpec

SUBJECT = "wording"
LONGEST_WORD = 60


@transaction.atomic
def set_words(
    actor: Actor, object_name: str, field_name: str, labels: Mapping[str, str], plural: Mapping[str, str]
) -> None:
    """Call a built-in object, or one of its fields, by other words; by the product's own again when none are given.

    Raises ``NotAllowed``, ``Missing`` when there is no such thing, ``Invalid`` when a word is too long.
    """
    require_ability(actor, Ability.CUSTOMISE)
    require_known(object_name, field_name)
    wanted = {"labels": _clean(labels, "label"), "labels_plural": _clean(plural, "label_plural")}
    row = Wording.objects.filter(object_name=object_name, field_name=field_name).first()
    before = {"labels": row.labels, "labels_plural": row.labels_plural} if row else {"labels": {}, "labels_plural": {}}
    if before == wanted:
        return
    if not any(wanted.values()):
        Wording.objects.filter(object_name=object_name, field_name=field_name).delete()
    else:
        Wording.objects.update_or_create(
            object_name=object_name, field_name=field_name, defaults=wanted,
            create_defaults={**wanted, "organization": actor.organization},
        )  # fmt: skip
    forget(actor.organization)
    subject = row.pk if row else actor.organization_id
    told = {"name": (None, f"{object_name}.{field_name}".rstrip(".")), **difference(before, wanted)}
    tell_setup_changed(actor, SUBJECT, subject, "update", values=told)


def require_known(object_name: str, field_name: str) -> None:
    """Raise ``Missing`` unless there is such a built-in object and field."""
    spec = objects.get(object_name)
    if spec is None:
        raise Missing("not_found", _("There is no built-in object “%(name)s”.") % {"name": object_name[:60]})
    if field_name and field_name not in reworded_fields(spec):
        message = _("There is no field “%(name)s” here.") % {"name": field_name[:60]}
        raise Missing("not_found", message)


def reworded_fields(spec: ObjectSpec) -> dict[str, Field]:
    """Return the fields of a built-in object that can be called by other words: those that forms have."""
    return {name: entry for name, entry in spec.writable_fields.items() if name != "owner"}


def _clean(words: Mapping[str, str], place: str) -> dict[str, str]:
    found = {name: clean_text(str(words.get(name) or "")) for name in LANGUAGES}
    if any(len(text) > LONGEST_WORD for text in found.values()):
        message = _("At most %(longest)d characters.") % {"longest": LONGEST_WORD}
        raise Invalid([FieldError(place, "too_long", message)])
    return {name: text for name, text in found.items() if text}
