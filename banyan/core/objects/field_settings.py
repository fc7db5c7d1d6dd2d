"""The settings of an organization's own fields in normal form: limits, conditional choices, defaults, definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.objects.defining import (
    FORMULA_KINDS,
    LONGEST_FORMULA_TEXT,
    checked_formula,
    checked_numbering,
    checked_pattern,
    checked_rollup,
    rollup_kind,
    wrong,
)
from banyan.core.objects.definitions import NARROWED
from banyan.core.objects.kinds import Choice, Kind, MultipleChoice, Reading, Unacceptable, kinds
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.registry import custom_field, specs_for
from banyan.core.objects.spec import ObjectSpec

LONGEST_TEXT = 2_000
#: What administrators may set of a kind; the rest of its arguments is the product's own business.
LIMITS: dict[str, tuple[str, ...]] = {
    "text": ("minimum", "maximum", "pattern"),
    "long_text": ("maximum",),
    "integer": ("minimum", "maximum"),
    "decimal": ("minimum", "maximum", "decimals"),
    "money": ("minimum", "maximum"),
    "link": ("target",),
    "choice": ("open",),
    "multiple_choice": ("open",),
}
_EXAMPLES = 5


def checked_settings(
    actor: Actor, spec: ObjectSpec, kind_name: str, given: Mapping[str, Any], *, name: str = ""
) -> dict[str, Any]:
    """Return settings of a kind in normal form; an empty one is not set. Raises ``Invalid``."""
    found: dict[str, Any] = {}
    for key in LIMITS.get(kind_name, ()):
        if key in given:
            found[key] = _LIMITS[key](kind_name, given[key]) if given[key] not in (None, "") else _unset(kind_name, key)
    least, most = found.get("minimum"), found.get("maximum")
    if least not in (None, "") and most not in (None, "") and Decimal(least) > Decimal(most):
        raise wrong("maximum", "out_of_range", _("The greatest value must not be less than the least."))
    if NARROWED in given and kind_name in {Choice.name, MultipleChoice.name}:
        found[NARROWED] = _narrowed(spec, given[NARROWED] or {}, name)
    return found


def _unset(kind_name: str, key: str) -> Any:
    return kinds[kind_name].__dataclass_fields__[key].default


def _bound(kind_name: str, value: Any) -> Any:
    try:
        number = kinds["integer" if kind_name in {"text", "long_text"} else kind_name]().parse(value, Reading())
    except Unacceptable as problem:
        raise wrong("minimum", problem.code, problem.message) from None
    if kind_name in {"text", "long_text"} and not 0 <= number <= LONGEST_TEXT:
        message = _("A text can have at most %(most)d characters.") % {"most": LONGEST_TEXT}
        raise wrong("maximum", "out_of_range", message)
    return kinds["decimal"]().to_json(number) if isinstance(number, Decimal) else number


def _decimals(kind_name: str, value: Any) -> int:
    text = str(value)
    if not text.isdecimal() or int(text) > 6:
        raise wrong("decimals", "out_of_range", _("Between 0 and 6 decimals can be kept."))
    return int(text)


_LIMITS: dict[str, Callable[[str, Any], Any]] = {
    "minimum": _bound,
    "maximum": _bound,
    "decimals": _decimals,
    "pattern": lambda _kind_name, value: checked_pattern(str(value)),
    "target": lambda _kind_name, value: str(value),
    "open": lambda _kind_name, value: value is True or str(value).lower() == "true",
}


def _narrowed(spec: ObjectSpec, given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return which values go with each value of another choice; a value that is not named goes with all."""
    values = given.get("values") or {} if isinstance(given, dict) else None
    if not isinstance(values, dict) or not all(isinstance(allowed, list) for allowed in values.values()):
        raise wrong("narrowed_by", "bad_value", _("Write {by, values: {code: [codes]}}."))
    by = str(given.get("by") or "")
    if not by:
        return {}
    entry = spec.all_fields.get(by)
    if entry is None or not isinstance(entry.kind, Choice) or by == name:
        raise wrong("narrowed_by", "no_choice", _("Choose another field with a choice of one value."))
    if name and _is_narrowed_by(spec, by, name):
        message = _("“%(name)s” depends on this field already; it cannot be the other way round, too.")
        raise wrong("narrowed_by", "circular", message % {"name": entry.label})
    known = {option.code for option in entry.kind.options}
    return {"by": by, "values": {code: [str(v) for v in allowed] for code, allowed in values.items() if code in known}}


def _is_narrowed_by(spec: ObjectSpec, name: str, by: str) -> bool:
    """Say whether a choice depends on another, over others too."""
    pairs = {
        row.name: (row.settings.get(NARROWED) or {}).get("by", "")
        for row in CustomField.objects.filter(object_name=spec.name, is_active=True)
    }
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        name = pairs.get(name, "")
        if name == by:
            return True
    return False


def checked_default(actor: Actor, spec: ObjectSpec, row: CustomField, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what new records get in a field: a value as it is stored, or a formula; raise ``Invalid``."""
    if given.get("formula"):
        text = str(given["formula"])
        return {
            "formula": checked_formula(specs_for(actor.organization), spec, text, row.kind, parameter="default").text
        }
    kind = custom_field(row, None).kind
    value = given.get("value")
    if value in (None, "", []):
        return {}
    try:
        reading = Reading(language=actor.language, time_zone=actor.time_zone, currency=actor.currency)
        return {"value": kind.to_json(kind.parse(value, reading))}
    except Unacceptable as problem:
        raise wrong("default", problem.code, problem.message) from None


def define(actor: Actor, spec: ObjectSpec, row: CustomField, given: Mapping[str, Any]) -> None:
    """Give a computed field its definition, and the kind and settings that follow from it; raise ``Invalid``."""
    specs = specs_for(actor.organization)
    if row.computed == Computed.FORMULA:
        if row.kind not in FORMULA_KINDS:
            raise wrong("kind", "unknown_kind", _("Choose one of the kinds in the list."))
        compiled = checked_formula(specs, spec, str(given.get("formula", "")), row.kind, name=row.name)
        row.definition = {"formula": compiled.text, "volatile": compiled.is_volatile}
        row.settings = {"maximum": LONGEST_FORMULA_TEXT} if row.kind == "text" else {}
    elif row.computed == Computed.ROLLUP:
        row.definition = checked_rollup(actor, specs, spec, given, name=row.name)
        row.kind, row.settings = rollup_kind(specs, row.definition)
    elif row.computed == Computed.NUMBER:
        row.definition, row.kind, row.settings = checked_numbering(given), "text", {}
    else:
        raise wrong("computed", "unknown", _("Choose one of the kinds in the list."))


def repeated_values(spec: ObjectSpec, name: str) -> list[str]:
    """Return some values of an own field that stand in several records outside the recycle bin."""
    rows = spec.model._default_manager.filter(deleted_at__isnull=True, custom__has_key=name)  # noqa: SLF001
    counted = rows.order_by().values(value=KeyTextTransform(name, "custom")).annotate(times=Count("pk"))
    return [str(value) for value in counted.filter(times__gt=1).values_list("value", flat=True)[:_EXAMPLES] if value]


def converted(kind: Kind, value: Any) -> Any:
    """Return a computed value as a field of a kind holds it; what does not fit is empty."""
    if isinstance(value, str) and hasattr(kind, "maximum"):
        value = value[: kind.maximum]
    try:
        return kind.parse(value, Reading())
    except Unacceptable:
        return None
