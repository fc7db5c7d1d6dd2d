"""Whether the facts are there that an exercise brings about: looked up in the records and settings themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from banyan.automation.public import count_enabled_rules
from banyan.core.access.actor import Actor
from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.roles import STARTING_ROLES
from banyan.core.business_rules.models import ValidationRule
from banyan.core.identity.models import Role, User
from banyan.core.listing.filters import live_rows
from banyan.core.listing.models import SavedView
from banyan.core.objects.kinds import USER, Choice, Link
from banyan.core.objects.models import CustomField
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.door import value_of
from banyan.core.records.models import Change, ChangeAction
from banyan.core.transfer.models import Import, ImportStatus
from banyan.supply.public import StockLevel, SupplierItem
from banyan.training.courses import candidates

#: Any value at all, where a check names no certain one.
ANYTHING = "*"
#: An organization for practising has a few dozen records; nobody fills it with more by hand.
MOST_ROWS = 2_000


@dataclass(frozen=True)
class Practice:
    """Where an exercise is done: by whom, within the scope of that organization, with the names of the course."""

    actor: Actor
    names: Mapping[str, Mapping[str, str]]

    def spec(self, name: str) -> ObjectSpec | None:
        """Return an object, or None when it is not in use."""
        return specs_on(self.actor.organization).get(name)


Fact = Callable[[Practice, Mapping[str, Any]], bool]


def holds(practice: Practice, kind: str, options: Mapping[str, Any]) -> bool:
    """Say whether the fact of a check is there."""
    return FACTS[kind](practice, options)


def _record(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether there are records with these values, as many as asked for."""
    return len(_matching(practice, options)) >= int(options.get("at_least", 1))


def _changed(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a field of a record was changed since it came."""
    records = [record.pk for record in _matching(practice, options)]
    changes = Change.objects.filter(record_id__in=records, action=ChangeAction.UPDATE)
    return any(options["field"] in change.values for change in changes)


def _restored(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a record was deleted and brought back."""
    records = [record.pk for record in _matching(practice, options)]
    return Change.objects.filter(record_id__in=records, action=ChangeAction.RESTORE).exists()


def _view(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether the learner has saved a view that filters."""
    rows = SavedView.objects.filter(object_name=options["object"], owner=practice.actor.user)
    wanted = options.get("field", "")
    return any(row.filter and (not wanted or f'"{wanted}"' in str(row.filter).replace("'", '"')) for row in rows)


def _imported(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a file has been imported."""
    rows = Import.objects.filter(object_name=options["object"], status=ImportStatus.DONE, is_dry_run=False)
    return any(row.created + row.updated >= int(options.get("at_least", 1)) for row in rows)


def _role_given(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a colleague has a role."""
    names = [name.casefold() for name in candidates(options["person"], practice.names)]
    held = User.objects.filter(roles__key=options["role"])
    return any(user.name.casefold() in names for user in held)


def _own_role(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether there is a role beyond those that the product brings along."""
    known = {role.key for role in STARTING_ROLES} | set(ready_roles.keys())
    known |= {str(key) for key in options.get("besides", ())}
    return Role.objects.exclude(key__in=known).exists()


def _own_field(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether an object has a field of one's own."""
    return CustomField.objects.filter(object_name=options["object"], is_active=True, removed_at=None).exists()


def _validation_rule(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a rule of one's own is in force for an object."""
    return ValidationRule.objects.filter(object_name=options["object"], is_active=True).exists()


def _automation(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a rule of the automation is switched on."""
    return count_enabled_rules() > 0


def _stocked(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether so much of a product is on hand, as somebody has counted."""
    names = [name.casefold() for name in candidates(options["product"], practice.names)]
    rows = StockLevel.objects.values_list("product__name", "on_hand")
    on_hand = sum((amount for name, amount in rows if name.casefold() in names), Decimal(0))
    return on_hand == Decimal(options["quantity"])


def _supplied(practice: Practice, options: Mapping[str, Any]) -> bool:
    """Say whether a supplier has its price for a product."""
    suppliers, products = (
        [name.casefold() for name in candidates(options[key], practice.names)] for key in ("supplier", "product")
    )
    rows = SupplierItem.objects.values_list("supplier__customer__name", "product__name", "price")
    wanted = Decimal(options["price"])
    return any(
        seller.casefold() in suppliers and name.casefold() in products and price == wanted
        for seller, name, price in rows
    )


FACTS: Mapping[str, Fact] = {
    "record": _record,
    "changed": _changed,
    "restored": _restored,
    "view": _view,
    "imported": _imported,
    "role_given": _role_given,
    "own_role": _own_role,
    "own_field": _own_field,
    "validation_rule": _validation_rule,
    "automation": _automation,
    "stocked": _stocked,
    "supplied": _supplied,
}


def _matching(practice: Practice, options: Mapping[str, Any]) -> list[Any]:
    """Return the records of an object that have the values of ``where``."""
    spec = practice.spec(options["object"])
    if spec is None:
        return []
    wanted = {name: candidates(value, practice.names) for name, value in options.get("where", {}).items()}
    return [
        record
        for record in live_rows(practice.actor, spec).order_by("-pk")[:MOST_ROWS]
        if all(_fits(practice, record, spec, name, values) for name, values in wanted.items())
    ]


def _fits(practice: Practice, record: Any, spec: ObjectSpec, name: str, wanted: list[str]) -> bool:
    entry = spec.all_fields[name]
    value = value_of(record, spec, name)
    if wanted == [ANYTHING]:
        return not entry.kind.is_empty(value)
    said = _said(practice, entry, value)
    return any(_same(said, one) for one in wanted)


def _said(practice: Practice, entry: Field, value: Any) -> str:
    """Return a value as a course names it: a linked record by its title, a choice by its code."""
    if value is None:
        return ""
    if isinstance(entry.kind, Link) and entry.kind.target == USER:
        return str(User.objects.filter(pk=value).values_list("name", flat=True).first() or "")
    if isinstance(entry.kind, Link):
        target = practice.spec(str(entry.kind.target))
        linked = target.model._default_manager.filter(pk=value).first() if target else None  # noqa: SLF001 Django's own name
        return str(value_of(linked, target, target.title)) if linked is not None and target is not None else ""
    return str(value) if not isinstance(entry.kind, Choice) else str(getattr(value, "value", value))


def _same(said: str, wanted: str) -> bool:
    if " ".join(said.split()).casefold() == " ".join(wanted.split()).casefold():
        return True
    try:
        return Decimal(said) == Decimal(wanted)
    except InvalidOperation:
        return False
