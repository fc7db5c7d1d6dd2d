"""The steps of an order: confirm, cancel, complete, note a delivery, promise days."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Invalid, Missing, Unconfirmed
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.web.answers import done, page, part, refused, wants_dialog
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, form_answer
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named
from banyan.orders.choices import OrderStatus
from banyan.orders.conditions import written
from banyan.orders.forms import CancelForm, DeliveryForm
from banyan.orders.models import OrderLine
from banyan.orders.queries import quantities_of
from banyan.orders.references import DEPTH, LINE, ORDER
from banyan.orders.services.delivering import note_delivery
from banyan.orders.services.steps import cancel, confirm

CHANGED = ("orders", "order-lines", "order-changes", "order-returns", "customers")
Shown = dict[str, Any]


@signed_in("POST")
def confirm_order(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Confirm a draft."""
    spec, row = open_order(request, order_id)
    confirm(request.actor, order_id)
    return answered(request, _("%(number)s is confirmed.") % {"number": row["number"]}, f"/{spec.plural}/{order_id}")


@signed_in("POST")
def complete_order(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Complete an order: nothing more is to be done about it."""
    spec, row = open_order(request, order_id)
    door.update(request.actor, spec, order_id, {"status": OrderStatus.COMPLETED.value})
    return answered(request, _("%(number)s is completed.") % {"number": row["number"]}, f"/{spec.plural}/{order_id}")


@signed_in("GET", "POST")
def cancel_order(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Ask why an order is cancelled, and cancel it."""
    spec, _row = open_order(request, order_id)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel(request.actor, order_id, reason=form.cleaned_data["reason"])
        except Unconfirmed:
            raise
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return answered(request, _("The order was cancelled."), f"/{spec.plural}/{order_id}")
    return form_answer(
        request, form, title=_("Cancel the order"), submit_label=_("Cancel the order"), danger=True,
        cancel_url=f"/{spec.plural}/{order_id}",
    )  # fmt: skip


@signed_in("GET", "POST")
def deliver(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Ask what was delivered, with all that is open filled in, and note it."""
    require_depth(request)
    spec, row = open_order(request, order_id)
    lines = quantities_of(order_id)
    form = DeliveryForm(request.POST or None, initial={"delivered_on": today(request.actor.time_zone)})
    entered = {str(line.pk): written(max(line.quantity - line.delivered_quantity, line.quantity * 0)) for line in lines}
    errors: Sequence[Any] = ()
    if request.method == "POST":
        entered = quantities_in(request, lines)
        if form.is_valid():
            try:
                note_delivery(
                    request.actor, order_id, {key: text for key, text in entered.items() if text}, **form.cleaned_data
                )
            except DomainError as problem:
                errors = _told(form, problem)
            else:
                return answered(request, _("The delivery is noted."), f"/{spec.plural}/{order_id}")
    shown = {
        "title": _("Note a delivery: %(name)s") % {"name": Presenter(request.actor, spec).title(row)},
        "action": f"/{spec.plural}/{order_id}/deliver",
        "cancel_url": f"/{spec.plural}/{order_id}",
        "heads": [pgettext("goods", "Ordered"), pgettext("goods", "Open"), _("Delivered now")],
        "rows": quantity_rows(
            lines,
            entered,
            errors,
            lambda line: (line.quantity, max(line.quantity - line.delivered_quantity, line.quantity * 0)),
        ),
        "submit_label": _("Note the delivery"),
    }
    return quantities_answer(request, shown, form, is_wrong=request.method == "POST")


@signed_in("GET", "POST")
def promise(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Ask for which day each line is promised."""
    require_depth(request)
    spec, row = open_order(request, order_id)
    lines = quantities_of(order_id)
    texts = {str(line.pk): f"{line.promised_on:%Y-%m-%d}" if line.promised_on else "" for line in lines}
    problem = ""
    if request.method == "POST":
        texts = {key: request.POST.get(f"day_{key}", "").strip() for key in texts}
        changes = {line.pk: {"promised_on": texts[str(line.pk)] or None} for line in lines}
        outcome = door.update_many(request.actor, spec_for(request.actor.organization, LINE), changes)
        if not outcome.rejected:
            return answered(request, _("The promised days are saved."), f"/{spec.plural}/{order_id}")
        problem = "; ".join(str(error.message) for errors in outcome.rejected.values() for error in errors)
    shown = {
        "title": _("Promised days: %(name)s") % {"name": Presenter(request.actor, spec).title(row)},
        "action": f"/{spec.plural}/{order_id}/promise",
        "cancel_url": f"/{spec.plural}/{order_id}",
        "rows": [
            {
                "id": str(line.pk),
                "name": line.name,
                "quantity": _amount(line, line.quantity),
                "day": texts[str(line.pk)],
            }
            for line in lines
        ],
        "errors": [{"field": "", "label": "", "message": problem}] if problem else [],
        "days": True,
    }
    return _page(request, shown, [], is_wrong=bool(problem))


def open_order(request: SignedInRequest, order_id: uuid.UUID) -> tuple[ObjectSpec, Mapping[str, Any]]:
    """Return the object and an order that the person may change; raise ``Missing`` or ``NotAllowed``."""
    spec = spec_named(request, ORDER)
    row = fetch_row(request.actor, spec, order_id)
    require(request.actor, spec, Action.EDIT)
    return spec, row


def require_depth(request: SignedInRequest) -> None:
    """Raise ``Missing`` where deliveries, changes and returns are switched off."""
    if not module_is_on(request.actor.organization, DEPTH):
        raise Missing("not_found", _("There is no such page."))


def answered(request: SignedInRequest, text: str, url: str, **events: Any) -> HttpResponse:
    """Answer to a step that was taken."""
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, **events)


def quantities_in(request: SignedInRequest, lines: Sequence[OrderLine]) -> dict[str, str]:
    """Return the quantities that were sent, by the ids of lines."""
    return {str(line.pk): request.POST.get(f"quantity_{line.pk}", "").strip() for line in lines}


def quantity_rows(
    lines: Sequence[OrderLine], entered: Mapping[str, str], errors: Sequence[Any], numbers: Any
) -> list[Shown]:
    """Return the lines with what is known of them, what was entered, and what is wrong about it."""
    wrong: dict[str, str] = {}
    for error in errors:
        head, _dot, rest = error.field.partition(".")
        if head == "lines":
            wrong[rest.partition(".")[0]] = str(error.message)
    return [
        {
            "id": str(line.pk),
            "name": line.name,
            "numbers": [_amount(line, number) for number in numbers(line)],
            "value": entered.get(str(line.pk), ""),
            "error": wrong.get(str(line.pk), ""),
        }
        for line in lines
    ]


def quantities_answer(request: SignedInRequest, shown: Shown, form: Any, *, is_wrong: bool) -> HttpResponse:
    """Return a form with a quantity for each line, as a dialog or as a page."""
    return _page(request, {**shown, "errors": errors_of(form)}, fields_of(form), is_wrong=is_wrong)


def _page(request: SignedInRequest, shown: Shown, fields: Sequence[Any], *, is_wrong: bool) -> HttpResponse:
    status = 422 if is_wrong else 200
    context = {"form": shown, "fields": fields}
    if wants_dialog(request):
        answer = part(request, "orders/quantities_dialog.html", context, status=status)
    else:
        answer = page(request, "orders/quantities.html", context, status=status)
    return refused(answer) if is_wrong else answer


def _told(form: Any, problem: DomainError) -> Sequence[Any]:
    """Put what is wrong beside the lines, the rest above the form."""
    errors = problem.errors if isinstance(problem, Invalid) else []
    of_lines = [error for error in errors if error.field.startswith("lines.")]
    loose = [error for error in errors if error not in of_lines]
    for error in loose:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
    if not errors:
        form.add_error(None, str(problem.message))
    elif of_lines and not loose:
        form.add_error(None, _("Correct the quantities that are marked."))
    return of_lines


def _amount(line: OrderLine, number: Any) -> str:
    return " ".join(filter(None, (written(number), line.unit)))
