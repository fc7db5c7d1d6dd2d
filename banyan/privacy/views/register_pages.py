"""Settings > Personal data: the register of processing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in
from banyan.privacy.services.register import NOTES, Processing, as_workbook, purposes_in_words, register_of, save_notes
from banyan.privacy.views.frame import PAGE, REGISTER, URL, answer

LIST = f"{URL}/register"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _text(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=4_000, widget=forms.Textarea())


class NotesForm(forms.Form):
    """What people add to what the product knows."""

    purposes = _text(gettext_lazy("Purposes"), gettext_lazy("Left empty, all purposes in use are named."))
    recipients = _text(
        gettext_lazy("Recipients"), gettext_lazy("To whom the data is given: processors, partners, authorities.")
    )
    abroad = _text(gettext_lazy("Transfer abroad"), gettext_lazy("Where to, and on which basis."))
    remarks = _text(gettext_lazy("Remarks"))


@signed_in("GET")
def register(request: SignedInRequest) -> HttpResponse:
    """Show the register, object by object; it prints well."""
    require_page(request.actor, PAGE)
    labels = {name: str(NotesForm.base_fields[name].label) for name in NOTES}
    context = {
        "purposes": purposes_in_words(),
        "entries": [_shown(entry, labels) for entry in register_of(request.actor)],
        "actions": [{"label": _("Download as XLSX"), "url": f"{LIST}/download", "icon": "file-spreadsheet"}],
    }
    return answer(request, REGISTER, "privacy/register.html", context)


@signed_in("GET", "POST")
def notes(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Change the notes about one object."""
    require_page(request.actor, PAGE)
    entry = next((entry for entry in register_of(request.actor) if entry.name == object_name), None)
    if entry is None:
        raise Missing("not_found", _("There is no such object."))
    form = NotesForm(request.POST or None, initial=entry.notes)
    if request.method == "POST" and form.is_valid():
        save_notes(request.actor, object_name, form.cleaned_data)
        return saved(request, _("The notes are saved."), LIST)
    return settings_form(request, PAGE, form, title=entry.label, cancel_url=LIST)


@signed_in("GET")
def download(request: SignedInRequest) -> HttpResponse:
    """Send the register as a spreadsheet."""
    require_page(request.actor, PAGE)
    name = _("Register of processing %(day)s.xlsx") % {"day": today(request.actor.time_zone)}
    response = HttpResponse(as_workbook(request.actor), content_type=XLSX)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def _shown(entry: Processing, labels: dict[str, str]) -> dict[str, Any]:
    lines = [
        (_("May be seen by"), ", ".join(entry.viewers)),
        (_("May be exported by"), ", ".join(entry.exporters)),
        (_("Retention"), "; ".join(entry.retention) or _("No rule in force")),
        *((labels[name], entry.notes[name]) for name in NOTES),
    ]
    return {
        "label": entry.label,
        "records": f"{entry.records:,}",
        "is_person": entry.is_person,
        "fields": entry.fields,
        "lines": [{"label": label, "text": text} for label, text in lines if text],
        "notes_url": f"{LIST}/{entry.name}",
    }
