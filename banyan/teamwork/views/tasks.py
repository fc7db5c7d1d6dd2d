"""Doing tasks: add one in a line, tick it, tick its checklist, share it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import written_day
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, into_dialog, is_partial, markup, page, part, refused, wants_dialog
from banyan.core.web.forms import Form, presets, read_values
from banyan.core.web.layouts.choosing import type_question
from banyan.core.web.layouts.new_records import NewForm, sent_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named, spec_of_path
from banyan.teamwork.panels import TASK, record_tasks, task_state
from banyan.teamwork.preparation import WAITS
from banyan.teamwork.services import add_to_checklist, complete_task, reopen_task, share_task, tick

QUICK_FIELDS = ("name", "due_on", "assignee", "customer")
MORE_FIELDS = ("helpers", "priority", "repeat", "parent", "waits_for", "notes")


@signed_in("GET", "POST")
def quick_add(request: SignedInRequest) -> HttpResponse:
    """Ask for a task in a few words, about a record or not, and write it down."""
    spec = spec_named(request, TASK)
    require(request.actor, spec, Action.CREATE)
    sent = request.POST if request.method == "POST" else request.GET
    about = sent.get("about", "") if split_reference(sent.get("about")) else ""
    if request.method == "GET":
        values = {"assignee": request.actor.user_id, **presets(spec, request.GET)}
        return type_question(request, spec) or _quick_form(request, spec, values, about=about)
    values = sent_values(request, spec)
    given = {name: value for name, value in values.items() if value not in ("", [])}
    context = WriteContext.for_actor(request.actor)
    try:
        task = door.create(request.actor, spec, {**given, **({"about": about} if about else {})}, context=context)
    except Invalid as error:
        return refused(_quick_form(request, spec, values, about=about, error=error))
    text = _("“%(name)s” was created.") % {"name": given.get("name", "")}
    return done(
        request, text, next_url=f"/{spec.plural}/{task.pk}", changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("POST")
def complete(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Mark a task as done; the message can take it back, also the task with which it comes again.

    What speaks against it is asked about first.
    """
    spec = spec_named(request, TASK)
    confirmed = frozenset({WAITS} if request.POST.get("confirmed") else ())
    context = WriteContext.for_actor(request.actor, confirmed=confirmed)
    try:
        completed = complete_task(request.actor, task_id, context=context)
    except Invalid as error:
        if any(entry.code != WAITS for entry in error.errors):
            raise
        return refused(_ask_whether(request, spec, task_id, error))
    text = _("Done.")
    if completed.again is not None and completed.again.due_on is not None:
        text = _("Done. It comes again on %(day)s.") % {
            "day": written_day(completed.again.due_on, request.actor.language)
        }
    return done(
        request, text, next_url=f"/{spec.plural}/{task_id}", changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("POST")
def reopen(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Open a task again."""
    spec = spec_named(request, TASK)
    context = WriteContext.for_actor(request.actor)
    reopen_task(request.actor, task_id, context=context)
    return done(
        request, _("The task is open again."), next_url=f"/{spec.plural}/{task_id}", changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}",
    )  # fmt: skip


@signed_in("GET")
def state_part(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Answer with the line above a task, after something about it has changed."""
    spec = spec_named(request, TASK)
    return markup(task_state(request.actor, spec, fetch_row(request.actor, spec, task_id)) or Markup())


@signed_in("POST")
def checklist(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Tick an item of a task's checklist, untick it, or add one; answer with the list as it is now."""
    spec = spec_named(request, TASK)
    if "text" in request.POST:
        add_to_checklist(request.actor, task_id, request.POST["text"])
    else:
        position = request.POST.get("position", "")
        tick(
            request.actor,
            task_id,
            position=int(position) if position.isdecimal() else -1,
            done=request.POST.get("done") == "true",
        )
    if not is_partial(request):
        return done(request, _("Saved."), next_url=f"/{spec.plural}/{task_id}")
    return markup(task_state(request.actor, spec, fetch_row(request.actor, spec, task_id)) or Markup())


@signed_in("GET", "POST")
def share(request: SignedInRequest, task_id: uuid.UUID) -> HttpResponse:
    """Ask with whom a task is shared, and share it."""
    spec = spec_named(request, TASK)
    row = fetch_row(request.actor, spec, task_id)
    require(request.actor, spec, Action.EDIT)
    if request.method == "GET":
        return _share_form(request, spec, row)
    people = read_values(spec, request.POST, ["shared_with"], are_present=True)["shared_with"]
    context = WriteContext.for_actor(request.actor)
    try:
        share_task(request.actor, task_id, people, context=context)
    except Invalid as error:
        return refused(_share_form(request, spec, {**row, "shared_with": people}, error=error))
    text = _("Shared. Everybody named has been told.") if people else _("The task is no longer shared.")
    return done(
        request, text, next_url=f"/{spec.plural}/{task_id}", changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("GET")
def about_part(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the open tasks about a record, after one of them has changed."""
    spec = spec_of_path(request, plural)
    row = fetch_row(request.actor, spec, record_id, columns=("version",))
    return markup(record_tasks(request.actor, spec, row) or Markup())


def _quick_form(
    request: SignedInRequest, spec: ObjectSpec, values: dict[str, Any], *, about: str, error: Invalid | None = None
) -> HttpResponse:
    made = NewForm(request, spec, values, error.errors if error else ())
    arranged = {"laid": made.laid(made.plan)} if made.plan else {"sections": _quick_sections(made, about)}
    context = {
        "title": made.title,
        "action": f"/{spec.plural}/quick",
        **arranged,
        "hidden": [{"name": "about", "value": about}, *made.hidden()],
        "errors": made.form.summary(made.names),
        "submit_label": _("Create"),
        "cancel_url": f"/{spec.plural}",
    }
    return _form(request, context, is_wrong=error is not None)


def _quick_sections(made: NewForm, about: str) -> list[dict[str, Any]]:
    """Return the product's own sections of a task in a few words."""
    names = [name for name in QUICK_FIELDS if not (about and name == "customer")]
    made.form.load_labels([*names, *MORE_FIELDS])
    first, more = made.form.inputs(names, focus="name"), made.form.inputs(MORE_FIELDS)
    made.names = [entry["name"] for entry in (*first, *more)]
    return [{"title": "", "fields": first}, {"title": _("More fields"), "fields": more, "collapsed": True}]


def _ask_whether(request: SignedInRequest, spec: ObjectSpec, task_id: uuid.UUID, error: Invalid) -> HttpResponse:
    context = {
        "title": _("Mark as done"),
        "text": " ".join(str(entry.message) for entry in error.errors),
        "action": f"/{spec.plural}/{task_id}/complete",
        "hidden": [{"name": "confirmed", "value": "true"}],
        "sections": [],
        "errors": [],
        "submit_label": _("Mark as done anyway"),
        "cancel_url": f"/{spec.plural}/{task_id}",
    }
    return _form(request, context, is_wrong=False)


def _share_form(
    request: SignedInRequest, spec: ObjectSpec, row: dict[str, Any], *, error: Invalid | None = None
) -> HttpResponse:
    form = Form(request.actor, spec, row, error.errors if error else ())
    form.load_labels(["shared_with"])
    context = {
        "title": _("Share: %(name)s") % {"name": Presenter(request.actor, spec).title(row)},
        "text": _("Whoever is named here sees the task, whatever else they may see."),
        "action": f"/{spec.plural}/{row['id']}/share",
        "sections": [{"title": "", "fields": form.inputs(["shared_with"], focus="shared_with")}],
        "errors": form.summary(["shared_with"]),
        "submit_label": _("Share"),
        "cancel_url": f"/{spec.plural}/{row['id']}",
    }
    return _form(request, context, is_wrong=error is not None)


def _form(request: SignedInRequest, context: dict[str, Any], *, is_wrong: bool) -> HttpResponse:
    status = 422 if is_wrong else 200
    if wants_dialog(request):
        return part(request, "layout/form_dialog.html", {"form": context}, status=status)
    if is_partial(request):
        return into_dialog(part(request, "layout/form_dialog.html", {"form": context}, status=status))
    return page(request, "layout/form.html", {"form": context}, status=status)
