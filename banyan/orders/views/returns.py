"""Returns: asked for from the order, answered, received and credited."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.web.answers import visit
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import Presenter
from banyan.core.web.views.base import signed_in, spec_named
from banyan.orders.forms import AnswerForm, OrderForm, ReceiveForm, ReturnForm
from banyan.orders.queries import quantities_of, spoken_for
from banyan.orders.references import ORDER, RETURN
from banyan.orders.rules import Quantities
from banyan.orders.services import returning
from banyan.orders.views.steps import answered, quantities_answer, quantities_in, quantity_rows, require_depth


@signed_in("GET", "POST")
def new_return(request: SignedInRequest) -> HttpResponse:
    """Ask of which order something comes back, and go on there."""
    spec, orders = spec_named(request, RETURN), spec_named(request, ORDER)
    require(request.actor, spec, Action.CREATE)
    asked = {name: request.GET[name] for name in ("order", "reason", "resolution") if name in request.GET}
    form = OrderForm(request.POST or None, actor=request.actor, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        query = urlencode({"reason": given["reason"], "resolution": given["resolution"]})
        return visit(request, f"/{orders.plural}/{given['order']}/return?{query}")
    return form_answer(
        request, form, title=_("What comes back?"), submit_label=_("Go on"), cancel_url=f"/{spec.plural}"
    )


@signed_in("GET", "POST")
def of_order(request: SignedInRequest, order_id: uuid.UUID) -> HttpResponse:
    """Ask which lines of an order come back, and why."""
    require_depth(request)
    orders, spec = spec_named(request, ORDER), spec_named(request, RETURN)
    row = fetch_row(request.actor, orders, order_id)
    require(request.actor, spec, Action.CREATE)
    lines = quantities_of(order_id)
    taken = spoken_for([line.pk for line in lines])

    def free(line: Any) -> Any:
        has = Quantities(line.quantity, line.delivered_quantity, line.returned_quantity)
        return max(has.returnable - taken.get(line.pk, line.quantity * 0), line.quantity * 0)

    form = ReturnForm(request.POST or None, initial=request.GET.dict())
    entered = {str(line.pk): "" for line in lines}
    errors: list[Any] = []
    if request.method == "POST":
        entered = quantities_in(request, lines)
        given = [{"order_line": key, "quantity": text} for key, text in entered.items() if text]
        if form.is_valid():
            try:
                made = returning.request_return(request.actor, {**form.cleaned_data, "order": str(order_id)}, given)
            except DomainError as problem:
                errors = _by_line(form, problem, [line["order_line"] for line in given])
            else:
                url = f"/{spec.plural}/{made.pk}"
                return answered(
                    request, _("%(number)s was written.") % {"number": made.number}, url, visit={"url": url}
                )
    shown = {
        "title": _("Return: %(name)s") % {"name": Presenter(request.actor, orders).title(row)},
        "action": f"/{orders.plural}/{order_id}/return",
        "cancel_url": f"/{orders.plural}/{order_id}",
        "heads": [_("Delivered"), _("Can come back"), _("Comes back")],
        "rows": quantity_rows(lines, entered, errors, lambda line: (line.delivered_quantity, free(line))),
        "submit_label": _("Write the return"),
    }
    return quantities_answer(request, shown, form, is_wrong=request.method == "POST")


@signed_in("POST")
def approve(request: SignedInRequest, return_id: uuid.UUID) -> HttpResponse:
    """Agree to a return."""
    return _at_once(
        request, return_id, lambda: returning.approve(request.actor, return_id), _("The return is approved.")
    )


@signed_in("POST")
def credited(request: SignedInRequest, return_id: uuid.UUID) -> HttpResponse:
    """Write down that the customer was credited."""
    return _at_once(
        request, return_id, lambda: returning.mark_credited(request.actor, return_id, by_hand=True),
        _("The return is credited."),
    )  # fmt: skip


@signed_in("GET", "POST")
def refuse(request: SignedInRequest, return_id: uuid.UUID) -> HttpResponse:
    """Ask for the answer, and refuse a return."""
    form = AnswerForm(request.POST or None)
    return _asked(
        request, return_id, form, _("Refuse the return"),
        lambda: returning.refuse(request.actor, return_id, answer=form.cleaned_data["answer"]),
        _("The return was refused."),
    )  # fmt: skip


@signed_in("GET", "POST")
def receive(request: SignedInRequest, return_id: uuid.UUID) -> HttpResponse:
    """Ask when goods came back, and count them."""
    form = ReceiveForm(request.POST or None, initial={"received_on": today(request.actor.time_zone)})
    return _asked(
        request, return_id, form, _("Received"),
        lambda: returning.receive(request.actor, return_id, received_on=form.cleaned_data["received_on"]),
        _("The return was received.")
    )  # fmt: skip


def _at_once(request: SignedInRequest, return_id: uuid.UUID, act: Callable[[], Any], text: str) -> HttpResponse:
    spec = spec_named(request, RETURN)
    fetch_row(request.actor, spec, return_id)
    require(request.actor, spec, Action.EDIT)
    act()
    return answered(request, text, f"/{spec.plural}/{return_id}")


def _asked(
    request: SignedInRequest,
    return_id: uuid.UUID,
    form: Any,
    title: str,
    act: Callable[[], Any],
    text: str,
) -> HttpResponse:
    spec = spec_named(request, RETURN)
    fetch_row(request.actor, spec, return_id)
    is_receipt = isinstance(form, ReceiveForm)
    require(request.actor, spec, returning.receiving_action(request.actor) if is_receipt else Action.EDIT)
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return answered(request, text, f"/{spec.plural}/{return_id}")
    return form_answer(request, form, title=title, submit_label=title, cancel_url=f"/{spec.plural}/{return_id}")


def _by_line(form: Any, problem: DomainError, keys: list[str]) -> list[Any]:
    """Return errors of lines under the ids of the lines of the order; put the others above the form."""
    found = []
    for error in problem.errors if isinstance(problem, Invalid) else []:
        parts = error.field.split(".")
        if parts[0] == "lines" and len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(keys):
            found.append(type(error)(f"lines.{keys[int(parts[1])]}.quantity", error.code, error.message))
        else:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    if not isinstance(problem, Invalid):
        form.add_error(None, str(problem.message))
    elif found:
        form.add_error(None, _("Correct the quantities that are marked."))
    return found
