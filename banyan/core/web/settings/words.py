"""What the organization calls things: its own words for built-in objects and fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.models import Wording
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import objects
from banyan.core.objects.rewording import LONGEST_WORD, reworded_fields, set_words
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import in_both
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

PAGE, URL = "words", "/settings/words"
#: The languages as inputs name them, with what follows a label.
LANGUAGES = {"zh": "中文", "en": "English"}
LABEL, PLURAL = "label", "plural"
FIELD = "field"


@signed_in("GET")
def word_objects(request: SignedInRequest) -> HttpResponse:
    """List the built-in objects with what they are called here and in the product."""
    require_page(request.actor, PAGE)
    named = {row.object_name for row in Wording.objects.all()}
    rows = [
        {
            "url": f"{URL}/{spec.name}",
            "label": str(spec.label_plural),
            "product": str(objects[spec.name].label_plural),
            "icon": spec.icon,
            "is_own": spec.name in named,
        }
        for spec in specs_on(request.actor.organization).values()
        if is_reworded(spec)
    ]
    return settings_answer(request, PAGE, "settings/words.html", {"objects": rows})


@signed_in("GET", "POST")
def words(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Show and change the words for one object and its fields; what is empty is called as the product calls it."""
    require_page(request.actor, PAGE)
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not is_reworded(spec):
        raise Missing("not_found", _("There is no such object."))
    built_in = objects[object_name]
    form = WordsForm(built_in, request.POST if request.method == "POST" else None, initial=_initial(object_name))
    if request.method == "POST" and form.is_valid():
        try:
            for name in ("", *reworded_fields(built_in)):
                set_words(request.actor, object_name, name, form.words(name), form.words(name, PLURAL))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The words are saved."), URL)
    sections = (
        (_("The object"), [name for name in form.fields if not name.startswith(FIELD)]),
        (_("Its fields"), [name for name in form.fields if name.startswith(FIELD)]),
    )
    text = _("Leave empty what is called as in the product. Pages, files and the interface follow at once.")
    return settings_form(
        request, PAGE, form, title=str(spec.label_plural), sections=sections, text=text, cancel_url=URL
    )


class WordsForm(forms.Form):
    """Two inputs for each word: one in each language, with the product's own word in grey."""

    def __init__(self, spec: ObjectSpec, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._add(LABEL, _("One"), spec.label)
        self._add(PLURAL, _("Several"), spec.label_plural)
        for name, entry in reworded_fields(spec).items():
            self._add(f"{FIELD}_{name}", str(entry.label), entry.label)

    def _add(self, stem: str, label: str, product: Any) -> None:
        usual = in_both(product)
        for language, written in LANGUAGES.items():
            self.fields[f"{stem}_{language}"] = forms.CharField(
                label=f"{label} ({written})",
                max_length=LONGEST_WORD,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": usual[language]}),
            )

    def words(self, field_name: str, part: str = LABEL) -> dict[str, str]:
        """Return what was written for a field, or for the object itself under an empty name."""
        if field_name and part == PLURAL:
            return {}
        stem = f"{FIELD}_{field_name}" if field_name else part
        return {language: self.cleaned_data[f"{stem}_{language}"] for language in LANGUAGES}


def is_reworded(spec: ObjectSpec) -> bool:
    """Say whether an object and its fields can be called otherwise: a built-in one that has pages."""
    return spec.name in objects and not spec.is_custom and spec.has_page and not spec.is_setting


def _initial(object_name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in Wording.objects.filter(object_name=object_name):
        stem = f"{FIELD}_{row.field_name}" if row.field_name else LABEL
        found |= {f"{stem}_{language}": text for language, text in row.labels.items()}
        if not row.field_name:
            found |= {f"{PLURAL}_{language}": text for language, text in row.labels_plural.items()}
    return found
