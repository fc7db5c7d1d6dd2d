"""Which fields an organization keeps encrypted, and switching that on and off while people work."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.columns import SealableColumn
from banyan.core.objects.customising import change_custom_field
from banyan.core.objects.field_uses import Wanted, refuse_in_use, uses_in_fields
from banyan.core.objects.models import CustomField, Sealing, SensitiveField
from banyan.core.objects.registry import custom_field, forget, specs_for, specs_here
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

SENSITIVE_FIELD = "sensitive_field"
ENCRYPTED = "is_encrypted"


def sealable(spec: ObjectSpec, entry: Field) -> bool:
    """Say whether a field's values can be encrypted: texts in own fields, and in columns that have the room."""
    if entry.read_only or entry.unique or entry.name == spec.title or not entry.kind.sealable:
        return False
    if entry.source == CUSTOM:
        return True
    return isinstance(spec.model._meta.get_field(entry.attribute), SealableColumn)  # noqa: SLF001 Django's own name


def is_sensitive(object_name: str, name: str) -> bool:
    """Say whether new values of a field are encrypted."""
    rows = SensitiveField.objects.filter(object_name=object_name, name=name)
    return rows.exclude(state=Sealing.OPENING).exists()


@transaction.atomic
def set_sensitive(actor: Actor, object_name: str, name: str, *, sensitive: bool) -> None:
    """Have a field's values encrypted from now on, or no more; those that exist follow in the background.

    Whoever may customise may encrypt; to decrypt takes the right to manage security. Nothing happens when the
    field is so already. Raises ``NotAllowed``, ``Missing``, or ``Invalid`` for a field that cannot be encrypted.
    """
    row = SensitiveField.objects.select_for_update().filter(object_name=object_name, name=name).first()
    before = row is not None and row.state != Sealing.OPENING
    if before == sensitive:
        return
    require_ability(actor, Ability.CUSTOMISE if sensitive else Ability.MANAGE_SECURITY)
    own = _require_sealable(object_name, name)
    if sensitive:
        _refuse_computed_from(actor, object_name, name)
    if sensitive and own is not None and own.is_indexed:
        # Its index would hold sealed values, which no comparison asks for.
        change_custom_field(actor, own.pk, is_indexed=False)
    row = row or SensitiveField(organization_id=actor.organization_id, object_name=object_name, name=name)
    row.state, row.changed_at = Sealing.SEALING if sensitive else Sealing.OPENING, now()
    row.save()
    forget(actor.organization)
    values = {"name": (None, f"{object_name}.{name}"), ENCRYPTED: (before, sensitive)}
    tell_setup_changed(actor, SENSITIVE_FIELD, row.pk, "update", values=values)


def _refuse_computed_from(actor: Actor, object_name: str, name: str) -> None:
    """Raise ``Refused`` while a formula or roll-up uses a field: it would keep in the clear what is to be encrypted."""
    specs = specs_for(actor.organization)
    label = specs[object_name].all_fields[name].label
    refuse_in_use(specs, Wanted(object_name, name), str(label), uses_in_fields(specs, Wanted(object_name, name)))


def finish_transition(row_id: uuid.UUID) -> None:
    """Note that no value of a field has the other form any more; whoever calls it has looked at all of them."""
    row = SensitiveField.objects.select_for_update().select_related("organization").filter(pk=row_id).first()
    if row is None:
        return
    if row.state == Sealing.OPENING:
        row.delete()
    else:
        row.state = Sealing.SEALED
        row.save(update_fields=["state"])
    forget(row.organization)


def _require_sealable(object_name: str, name: str) -> CustomField | None:
    """Return the row of an own field; raise ``Missing`` or ``Invalid`` when the field cannot be encrypted."""
    spec = specs_here().get(object_name)
    own = CustomField.objects.filter(object_name=object_name, name=name).first()
    entry = custom_field(own) if own else spec.all_fields.get(name) if spec else None
    if spec is None or entry is None:
        raise Missing("not_found", _("This field does not exist."))
    if own is not None and not own.is_active:
        message = _("Put the field in use first: values of fields that are not in use are left as they are.")
        raise Invalid([FieldError("sensitive", "not_in_use", message)])
    if not sealable(spec, entry):
        message = _("Values of this field cannot be encrypted.")
        raise Invalid([FieldError("sensitive", "not_sealable", message)])
    return own
