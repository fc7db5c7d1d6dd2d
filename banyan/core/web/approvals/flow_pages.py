"""Settings > Approval flows: which there are, and how one is drawn up, tried out and put in force."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.actor import Actor
from banyan.core.access.departments import department_tree
from banyan.core.access.scopes import Ability
from banyan.core.approvals.checking import check_step, errors_in, warnings_in
from banyan.core.approvals.definitions import Step, read_definition
from banyan.core.approvals.documents import as_document
from banyan.core.approvals.flows import (
    can_have_flows,
    create_flow,
    delete_flow,
    delete_step,
    discard_draft,
    find_flow,
    has_changes,
    new_key,
    order_steps,
    publish_flow,
    refuse_if_wrong,
    rename_flow,
    restore_version,
    save_draft,
    save_step,
    set_heads,
    spec_of_flow,
    switch_flow,
)
from banyan.core.approvals.mail_links import allow_unsigned, may_decide_unsigned
from banyan.core.approvals.models import DepartmentHead, Flow, FlowVersion
from banyan.core.approvals.queries import Course, try_out
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import Stopping, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.approvals.flow_forms import (
    FlowLockForm,
    FlowOptionsForm,
    FlowStartForm,
    HeadsForm,
    MailForm,
    NamesForm,
    StepForm,
)
from banyan.core.web.approvals.flow_frame import PAGE, URL, flow_of
from banyan.core.web.approvals.flow_outcomes import outcome_control, outcome_part
from banyan.core.web.approvals.flow_words import part_cards, step_cards
from banyan.core.web.approvals.showing import steps_of
from banyan.core.web.condition_forms import condition_editor, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, names_of_people, undone_if_wrong
from banyan.core.web.presenting import Presenter, told_instant
from banyan.core.web.settings.object_pages import object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class _Words:
    """What a page with a condition says above it; without ``sections`` all fields of the form stand together."""

    title: str
    heading: str
    help: str = ""
    sections: list[dict[str, Any]] = field(default_factory=list)


def routes() -> list[URLPattern]:
    """Return the addresses of the page below the settings."""
    flow = "approvals/<uuid:flow_id>"
    return [
        path("approvals", flows, name="settings-approvals"),
        path("approvals/new/<slug:object_name>", new_flow, name="settings-approvals-new"),
        path("approvals/heads", heads, name="settings-approvals-heads"),
        path("approvals/mail", mail, name="settings-approvals-mail"),
        path("approvals/document", document, name="settings-approvals-document"),
        path(flow, flow_page, name="settings-approval-flow"),
        path(f"{flow}/start", start_part, name="settings-approval-start"),
        path(f"{flow}/gate", gate_part, name="settings-approval-gate"),
        path(f"{flow}/lock", lock_part, name="settings-approval-lock"),
        path(f"{flow}/options", options_part, name="settings-approval-options"),
        path(f"{flow}/outcome/<slug:outcome>", outcome_part, name="settings-approval-outcome"),
        path(f"{flow}/outcome/<slug:outcome>/control", outcome_control, name="settings-approval-outcome-control"),
        path(f"{flow}/steps/new", step_part, name="settings-approval-step-new"),
        path(f"{flow}/steps/order", order, name="settings-approval-order"),
        path(f"{flow}/steps/<slug:key>", step_part, name="settings-approval-step"),
        path(f"{flow}/steps/<slug:key>/delete", remove_step, name="settings-approval-step-delete"),
        path(f"{flow}/versions/<int:number>/restore", restore, name="settings-approval-version"),
        path(f"{flow}/<slug:action>", act_on_flow, name="settings-approval-act"),
    ]


@signed_in("GET")
def flows(request: SignedInRequest) -> HttpResponse:
    """List the flows by their objects."""
    require_page(request.actor, PAGE)
    specs = specs_on(request.actor.organization)
    wanted = wanted_object(request)
    shown = {wanted.name} if wanted else specs.keys()
    rows = [_row(flow, specs[flow.object_name]) for flow in Flow.objects.all() if flow.object_name in shown]
    context = {
        "flows": rows,
        "objects": [
            {"label": str(spec.label_plural), "url": f"{URL}/new/{spec.name}"}
            for spec in specs.values()
            if can_have_flows(spec) and spec.name in shown
        ],
        "object_strip": object_strip(request.actor, wanted, PAGE),
        "heads": DepartmentHead.objects.count(),
        "by_mail": may_decide_unsigned(request.actor.organization),
        "may_change_mail": request.actor.has(Ability.MANAGE_SECURITY),
    }
    return settings_answer(request, PAGE, "approvals/flows.html", context)


@signed_in("GET", "POST")
def new_flow(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Name a new flow of an object."""
    require_page(request.actor, PAGE)
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not can_have_flows(spec):
        raise Missing("not_found", _("There is no such object."))
    form = NamesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        flow = create_flow(request.actor, spec, form.names())
        return saved(request, _("Now say who decides."), f"{URL}/{flow.pk}/steps/new")
    title = _("New approval flow for %(objects)s") % {"objects": spec.noun_plural}
    return settings_form(request, PAGE, form, title=title, cancel_url=URL, submit_label=_("Continue"))


@signed_in("GET")
def flow_page(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Show a flow as cards, what is wrong with it, its versions, and what it would do with a record."""
    require_page(request.actor, PAGE)
    flow = find_flow(flow_id)
    spec = spec_of_flow(request.actor, flow)
    definition = read_definition(flow.draft)
    organization = request.actor.organization
    problems = errors_in(organization, spec, definition)
    context = {
        "object_strip": object_strip(request.actor, spec, PAGE),
        "flow": {
            "url": f"{URL}/{flow.pk}", "name": flow.name, "object": str(spec.label_plural), "version": flow.version,
            "is_active": flow.is_active, "has_changes": has_changes(flow),
        },
        "problems": [entry.message for entry in problems],
        "warnings": [entry.message for entry in warnings_in(spec, definition)],
        "wrong": {entry.place for entry in problems},
        "parts": part_cards(request.actor, spec, definition),
        "steps": step_cards(request.actor, spec, definition),
        "versions": [
            {"number": row.number, "when": told_instant(row.made_at), "who": row.made_by.name if row.made_by else "",
             "is_current": row.number == flow.version}
            for row in FlowVersion.objects.filter(flow=flow).select_related("made_by")[:VERSIONS_SHOWN]
        ],
        "tried": _tried(request, flow, spec),
    }  # fmt: skip
    return settings_answer(request, PAGE, "approvals/flow.html", context)


@signed_in("GET", "POST")
def start_part(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Say who starts a flow, for which records, and whether it starts by itself."""
    flow, spec = flow_of(request, flow_id)
    start = read_definition(flow.draft).start
    form = FlowStartForm(request.POST or None, initial=FlowStartForm.initial_of(start))
    if request.method == "POST" and form.is_valid():
        try:
            save_draft(request.actor, flow.pk, start=form.start(_condition(request, spec)))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _saved(request, flow)
    heading = _("For which records")
    return _with_condition(request, flow, form, start.condition, _Words(pgettext("approval", "Start"), heading))


@signed_in("GET", "POST")
def gate_part(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Say what records may only become with an approval."""
    flow, spec = flow_of(request, flow_id)
    form = forms.Form(request.POST or None)
    if request.method == "POST":
        try:
            save_draft(request.actor, flow.pk, gate=_condition(request, spec))
        except DomainError as problem:
            form = forms.Form(request.POST)
            add_problem(form, problem)
        else:
            return _saved(request, flow)
    heading = _("Records may only become so once this flow was agreed to")
    words = _Words(_("Not without approval"), heading, _("Without a condition, nothing is refused."))
    return _with_condition(request, flow, form, read_definition(flow.draft).gate, words)


@signed_in("GET", "POST")
def lock_part(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Say what is locked while an approval runs, and afterwards."""
    flow, spec = flow_of(request, flow_id)
    initial = FlowLockForm.initial_of(read_definition(flow.draft).lock)
    form = FlowLockForm(request.POST or None, spec=spec, initial=initial)
    if request.method == "POST" and form.is_valid():
        save_draft(request.actor, flow.pk, lock=form.lock())
        return _saved(request, flow)
    return settings_form(request, PAGE, form, title=_("What is locked"), cancel_url=f"{URL}/{flow.pk}")


@signed_in("GET", "POST")
def options_part(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Name the flow, and say who gets copies and how strict it is."""
    flow, _spec = flow_of(request, flow_id)
    initial = FlowOptionsForm.initial_of(flow.names, read_definition(flow.draft))
    form = FlowOptionsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if form.names() != flow.names:
            rename_flow(request.actor, flow.pk, form.names())
        save_draft(request.actor, flow.pk, **form.parts())
        return _saved(request, flow)
    return settings_form(request, PAGE, form, title=_("Name and options"), cancel_url=f"{URL}/{flow.pk}")


@signed_in("GET", "POST")
def step_part(request: SignedInRequest, flow_id: uuid.UUID, key: str = "") -> HttpResponse:
    """Add a step, or change one."""
    flow, spec = flow_of(request, flow_id)
    definition = read_definition(flow.draft)
    step = definition.step(key) if key else Step(new_key(definition))
    if step is None:
        raise Missing("not_found", _("There is no such step."))
    form = StepForm(request.POST or None, spec=spec, initial=StepForm.initial_of(step))
    if request.method == "POST" and form.is_valid():
        try:
            made = form.step(step.key, _condition(request, spec))
            refuse_if_wrong(check_step(request.actor.organization, spec, made))
            save_step(request.actor, flow.pk, made)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _saved(request, flow)
    title = step.name if key else _("New step")
    help_text = _("Such as: the amount is at least 100,000. Without a condition the step is always taken.")
    words = _Words(title, _("Condition of the step"), help_text, form.sections())
    return _with_condition(request, flow, form, step.condition, words)


@signed_in("POST")
def remove_step(request: SignedInRequest, flow_id: uuid.UUID, key: str) -> HttpResponse:
    """Take a step out of the draft."""
    flow, _spec = flow_of(request, flow_id)
    delete_step(request.actor, flow.pk, key)
    return saved(request, _("The step is taken out."), f"{URL}/{flow.pk}")


@signed_in("POST")
def order(request: SignedInRequest, flow_id: uuid.UUID) -> HttpResponse:
    """Put the steps into the order sent."""
    flow, _spec = flow_of(request, flow_id)
    order_steps(request.actor, flow.pk, request.POST.getlist("keys"))
    return saved(request, _("The order is saved."), f"{URL}/{flow.pk}")


@signed_in("POST")
def restore(request: SignedInRequest, flow_id: uuid.UUID, number: int) -> HttpResponse:
    """Let the draft be an earlier version."""
    flow, _spec = flow_of(request, flow_id)
    restore_version(request.actor, flow.pk, number)
    text = _("The draft is version %(number)s now. Put it in force for it to hold.") % {"number": number}
    return saved(request, text, f"{URL}/{flow.pk}")


@signed_in("POST")
def act_on_flow(request: SignedInRequest, flow_id: uuid.UUID, action: str) -> HttpResponse:
    """Put a flow in force, switch it on or off, discard its draft, or delete it."""
    flow, _spec = flow_of(request, flow_id)
    url = f"{URL}/{flow.pk}"
    if action == "publish":
        made = publish_flow(request.actor, flow.pk)
        text = _("Version %(number)s is in force. Approvals under way go on as they began.") % {"number": made.version}
    elif action in {"on", "off"}:
        switch_flow(request.actor, flow.pk, active=action == "on")
        text = _("The flow is on.") if action == "on" else _("The flow is off. Approvals under way go on.")
    elif action == "discard":
        discard_draft(request.actor, flow.pk)
        text = _("The draft is discarded.")
    elif action == "delete":
        delete_flow(request.actor, flow.pk)
        text, url = _("The flow is deleted."), URL
    else:
        raise Missing("not_found", _("There is no such page."))
    return saved(request, text, url)


@signed_in("GET", "POST")
def heads(request: SignedInRequest) -> HttpResponse:
    """Say who leads each department."""
    require_page(request.actor, PAGE)
    known = dict(DepartmentHead.objects.values_list("department_id", "user_id"))
    departments = [
        (department.pk, f"{'　' * depth}{department.name}", known.get(department.pk))
        for department, depth in department_tree.in_order()
    ]
    form = HeadsForm(request.POST or None, departments=departments)
    if request.method == "POST" and form.is_valid():
        sent = {pk: parse_id(form.cleaned_data[f"head:{pk}"]) for pk, _name, _head in departments}
        try:
            set_heads(request.actor, sent)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The heads of departments are saved."), URL)
    text = _("A department without a head of its own is led by the head of the one above it.")
    return settings_form(request, PAGE, form, title=_("Heads of departments"), cancel_url=URL, text=text)


@signed_in("GET", "POST")
def mail(request: SignedInRequest) -> HttpResponse:
    """Say whether a link in an e-mail is enough to decide; for those who manage security."""
    require_page(request.actor, PAGE)
    form = MailForm(request.POST or None, initial={"allowed": may_decide_unsigned(request.actor.organization)})
    if request.method == "POST":
        form = MailForm(request.POST)
        if form.is_valid():
            allow_unsigned(request.actor, allowed=form.cleaned_data["allowed"])
            return saved(request, _("Saved."), URL)
    text = _("Links work once and for seven days. Without this, whoever opens one signs in first, which is safer.")
    return settings_form(request, PAGE, form, title=_("Deciding from e-mails"), cancel_url=URL, text=text)


@signed_in("GET")
def document(request: SignedInRequest) -> HttpResponse:
    """Answer with all flows as a document."""
    require_page(request.actor, PAGE)
    content = json.dumps({"approval_flows": as_document(request.actor.organization)}, ensure_ascii=False, indent=2)
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="approval-flows.json"'
    return response


def _condition(request: SignedInRequest, spec: ObjectSpec) -> dict[str, Any]:
    tree = sent_tree(request.POST)
    empty = not tree or (isinstance(tree, dict) and not any(tree.values()))
    return {} if empty else read_condition(request.actor, spec, request.POST)


def _with_condition(request: SignedInRequest, flow: Flow, form: forms.Form, tree: Any, words: _Words) -> HttpResponse:
    spec = spec_of_flow(request.actor, flow)
    if request.method == "POST":
        tree = sent_tree(request.POST)
    context = {
        "title": words.title,
        "flow": {"url": f"{URL}/{flow.pk}", "name": flow.name},
        "heading": words.heading,
        "help": words.help,
        "form": {"sections": words.sections or [{"title": "", "fields": fields_of(form)}], "errors": errors_of(form)},
        "builder": condition_editor(request.actor, spec, tree, url=request.get_full_path(), submit_label=_("Save")),
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "approvals/flow_part.html", context, status=status))


def _saved(request: SignedInRequest, flow: Flow) -> HttpResponse:
    return saved(request, _("Saved as draft. Put it in force for it to hold."), f"{URL}/{flow.pk}")


def _row(flow: Flow, spec: ObjectSpec) -> dict[str, Any]:
    definition = read_definition(flow.draft)
    return {
        "url": f"{URL}/{flow.pk}",
        "name": flow.name,
        "object": str(spec.label_plural),
        "icon": spec.icon,
        "is_active": flow.is_active,
        "version": flow.version,
        "has_changes": has_changes(flow),
        "steps": " → ".join(step.name for step in definition.steps),
    }


def _tried(request: SignedInRequest, flow: Flow, spec: ObjectSpec) -> dict[str, Any]:
    """Return what the flow would do with the record that was chosen, if one was."""
    shown: dict[str, Any] = {"pick_url": f"/pick/{spec.name}", "label": str(spec.label)}
    record_id, starter_id = parse_id(request.GET.get("record")), parse_id(request.GET.get("starter"))
    if record_id is None:
        return shown
    row = fetch_row(request.actor, spec, record_id)
    record = spec.model._default_manager.get(pk=record_id)  # noqa: SLF001 Django's own name for it
    definition = read_definition(flow.draft)
    fits, steps = try_out(request.actor, spec, definition, record, starter_id or request.actor.user_id)
    return {
        **shown,
        "record": {"value": str(record_id), "label": Presenter(request.actor, spec).title(row)},
        "starter": _named(starter_id or request.actor.user_id),
        "fits": fits,
        "steps": steps_of(Course(tuple(steps))),
    }


def _named(user_id: uuid.UUID | None) -> dict[str, str]:
    names = names_of_people([str(user_id)])
    return next(({"value": value, "label": label} for value, label in names.items()), {})


def stopping_flows(_actor: Actor, objects: frozenset[str], _gone: frozenset[str]) -> list[Stopping]:
    """Return the flows in force of objects that go."""
    rows = Flow.objects.filter(object_name__in=objects, is_active=True)
    return [Stopping(_("Approval flows"), row.name, f"{URL}/{row.pk}") for row in rows]
