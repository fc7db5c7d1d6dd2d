"""Forms of pages that belong to no object: signing in, settings, the guide.

Django's forms read and check what people sent; the components show them. A widget's attributes carry
the keys of the component ``field`` that Django does not know: ``kind``, ``style``, ``wide``, ``rows``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.web.answers import page, part, wants_dialog


class PickField(forms.Field):
    """A choice among many, found while typing; its value is one text, or a list of texts.

    ``pick_url`` answers with the choices, ``names`` says what chosen values are called; values that it does not
    know are refused.
    """

    def __init__(
        self, *, pick_url: str, names: Callable[[list[str]], Mapping[str, str]], multiple: bool = False, **options: Any
    ) -> None:
        super().__init__(widget=forms.SelectMultiple() if multiple else forms.Select(), **options)
        self.pick_url, self.names, self.multiple = pick_url, names, multiple

    def to_python(self, value: Any) -> Any:
        """Return the value, or the list of values, without those that are empty."""
        given = value if isinstance(value, (list, tuple)) else [value]
        chosen = [str(entry) for entry in given if entry]
        if set(chosen) - self.names(chosen).keys():
            raise forms.ValidationError(_("What was chosen here does not exist any more."), code="unknown_record")
        return chosen if self.multiple else (chosen[0] if chosen else "")

    def shown(self, value: Any) -> dict[str, Any]:
        """Return the keys of the component ``field`` that a picker takes."""
        given = value if isinstance(value, (list, tuple)) else [value]
        names = self.names([str(entry) for entry in given if entry])
        selected = [{"value": key, "label": label} for key, label in names.items()]
        return {"kind": "person", "multiple": self.multiple, "pick_url": self.pick_url, "selected": selected}


def names_of_people(values: list[str]) -> dict[str, str]:
    """Return what people are called, by the texts of their ids; for a ``PickField`` of colleagues."""
    ids = [pk for value in values if (pk := parse_id(value)) is not None]
    found = {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}
    return {value: found[value] for value in values if value in found}


KINDS: tuple[tuple[type[forms.Field], str], ...] = (
    (forms.EmailField, "email"),
    (forms.BooleanField, "boolean"),
    (forms.MultipleChoiceField, "multiple_choice"),
    (forms.ChoiceField, "choice"),
    (forms.DecimalField, "decimal"),
    (forms.IntegerField, "integer"),
    (forms.DateField, "date"),
    (forms.FileField, "file"),
)
KEYS = (
    "autocomplete", "autofocus", "placeholder", "style", "wide", "rows", "readonly", "empty_label", "min", "max", "multiple",
)  # fmt: skip
#: Kinds whose choices are searched instead of shown, because they may be many; a ``PickField`` fetches them.
PICKED = ("person", "link")
UNPROCESSABLE = 422


def fields_of(form: forms.BaseForm, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return a form's fields as the component ``field`` takes them; all of them without ``names``."""
    return [_described(form[name]) for name in names or form.fields]


def errors_of(form: forms.BaseForm) -> list[dict[str, str]]:
    """Return what is wrong with a form, for the summary on top."""
    if not form.is_bound:
        return []
    return [
        {
            "field": "" if name == NON_FIELD_ERRORS else name,
            "label": str(form.fields[name].label) if name in form.fields else "",
            "message": str(message),
        }
        for name, messages in form.errors.items()
        for message in messages
    ]


def add_problem(form: forms.BaseForm, problem: DomainError) -> None:
    """Let a form show a refusal of the business rules, beside its field where it has one."""
    if not isinstance(problem, Invalid):
        form.add_error(None, str(problem.message))
        return
    for error in problem.errors:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))


def form_answer(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    sections: Sequence[tuple[str, Sequence[str]]] = (),
    frame: tuple[str, Mapping[str, Any]] = ("layout/form.html", {}),
    **details: Any,
) -> HttpResponse:
    """Return a form as a dialog or as a page, whichever was asked for; with status 422 when it is wrong.

    Args:
        request: The request of somebody signed in.
        form: The form, bound after a failed attempt.
        title: The heading.
        sections: Headings with the names of their fields; all fields without heading when left out.
        frame: The template of the page, which gets ``form``, and what else it needs.
        details: Further keys of the layout ``form``, such as ``submit_label``, ``text``, ``cancel_url``, ``danger``.
    """
    groups = sections or (("", tuple(form.fields)),)
    shown = {
        "title": title,
        "action": request.get_full_path(),
        "sections": [{"title": heading, "fields": fields_of(form, names)} for heading, names in groups],
        "errors": errors_of(form),
        **details,
    }
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    if wants_dialog(request):
        response = part(request, "layout/form_dialog.html", {"form": shown}, status=status)
    else:
        response = page(request, frame[0], {**frame[1], "form": shown}, status=status)
    return undone_if_wrong(response)


def undone_if_wrong(response: HttpResponse) -> HttpResponse:
    """Undo what a request wrote before its form turned out to be wrong."""
    if response.status_code == UNPROCESSABLE:
        response.undo_writes = True  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
    return response


def _described(bound: forms.BoundField) -> dict[str, Any]:
    field, attributes = bound.field, bound.field.widget.attrs
    shown: dict[str, Any] = {
        "name": bound.html_name,
        "kind": attributes.get("kind") or _kind(field),
        "label": str(bound.label),
        "value": _value(bound),
        "help": str(bound.help_text or ""),
        "error": " ".join(str(message) for message in bound.errors) if bound.form.is_bound else "",
        "required": field.required,
        "disabled": field.disabled,
        "max_length": getattr(field, "max_length", None),
        **{key: attributes[key] for key in KEYS if key in attributes},
    }
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        shown["choices"] = [{"value": str(value), "label": str(label)} for value, label in choices if str(value) != ""]
        if attributes.get("icons"):
            shown["choices"] = [{**choice, "icon": choice["value"]} for choice in shown["choices"]]
        if shown["kind"] in PICKED:
            chosen = set(map(str, shown["value"] or ()))
            shown["selected"] = [choice for choice in shown["choices"] if choice["value"] in chosen]
    if isinstance(field, PickField):
        shown |= field.shown(bound.value())
    return shown


def _kind(field: forms.Field) -> str:
    if isinstance(field.widget, forms.PasswordInput):
        return "password"
    if isinstance(field.widget, forms.Textarea):
        return "long_text"
    return next((kind for known, kind in KINDS if isinstance(field, known)), "text")


def _value(bound: forms.BoundField) -> Any:
    """Return what the input shows; a password is never sent back."""
    if isinstance(bound.field.widget, forms.PasswordInput):
        return ""
    value = bound.value()
    if isinstance(bound.field, forms.BooleanField):
        return bool(bound.field.to_python(value))
    return value
