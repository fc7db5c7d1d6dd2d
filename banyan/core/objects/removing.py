"""Removing an organization's own fields: at first only from sight, after a while with all their values."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.objects.customising import CUSTOM_FIELD, find_custom_field
from banyan.core.objects.field_uses import Wanted, refuse_in_use
from banyan.core.objects.models import CustomField, PickList, SensitiveField
from banyan.core.objects.registry import forget, specs_for

#: So long a removed field can be brought back with its values.
KEPT = timedelta(days=30)
#: So that a field whose time is ended is past it on every clock.
MARGIN = timedelta(seconds=1)


@transaction.atomic
def remove_custom_field(actor: Actor, field_id: uuid.UUID) -> CustomField:
    """Take a field away everywhere; its values are kept for 30 days, in which it can be brought back.

    Raises ``NotAllowed``, ``Missing``, or ``Refused`` while something would break without it; the message says what.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_field(field_id)
    if row.is_active:
        refuse_in_use(specs_for(actor.organization), Wanted(row.object_name, row.name), label_of(row))
    row.is_active, row.is_indexed, row.removed_at = False, False, now()
    row.save()
    forget(actor.organization)
    values = {"name": (f"{row.object_name}.{row.name}", None), "is_active": (True, False)}
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "delete", values=values)
    return row


@transaction.atomic
def restore_custom_field(actor: Actor, field_id: uuid.UUID) -> CustomField:
    """Bring a removed field back, with the values that records had. Raises ``NotAllowed``, ``Missing`` or ``Refused``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_field(field_id)
    if row.removed_at is None:
        raise Refused("not_removed", _("This field has not been removed."))
    if is_given_up(row):
        raise Refused("being_erased", _("The values of this field are being erased. Make a new field instead."))
    row.is_active, row.removed_at = True, None
    row.save()
    forget(actor.organization)
    values = {"name": (None, f"{row.object_name}.{row.name}"), "is_active": (False, True)}
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "restore", values=values)
    return row


@transaction.atomic
def give_up_field(actor: Actor, field_id: uuid.UUID) -> CustomField:
    """Let the time of a removed field be over at once: its values are to be erased, and nothing brings it back.

    Raises ``NotAllowed``, ``Missing``, or ``Refused`` for a field that has not been removed.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_field(field_id)
    if row.removed_at is None:
        raise Refused("not_removed", _("This field has not been removed."))
    row.removed_at = min(row.removed_at, now() - KEPT - MARGIN)
    row.save(update_fields=["removed_at"])
    values = {"name": (f"{row.object_name}.{row.name}", None), "values": (_("kept"), None)}
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "delete", values=values)
    return row


def is_given_up(row: CustomField) -> bool:
    """Say whether the time of a removed field is over, so that its values are about to be erased."""
    until = erased_on(row)
    return until is not None and until < now()


def label_of(row: CustomField) -> str:
    """Return what a field is called in one of its languages, also when it is not in use."""
    return next((text for text in row.labels.values() if text), row.name)


def erased_on(row: CustomField) -> datetime | None:
    """Return when the values of a removed field go."""
    return row.removed_at + KEPT if row.removed_at is not None else None


def expired_fields() -> list[CustomField]:
    """Return the removed fields of the current organization whose time is over."""
    return list(CustomField.objects.filter(removed_at__lt=now() - KEPT))


@transaction.atomic
def forget_field(actor: Actor, row: CustomField) -> None:
    """Delete a field's definition, once no record has a value of it any more."""
    PickList.objects.filter(name=f"{row.object_name}.{row.name}").delete()
    SensitiveField.objects.filter(object_name=row.object_name, name=row.name).delete()
    row.delete()
    forget(actor.organization)
