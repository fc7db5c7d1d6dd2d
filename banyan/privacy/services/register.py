"""The register of processing (个人信息处理活动记录, article 30 of the GDPR): made from what the product knows, with notes of people."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.audit.notes import note
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Missing
from banyan.core.objects.columns import SealableColumn
from banyan.core.objects.kinds import (
    Address,
    BankAccount,
    ContactPoints,
    Date,
    Email,
    IdentityNumber,
    Link,
    Person,
    PersonName,
    Phone,
    Reference,
)
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.transfer.formulas import escaped
from banyan.privacy.models import LIVE, ProcessingNote, Purpose, RetentionRule
from banyan.privacy.references import person_kinds

REGISTERED = "privacy.register_exported"
NOTE = "processing_note"
NOTES = ("purposes", "recipients", "abroad", "remarks")
_TELLING = (Phone, Email, ContactPoints, Address, IdentityNumber, BankAccount, PersonName)


@dataclass(frozen=True)
class RegisteredField:
    """A field with personal data: whether it is encrypted, and whether it is personal without doubt (sensitive)."""

    label: str
    kind: str
    is_encrypted: bool
    is_sensitive: bool


@dataclass(frozen=True)
class Processing:
    """What is processed of people in one object, by whom and how long; the notes are what people wrote."""

    name: str
    label: str
    is_person: bool
    fields: Sequence[RegisteredField]
    records: int
    viewers: Sequence[str]
    exporters: Sequence[str]
    retention: Sequence[str]
    notes: dict[str, str]


def register_of(actor: Actor) -> list[Processing]:
    """Return the register: objects of people, those with personal fields, and those that point to people.

    Raises ``NotAllowed``.
    """
    require_ability(actor, Ability.MANAGE_PRIVACY)
    notes = {row.object_name: row for row in ProcessingNote.objects.all()}
    roles = list(Role.objects.order_by("position", "name"))
    rules: dict[str, list[str]] = {}
    for rule in RetentionRule.objects.filter(is_active=True):
        words = _("%(action)s after %(count)s months") % {"action": rule.get_action_display(), "count": rule.months}
        rules.setdefault(rule.object_name, []).append(f"{rule.name}: {words}")
    return [
        Processing(
            name=spec.name,
            label=str(spec.label_plural),
            is_person=spec.name in person_kinds,
            fields=[_registered(entry) for entry in _personal_fields(spec)],
            records=spec.model._default_manager.filter(LIVE).count(),  # noqa: SLF001 Django's own name for it
            viewers=_roles_with(roles, spec.name, Action.VIEW),
            exporters=_roles_with(roles, spec.name, Action.EXPORT),
            retention=rules.get(spec.name, []),
            notes={name: getattr(notes[spec.name], name) if spec.name in notes else "" for name in NOTES},
        )
        for spec in specs_on(actor.organization).values()
        if not spec.is_setting and (spec.name in person_kinds or _personal_fields(spec) or _points_to_people(spec))
    ]


def _personal_fields(spec: ObjectSpec) -> list[Field]:
    is_person = spec.name in person_kinds
    return [
        entry
        for entry in spec.all_fields.values()
        if isinstance(entry.kind, _TELLING)
        or entry.is_sealed
        or _may_be_sealed(spec, entry)
        or (is_person and (entry.name == spec.title or (isinstance(entry.kind, Date) and not entry.read_only)))
    ]


def _may_be_sealed(spec: ObjectSpec, entry: Field) -> bool:
    """Say whether a built-in field is one of those that are worth encrypting, such as an account of a messenger."""
    if entry.source == CUSTOM:
        return entry.kind.is_personal
    return isinstance(spec.model._meta.get_field(entry.attribute), SealableColumn)  # noqa: SLF001 as above


def _points_to_people(spec: ObjectSpec) -> bool:
    for entry in spec.all_fields.values():
        if isinstance(entry.kind, Reference):
            return True
        if isinstance(entry.kind, Link) and not isinstance(entry.kind, Person) and entry.kind.target in person_kinds:
            return True
    return False


def _registered(entry: Field) -> RegisteredField:
    label = f"{entry.label} ({_('own field')})" if entry.source == CUSTOM else str(entry.label)
    return RegisteredField(label, str(entry.kind.label), entry.sensitive, entry.kind.is_personal)


def _roles_with(roles: Iterable[Role], object_name: str, action: Action) -> list[str]:
    """Return the roles that give a right on an object; what else they demand is on their own page."""
    found = []
    for role in roles:
        granted = role.grants.get(object_name) or role.grants.get("*") or {}
        if granted.get(action.value, Scope.NONE.key) != Scope.NONE.key:
            found.append(role.name)
    return found


@transaction.atomic
def save_notes(actor: Actor, object_name: str, values: dict[str, str]) -> None:
    """Write what people have to add about an object. Raises ``NotAllowed`` or ``Missing``."""
    require_ability(actor, Ability.MANAGE_PRIVACY)
    if object_name not in specs_on(actor.organization):
        raise Missing("not_found", _("There is no such object."))
    row = ProcessingNote.objects.filter(object_name=object_name).first()
    row = row or ProcessingNote(organization_id=actor.organization_id, object_name=object_name)
    changed = {name: (getattr(row, name), values[name]) for name in NOTES if getattr(row, name) != values[name]}
    for name in NOTES:
        setattr(row, name, values[name])
    row.save()
    tell_setup_changed(actor, NOTE, row.pk, "update", values=changed)


def purposes_in_words() -> list[str]:
    """Return the purposes in use with their legal basis."""
    rows = Purpose.objects.filter(LIVE, is_active=True).order_by("position", "name")
    return [f"{row.name}: {row.get_basis_display()}" for row in rows]


def as_workbook(actor: Actor) -> bytes:
    """Return the register as an XLSX file, one line for each object; the audit log keeps that it was taken."""
    headings = (
        _("Object"), _("Personal data"), _("Encrypted"), _("Records"), _("Purposes"), _("May be seen by"), _("May be exported by"),
        _("Recipients"), _("Transfer abroad"), _("Retention"), _("Remarks"),
    )  # fmt: skip
    general = "; ".join(purposes_in_words())
    target = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, headings, bold)
        sheet.set_column(0, len(headings) - 1, 28)
        for number, entry in enumerate(register_of(actor), 1):
            for place, value in enumerate(_line(entry, general)):
                _write(sheet, number, place, value, wrapped)
    note(actor, REGISTERED)
    return target.getvalue()


def _line(entry: Processing, general: str) -> tuple[Any, ...]:
    return (
        entry.label,
        ", ".join(field.label for field in entry.fields),
        ", ".join(field.label for field in entry.fields if field.is_encrypted),
        entry.records,
        entry.notes["purposes"] or general,
        ", ".join(entry.viewers),
        ", ".join(entry.exporters),
        entry.notes["recipients"],
        entry.notes["abroad"],
        "; ".join(entry.retention),
        entry.notes["remarks"],
    )


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, int):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, escaped(value), style)
