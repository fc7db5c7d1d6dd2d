"""Forms of new records as layouts arrange them, for the generic form and for those that apps have of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError
from banyan.core.layouts.content import Plan
from banyan.core.layouts.resolution import TYPE_FIELD, find_type, layout_for
from banyan.core.layouts.steps import take_field
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import wants_dialog
from banyan.core.web.forms import FIELDS, Form, presets, read_values
from banyan.core.web.layouts.choosing import type_given
from banyan.core.web.layouts.laid import LaidForm, within_layout
from banyan.core.web.middleware import SignedInRequest


def sent_values(request: SignedInRequest, spec: ObjectSpec) -> dict[str, Any]:
    """Return what the form of a new record sent, with its type, and without what its layout does not show."""
    sent = read_values(spec, request.POST, spec.writable_fields)
    kept = type_given(request, spec, sent)
    if kept and not sent.get(TYPE_FIELD):
        sent[TYPE_FIELD] = kept
    return within_layout(request.actor, spec, layout_for(request.actor, spec, kept), sent, {})


@dataclass
class NewForm:
    """The form of a new record: its type, its layout if it has one of its own, and its inputs.

    ``values`` and ``errors`` are as ``Form`` takes them.
    """

    request: SignedInRequest
    spec: ObjectSpec
    values: Mapping[str, Any]
    errors: Sequence[FieldError] = ()
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.type = type_given(self.request, self.spec, self.values)
        if self.type:
            self.values = {**self.values, TYPE_FIELD: self.type}
        self.plan = layout_for(self.request.actor, self.spec, self.type)
        self.form = Form(self.request.actor, self.spec, self.values, self.errors, self.plan)

    @property
    def title(self) -> str:
        """Return the heading."""
        title = _("New %(name)s") % {"name": self.spec.noun}
        shape = find_type(self.spec, self.type)
        return f"{title} · {shape.label}" if shape else title

    @property
    def fields(self) -> list[str]:
        """Return the fields of the product's own layout; the type is settled before the form appears."""
        every = [name for section in self.spec.layout() for name in section.fields]
        return [name for name in every if name != TYPE_FIELD or not self.type]

    def laid(self, plan: Plan) -> dict[str, Any]:
        """Return the keys of the component ``laid_form``."""
        self.form.load_labels(plan.names())
        laid = LaidForm(self.form, take_field(plan, TYPE_FIELD) if self.type else plan, {})
        self.names = laid.names()
        return laid.context(folds=wants_dialog(self.request))

    def hidden(self) -> list[dict[str, str]]:
        """Return the hidden inputs: which fields are in the form, the type, and presets that the layout does not ask for."""
        found = [{"name": FIELDS, "value": ",".join(self.names)}]
        if self.type:
            found.append({"name": TYPE_FIELD, "value": self.type})
        if self.plan is None:
            return found
        given = presets(self.spec, self.request.GET if self.request.method == "GET" else self.request.POST)
        editable = {entry.name for entry in Form(self.request.actor, self.spec).editable(given)}
        for name in sorted(editable - {*self.names, TYPE_FIELD}):
            values = given[name] if isinstance(given[name], list) else [given[name]]
            found += [{"name": name, "value": str(value)} for value in values]
        return found
