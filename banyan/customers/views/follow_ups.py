"""Logging a follow-up from anywhere, and follow-ups in the timeline of what they are about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, is_partial, page, part, refused, wants_dialog
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import TimelineEntry, TimelineQuestion, contributions
from banyan.core.web.presenting import near_day
from banyan.core.web.views.base import signed_in
from banyan.customers.choices import ActivityType
from banyan.customers.references import ComposerKind, composer_kinds

ACTIVITY = "activity"
#: Objects whose pages have the box for follow-ups.
FOLLOWED = ("customer", "contact", "opportunity", "contract", "order")
ICONS: dict[str, tuple[str, str]] = {
    ActivityType.CALL: ("phone", "green"),
    ActivityType.VISIT: ("map-pin", "orange"),
    ActivityType.MEETING: ("users", "purple"),
    ActivityType.MESSAGE: ("message", "blue"),
    ActivityType.EMAIL: ("mail", "cyan"),
    ActivityType.NOTE: ("note", "grey"),
}


def may_log(actor: Actor) -> bool:
    """Say whether somebody may log follow-ups."""
    return may(actor, spec_for(actor.organization, ACTIVITY), Action.CREATE)


def log_url(spec: ObjectSpec, record_id: uuid.UUID) -> str:
    """Return the address of the dialog that logs a follow-up about a record."""
    return f"/follow-ups/quick?about={reference_to(spec.name, record_id)}"


def composer(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the box above a record's timeline; None for people who may not log anything."""
    if not may_log(actor):
        return None
    hidden = [{"name": "about", "value": reference_to(spec.name, row["id"])}]
    box = composer_keys(f"composer-{row['id']}", hidden=hidden)
    box["kinds"] += [
        {"value": kind.value, "label": str(kind.label), "icon": kind.icon, "is_aside": True}
        for kind in contributions(composer_kinds, actor)
        if kind.may(actor)
    ]
    return box


def composer_keys(name: str, *, hidden: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """Return what the component ``composer`` takes."""
    kinds = [{"value": kind.value, "label": str(kind.label), "icon": ICONS[kind][0]} for kind in ActivityType]
    return {"id": name, "url": "/follow-ups/quick", "kinds": kinds, "hidden": hidden, **more}


@signed_in("GET", "POST")
def quick_follow_up(request: SignedInRequest) -> HttpResponse:
    """Ask what happened and what comes next, and log it: about a record, or a customer chosen here."""
    spec = spec_for(request.actor.organization, ACTIVITY)
    require(request.actor, spec, Action.CREATE)
    sent = request.POST if request.method == "POST" else request.GET
    if request.method == "GET":
        return _dialog(request, sent)
    other = _other_kind(request)
    if other is not None:
        return _save_other(request, other)
    values = _values(request)
    context = WriteContext.for_actor(request.actor)
    try:
        _require_subject(values)
        door.create(request.actor, spec, values, context=context)
    except Invalid as error:
        if is_partial(request) and not wants_dialog(request):
            raise
        return refused(_dialog(request, sent, error))
    changed = ("activities", "customers", "contacts", "opportunities", "orders", "tasks")
    return done(
        request, _("The follow-up was logged."), next_url=_address_of(request, values), changed=changed,
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


def _other_kind(request: SignedInRequest) -> ComposerKind | None:
    """Return the kind of entry that an app above has added, when the box was sent with it."""
    wanted = request.POST.get("kind", "")
    kinds = contributions(composer_kinds, request.actor)
    return next((kind for kind in kinds if kind.value == wanted and kind.may(request.actor)), None)


def _save_other(request: SignedInRequest, kind: ComposerKind) -> HttpResponse:
    pointed = split_reference(request.POST.get("about"))
    if pointed is None:
        raise Invalid([FieldError("about", "required", _("Choose the record."))])
    batch = kind.save(request.actor, reference_to(*pointed), request.POST.get("text", ""))
    spec = specs_on(request.actor.organization).get(pointed[0])
    return done(
        request, str(kind.message), next_url=f"/{spec.plural}/{pointed[1]}" if spec else "/",
        changed=(*kind.changed, *([spec.plural] if spec else [])), undo_url=f"/undo/{batch}", close_dialog=True,
    )  # fmt: skip


def _require_subject(values: Mapping[str, Any]) -> None:
    if not any(values.get(name) for name in ("customer", "contact", "about")):
        raise Invalid([FieldError("customer", "required", _("Choose the customer."))])


def _values(request: SignedInRequest) -> dict[str, Any]:
    """Return the follow-up's values from what the composer sends."""
    sent = request.POST
    values: dict[str, Any] = {"type": sent.get("kind") or ActivityType.CALL.value, "text": sent.get("text", "")}
    for name in ("next_on", "next_step", "customer", "contact"):
        if sent.get(name):
            values[name] = sent[name]
    pointed = split_reference(sent.get("about"))
    if pointed is not None:
        name, record_id = pointed
        if name in {"customer", "contact"}:
            values[name] = str(record_id)
        else:
            values["about"] = reference_to(name, record_id)
    return values


def _dialog(request: SignedInRequest, sent: Mapping[str, str], error: Invalid | None = None) -> HttpResponse:
    errors = {entry.field: str(entry.message) for entry in error.errors} if error else {}
    about = split_reference(sent.get("about"))
    names = labels_of({about[0]: [about[1]]}, actor=request.actor) if about else {}
    hidden = [{"name": "csrfmiddlewaretoken", "value": get_token(request)}]
    if about:
        hidden.append({"name": "about", "value": sent.get("about", "")})
    customer = None
    if about is None:
        chosen = sent.get("customer", "")
        labels = labels_of({"customer": [uuid.UUID(chosen)]}, actor=request.actor) if chosen else {}
        selected = [{"value": chosen, "label": next(iter(labels.values()), chosen)}] if chosen else []
        customer = {
            "name": "customer", "kind": "link", "label": _("Customer"), "required": True, "pick_url": "/pick/customer",
            "selected": selected, "autofocus": not chosen, "error": errors.get("customer", ""), "wide": True,
            "id": "follow-up-customer", "placeholder": _("Name, phone or pinyin"),
        }  # fmt: skip
    box = composer_keys(
        "quick-follow-up",
        hidden=hidden,
        in_dialog=True,
        autofocus=customer is None or not customer["autofocus"],
        kind=sent.get("kind", ""),
        text=sent.get("text", ""),
        next_on=sent.get("next_on", ""),
        next_step=sent.get("next_step", ""),
        errors=errors,
        target="#dialog-body",
        swap="innerHTML",
    )
    title = _("Log a follow-up: %(name)s") % {"name": names[about[1]]} if about and names else _("Log a follow-up")
    other = [message for name, message in errors.items() if name not in {"customer", "text", "next_on"}]
    context = {"title": title, "composer": box, "customer": customer, "errors": other}
    status = 422 if error else 200
    template = "customers/follow_up_dialog.html" if wants_dialog(request) else "customers/follow_up_page.html"
    answer = part if wants_dialog(request) else page
    return answer(request, template, {"follow_up": context}, status=status)


def _address_of(request: SignedInRequest, values: Mapping[str, Any]) -> str:
    """Return the page of the record that the follow-up is about."""
    pointed = split_reference(values.get("about")) or (
        ("contact", values["contact"]) if values.get("contact") else ("customer", values.get("customer"))
    )
    spec = specs_on(request.actor.organization).get(pointed[0])
    return f"/{spec.plural}/{pointed[1]}" if spec else "/"


def load_follow_ups(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the follow-ups of a customer, a contact, or any record they are about, newest first."""
    actor = question.actor
    spec = spec_for(actor.organization, ACTIVITY)
    about = Q(about=reference_to(question.spec.name, question.record_id))
    link = {"customer": Q(customer=question.record_id), "contact": Q(contact=question.record_id)}
    rows = restrict(live_rows(actor, spec), actor, spec).filter(link.get(question.spec.name, about))
    if question.before is not None:
        rows = rows.filter(happened_at__lt=question.before)
    names = ("id", "type", "text", "happened_at", "next_on", "next_step", "contact_id", "customer_id", "about")
    newest = rows.order_by("-happened_at", "-pk").values(*names, "owner__name")
    found: list[dict[str, Any]] = list(newest[: question.limit + 1])
    links = _links(actor, question, found)
    kinds, day = dict(ActivityType.choices), today(actor.time_zone)
    return [
        TimelineEntry(row["happened_at"], row["id"], _shown(row, kinds, day, links=links.get(row["id"], [])))
        for row in found
    ]


def _shown(
    row: Mapping[str, Any], kinds: Mapping[str, Any], day: date, *, links: list[dict[str, str]]
) -> dict[str, Any]:
    icon, color = ICONS.get(row["type"], ICONS[ActivityType.NOTE])
    shown: dict[str, Any] = {
        "icon": icon,
        "color": color,
        "who": row["owner__name"] or _("The system"),
        "title": str(kinds.get(row["type"], row["type"])),
        "text": row["text"],
        "about": reference_to("activity", row["id"]),
        "links": links,
    }
    if row["next_on"]:
        written = near_day(row["next_on"], day)
        shown["next"] = {"date": written, "text": row["next_step"], "overdue": False}
    return shown


def _links(
    actor: Actor, question: TimelineQuestion, rows: Iterable[Mapping[str, Any]]
) -> dict[uuid.UUID, list[dict[str, str]]]:
    """Return for each follow-up the records it also belongs to, other than the one whose page it stands on."""
    pointed: dict[uuid.UUID, list[tuple[str, uuid.UUID]]] = {}
    for row in rows:
        targets = [split_reference(row["about"]), ("contact", row["contact_id"]) if row["contact_id"] else None]
        if question.spec.name not in {"customer", "contact"} and row["customer_id"]:
            targets.append(("customer", row["customer_id"]))
        pointed[row["id"]] = [target for target in targets if target and target[1] != question.record_id]
    wanted: dict[str, set[uuid.UUID]] = {}
    for targets_of_row in pointed.values():
        for name, record_id in targets_of_row:
            wanted.setdefault(name, set()).add(record_id)
    labels = labels_of(wanted, actor=actor)
    pages = specs_on(actor.organization)
    return {
        pk: [
            {"text": labels[record_id], "href": f"/{pages[name].plural}/{record_id}"}
            for name, record_id in targets
            if record_id in labels and name in pages
        ]
        for pk, targets in pointed.items()
    }
