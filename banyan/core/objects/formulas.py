"""Formulas over the fields of an object, and of the records that it links to."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from django.utils.translation import gettext as _

from banyan.core.expressions import BadExpression, Compiled, Type, compile_expression
from banyan.core.objects.kinds import Choice, MultipleChoice
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization


def compile_for(organization: Organization, spec: ObjectSpec, text: str) -> Compiled:
    """Return a formula over an object's fields; ``compiled.text`` has the names of fields and codes of choices.

    Fields are written by name or by label, those of a linked record as ``link.field``. Raises ``BadExpression``.
    """
    return compile_among(specs_for(organization), spec, text)


def compile_among(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, text: str) -> Compiled:
    """Return a formula over an object's fields, where the specifications of all objects are at hand."""
    scope = Scope(specs, spec)
    try:
        return compile_expression(text, scope.type_of, choices=scope.choices_of, named=scope.named)
    except BadExpression as problem:
        if problem.code == "unknown_field":
            raise BadExpression(problem.code, scope.explained(problem), problem.position) from None
        raise


class Scope:
    """What formulas of an object may use: its own fields, and those of the records it links to."""

    def __init__(self, specs: Mapping[str, ObjectSpec], spec: ObjectSpec) -> None:
        self._specs = specs
        self._spec = spec
        self._reason = ""

    def field(self, path: str) -> Field | None:
        """Return the field of a path; None when there is none, or its values are for nobody's formula."""
        name, dot, inner = path.partition(".")
        entry = self._spec.all_fields.get(name)
        if entry is not None and dot:
            linked = self._specs.get(getattr(entry.kind, "target", ""))
            entry = linked.all_fields.get(inner) if linked is not None else None
        if entry is None or entry.kind.expression_type is None:
            return None
        if entry.is_sealed:
            # A formula would put what is encrypted into the clear.
            self._reason = _("“%(name)s” is encrypted; a formula cannot use it.") % {"name": path}
            return None
        return entry

    def place(self, path: str) -> tuple[str, str]:
        """Return the object and the name of a path's field."""
        name, dot, inner = path.partition(".")
        entry = self._spec.all_fields.get(name)
        return (str(getattr(entry and entry.kind, "target", "")), inner) if dot else (self._spec.name, name)

    def type_of(self, path: str) -> Type | None:
        """Return the type of a path."""
        entry = self.field(path)
        return entry.kind.expression_type if entry is not None else None

    def choices_of(self, path: str) -> Mapping[str, str] | None:
        """Return the labels of a choice's values by code; None for other fields, and for choices without values."""
        entry = self.field(path)
        kind = entry.kind if entry is not None else None
        if isinstance(kind, (Choice, MultipleChoice)) and kind.options:
            return {option.code: str(option.label) for option in kind.options}
        return None

    def named(self, written: str) -> str:
        """Return the path of a field for what somebody wrote: names or labels, on both sides of a point."""
        name, dot, inner = written.partition(".")
        first = _named_among(self._spec, name)
        if not dot or first is None:
            return first or written
        linked = self._specs.get(getattr(self._spec.all_fields[first].kind, "target", ""))
        second = _named_among(linked, inner) if linked is not None else None
        return f"{first}.{second}" if second else written

    def explained(self, problem: BadExpression) -> str:
        """Return what is wrong with a field that cannot be used, with the one that was probably meant."""
        if self._reason:
            return self._reason
        known = [*self._spec.all_fields, *(str(entry.label) for entry in self._spec.all_fields.values())]
        near = get_close_matches(str(problem.details.get("name", "")), known, n=1)
        hint = " " + _("Did you mean “%(name)s”?") % {"name": near[0]} if near else ""
        return f"{problem.message}{hint}"


def _named_among(spec: ObjectSpec, written: str) -> str | None:
    if written in spec.all_fields:
        return written
    folded = written.strip().casefold()
    for name, entry in spec.all_fields.items():
        label = entry.label
        # An own field has a label in each language, whichever is read just now.
        labels = label.texts.values() if isinstance(label, Translated) else [str(label)]
        if folded in {name, *(text.casefold() for text in labels)}:
            return name
    return None
