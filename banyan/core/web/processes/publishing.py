"""Putting a process into force with a preview, throwing a draft away, and switching it on and off."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError
from banyan.core.processes.services import (
    discard_draft,
    draft_of,
    find_process,
    label_of,
    preview,
    problems,
    publish,
    spec_of,
    switch,
)
from banyan.core.processes.values import labels_of_values
from banyan.core.web.answers import part, refused, tell
from banyan.core.web.day import list_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.processes.editor import PAGE, URL, progress_of
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in


@signed_in("GET", "POST")
def publish_page(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Show what putting the draft into force means for running records; do it on POST."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    wrong = ""
    chosen = {
        key: target
        for key, target in zip(request.POST.getlist("lost"), request.POST.getlist("target"), strict=False)
        if target
    }
    if request.method == "POST":
        try:
            publish(request.actor, row, chosen)
        except DomainError as problem:
            wrong = str(problem.message)
        else:
            return saved(request, _("“%(name)s” is in force.") % {"name": label_of(row)}, f"{URL}/{row.pk}")
        row = find_process(process_id)
    spec, entry = spec_of(request.actor, row)
    labels = labels_of_values(request.actor, spec, entry)
    stages: list[dict[str, Any]] = [
        {
            "key": stage.key,
            "label": stage.label,
            "count": stage.count,
            "failing": stage.failing,
            "is_lost": stage.is_lost,
            "is_new": stage.is_new,
            "url": list_url(spec, stage.filter) + "&display=table",
            "target": chosen.get(stage.key, ""),
        }
        for stage in preview(request.actor, row)
    ]
    context = {
        "title": _("Put “%(name)s” into force") % {"name": label_of(row)},
        "back": {"label": label_of(row), "url": f"{URL}/{row.pk}"},
        "url": f"{URL}/{row.pk}",
        "is_first": row.version == 0,
        "problems": problems(request.actor, row),
        "wrong": wrong,
        "stages": stages,
        "targets": [{"value": key, "label": labels.get(key, key)} for key in draft_of(row).keys],
    }
    answer = settings_answer(request, PAGE, "processes/publish.html", context, status=422 if wrong else 200)
    return refused(answer) if wrong else answer


@signed_in("POST")
def toggle(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Switch a process on or off."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    on = request.POST.get("on") == "true"
    switch(request.actor, row, on=on)
    text = _("The process is on.") if on else _("The process is off. Nothing is asked for any more.")
    return saved(request, text, f"{URL}/{row.pk}")


@signed_in("POST")
def discard(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Throw the draft away."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    discard_draft(request.actor, row)
    return saved(request, _("The process is as it was put into force."), f"{URL}/{row.pk}")


@signed_in("GET")
def progress(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Answer with how far running records are brought along."""
    require_page(request.actor, PAGE)
    shown = progress_of(find_process(process_id))
    answer = part(request, "processes/_progress.html", shown)
    # When all is done, the figures of the page are no longer those of its records.
    return answer if shown["running"] else tell(answer, visit={"url": shown["url"]})
