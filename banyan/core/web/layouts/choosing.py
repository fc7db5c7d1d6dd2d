"""Of which type a new record is: asked only where more than one is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.layouts.resolution import TYPE_FIELD, default_type, types_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import page, part, wants_dialog
from banyan.core.web.middleware import SignedInRequest


def type_question(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse | None:
    """Return the page or dialog that asks of which type a new record is; None when there is nothing to choose.

    An address that names a type (``?record_type=``) has chosen already.
    """
    types = types_of(request.actor, spec)
    if len(types) < 2 or request.GET.get(TYPE_FIELD) in {entry.code for entry in types}:
        return None
    usual = default_type(request.actor, spec)
    choices = []
    for entry in types:
        query = request.GET.copy()
        query[TYPE_FIELD] = entry.code
        choices.append(
            {
                "label": entry.label,
                "icon": entry.icon or spec.icon,
                "color": entry.color,
                "url": f"{request.path}?{query.urlencode()}",
                "usual": entry == usual,
            }
        )
    crumbs = [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}]
    title = _("New %(name)s") % {"name": spec.noun}
    return question(request, title, _("What kind is it?"), choices, crumbs=crumbs)


def question(
    request: SignedInRequest,
    title: str,
    text: str,
    choices: list[dict[str, Any]],
    *,
    crumbs: Sequence[Mapping[str, str]] = (),
) -> HttpResponse:
    """Return a page or dialog on which one click answers: ``choices`` are ``{label, icon, color, url, usual}``."""
    context = {"question": {"title": title, "text": text, "choices": choices, "crumbs": list(crumbs)}}
    if wants_dialog(request):
        return part(request, "objects/type_question_dialog.html", context)
    return page(request, "objects/type_question.html", context)


def type_given(request: SignedInRequest, spec: ObjectSpec, values: Mapping[str, Any]) -> str:
    """Return the type that a new record's form is for: the one chosen, if it may be, else the usual one."""
    usable = {entry.code for entry in types_of(request.actor, spec)}
    chosen = str(values.get(TYPE_FIELD) or "")
    if chosen in usable:
        return chosen
    usual = default_type(request.actor, spec)
    return usual.code if usual else ""
