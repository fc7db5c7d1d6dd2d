"""What pages of orders, their changes and returns, and of contracts show beside the fields."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from markupsafe import Markup

from banyan.contracts.public import ContractStatus, ContractType
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Money, Number
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter
from banyan.orders.choices import CLOSED_STATUSES, RUNNING_STATUSES, ChangeStatus, OrderStatus, ReturnStatus
from banyan.orders.models import NotedDelivery, OrderChange, OrderLine, OrderReturn
from banyan.orders.queries import contract_use, quantities_of, return_lines_of
from banyan.orders.references import CHANGE, DEPTH, ORDER, RETURN
from banyan.orders.rules import Quantities
from banyan.orders.services.delivering import delivery_keeper
from banyan.orders.services.returning import crediting_keeper, receiving_action

PARTS = "orders/parts.html"
ORDERS_SHOWN, NOTED_SHOWN = 5, 5
#: Orders of which something may come back.
DELIVERED_STATUSES = (OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED, OrderStatus.COMPLETED)
Row = Mapping[str, Any]


def asks_why(actor: Actor, row: Mapping[str, Any]) -> bool:
    """Say whether the editor of lines asks why an order changes: when it is confirmed, and changes leave a note."""
    return row.get("status") in RUNNING_STATUSES and module_is_on(actor.organization, DEPTH)


def state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what can be done about an order next, and what about it waits."""
    if row.get("status") not in OrderStatus.values:
        return None
    status = OrderStatus(row["status"])
    url = f"/{spec.plural}/{row['id']}"
    deep = module_is_on(actor.organization, DEPTH)
    if not deep and status != OrderStatus.DRAFT:
        return None
    steps = _steps(actor, status, url, deep=deep) if may(actor, spec, Action.EDIT) else []
    if deep and status in DELIVERED_STATUSES and may(actor, spec_for(actor.organization, RETURN), Action.CREATE):
        steps.append(_step(pgettext("order step", "Return"), "arrow-back-up", f"{url}/return"))
    notes = _notes(actor, row["id"]) if deep and status in RUNNING_STATUSES else []
    text = str(row.get("cancel_reason") or "") if status == OrderStatus.CANCELLED else ""
    if not steps and not notes and not text:
        return None
    return macro(PARTS, "state", {"text": text, "notes": notes, "steps": steps})


def deliveries(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what of each line was delivered and is open, once the order is confirmed.

    None where another module notes deliveries: it shows them itself.
    """
    if row.get("status") not in CLOSED_STATUSES or delivery_keeper(actor):
        return None
    lines = quantities_of(row["id"])
    can_edit = may(actor, spec, Action.EDIT) and row.get("status") in RUNNING_STATUSES
    says_something = any(line.delivered_quantity or line.promised_on for line in lines)
    if not lines or not (says_something or can_edit):
        return None
    day = today(actor.time_zone)
    number = Number()
    reading = reading_for(actor)

    def quantity(value: Decimal, line: OrderLine) -> str:
        return " ".join(filter(None, (number.display(value, reading), line.unit))) if value else ""

    shown = {
        "rows": [
            {
                "name": line.name,
                "ordered": quantity(line.quantity, line),
                "delivered": quantity(line.delivered_quantity, line),
                "returned": quantity(line.returned_quantity, line),
                "open": quantity(_numbers(line).open, line),
                "promised": written_day(line.promised_on, actor.language) if line.promised_on else "",
                "is_late": bool(line.promised_on and line.promised_on < day and _numbers(line).open),
            }
            for line in lines
        ],
        "has_returns": any(line.returned_quantity for line in lines),
        "promise_url": f"/{spec.plural}/{row['id']}/promise" if can_edit else "",
        "noted": [_noted(actor, entry) for entry in _deliveries_of(row["id"])],
    }
    return macro(PARTS, "deliveries", shown)


def change(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the lines before and after a change."""
    found = OrderChange.objects.filter(pk=row["id"]).first()
    if found is None or not (found.old_lines or found.new_lines):
        return None
    if not Presenter(actor, spec_for(actor.organization, ORDER)).visible(["amount"]):
        return None
    money = Money()
    reading = replace(reading_for(actor), currency=found.currency or actor.currency)
    before = {line["id"]: line for line in found.old_lines}
    after = {line["id"]: line for line in found.new_lines}
    rows = [_compared(before.get(key), line, reading) for key, line in after.items()]
    rows += [_compared(line, None, reading) for key, line in before.items() if key not in after]
    shown = {
        "rows": rows,
        "old_total": money.display(found.old_amount, reading),
        "new_total": money.display(found.new_amount, reading),
    }
    return macro(PARTS, "change", shown)


def return_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what comes back, what it is worth, and what can be done next."""
    found = OrderReturn.objects.filter(pk=row["id"]).first()
    if found is None:
        return None
    url = f"/{spec.plural}/{found.pk}"
    lines = return_lines_of(found.pk)
    steps: list[dict[str, Any]] = []
    can_edit = may(actor, spec, Action.EDIT)
    if found.status == ReturnStatus.APPROVED and may(actor, spec, receiving_action(actor)):
        steps.append(_step(_("Received"), "package", f"{url}/receive", primary=True))
    if can_edit:
        if found.status == ReturnStatus.REQUESTED and lines:
            steps.append({"label": _("Approve"), "icon": "check", "post": f"{url}/approve", "primary": True})
        if found.status in {ReturnStatus.REQUESTED, ReturnStatus.APPROVED}:
            steps.append(_step(_("Refuse"), "ban", f"{url}/refuse"))
        if found.status == ReturnStatus.RECEIVED and not crediting_keeper(actor):
            steps.append({"label": _("Credited"), "icon": "coin", "post": f"{url}/credited", "primary": True})
    reading = replace(reading_for(actor), currency=found.currency or actor.currency)
    table = {
        "rows": [
            {
                "name": line.order_line.name,
                "quantity": " ".join(filter(None, (Number().display(line.quantity, reading), line.order_line.unit))),
                "amount": Money().display(line.amount, reading),
            }
            for line in lines
        ],
        "total": Money().display(found.amount, reading),
    }
    head = macro(PARTS, "state", {"text": found.answer or found.get_status_display(), "notes": [], "steps": steps})
    return head + macro(PARTS, "return_lines", table) if lines else head


def orders_of_contract(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the orders under a contract: how much was ordered, and for a framework how much remains."""
    orders = spec_for(actor.organization, ORDER)
    if not may(actor, orders, Action.VIEW) or row.get("status") == ContractStatus.DRAFT:
        return None
    use = contract_use(row["id"])
    is_framework = row.get("kind") == ContractType.FRAMEWORK
    if use is None or not (use.count or is_framework or row.get("status") == ContractStatus.ACTIVE):
        return None
    currency = use.contract.currency or actor.currency
    figures = []
    if Presenter(actor, orders).visible(["amount"]):
        figures.append({"label": _("Ordered"), "value": amounts_text(actor, {currency: use.ordered}, is_whole=False)})
        if is_framework and use.remaining is not None:
            remaining = amounts_text(actor, {currency: use.remaining}, is_whole=False)
            figures.append({"label": _("Remaining"), "value": remaining})
    rows = restrict(live_rows(actor, orders), actor, orders).filter(contract=row["id"]).order_by("-ordered_on", "-pk")
    newest = rows.values("pk", "number", "name", "status", "amount", "currency")[:ORDERS_SHOWN]
    can_order = row.get("status") == ContractStatus.ACTIVE and may(actor, orders, Action.CREATE)
    preset = urlencode({"contract": row["id"], "customer": use.contract.customer_id, "currency": currency})
    labels, colors = dict(OrderStatus.choices), _colors(orders)
    shown = {
        "count": use.count,
        "figures": figures,
        "all_url": f"/{orders.plural}?{urlencode({'contract': row['id'], 'display': 'table'})}",
        "new_url": f"/{orders.plural}/new?{preset}" if can_order else "",
        "orders": [
            {
                "url": f"/{orders.plural}/{entry['pk']}",
                "title": f"{entry['number']} {entry['name']}",
                "badge": {"text": str(labels.get(entry["status"], "")), "color": colors.get(entry["status"], "grey")},
                "meta": amounts_text(actor, {entry["currency"]: entry["amount"] or Decimal(0)}) if figures else "",
            }
            for entry in newest
        ],
    }
    return macro(PARTS, "contract_use", shown)


def _steps(actor: Actor, status: OrderStatus, url: str, *, deep: bool) -> list[dict[str, Any]]:
    if status == OrderStatus.DRAFT:
        confirm = {"label": _("Confirm"), "icon": "check", "post": f"{url}/confirm", "primary": True}
        return [confirm, _step(_("Cancel the order"), "ban", f"{url}/cancel")]
    steps: list[dict[str, Any]] = []
    if status in {OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED} and deep and not delivery_keeper(actor):
        steps.append(_step(_("Note a delivery"), "truck", f"{url}/deliver", primary=True))
    if status == OrderStatus.DELIVERED:
        steps.append({"label": _("Complete"), "icon": "checks", "post": f"{url}/complete", "primary": True})
    if status in RUNNING_STATUSES:
        steps.append(_step(_("Cancel the order"), "ban", f"{url}/cancel"))
    return steps


def _notes(actor: Actor, order_id: uuid.UUID) -> list[dict[str, str]]:
    if OrderChange not in tables_with_rows(actor.organization_id, "order", order_id):
        return []
    plural = spec_for(actor.organization, CHANGE).plural
    waiting = OrderChange.objects.filter(order=order_id, status=ChangeStatus.WAITING, deleted_at__isnull=True)
    return [
        {"text": _("%(number)s waits for approval") % {"number": entry.number}, "url": f"/{plural}/{entry.pk}"}
        for entry in waiting
    ]


def _deliveries_of(order_id: uuid.UUID) -> Sequence[NotedDelivery]:
    return list(NotedDelivery.objects.filter(order=order_id).select_related("by").order_by("-at")[:NOTED_SHOWN])


def _noted(actor: Actor, entry: NotedDelivery) -> dict[str, str]:
    lines = ", ".join(f"{line['quantity']} × {line['name']}" for line in entry.lines)
    return {
        "day": written_day(entry.delivered_on, actor.language),
        "text": " · ".join(filter(None, (lines, entry.note))),
        "who": entry.by.name if entry.by else "",
    }


def _compared(old: Row | None, new: Row | None, reading: Any) -> dict[str, str]:
    line = new or old or {}
    before, after = (_line_text(old, reading) if old else ""), (_line_text(new, reading) if new else "")
    if old is None:
        state_of = "added"
    elif new is None:
        state_of = "removed"
    else:
        state_of = "same" if (before, old["name"]) == (after, new["name"]) else "changed"
    return {"name": str(line.get("name") or ""), "old": before, "new": after, "state": state_of}


def _line_text(line: Row, reading: Any) -> str:
    price = Money().display(Decimal(line["unit_price"]), reading) if line.get("unit_price") else ""
    amount = Money().display(Decimal(line["amount"]), reading) if line.get("amount") else ""
    parts = [f"{line['quantity']} {line.get('unit') or ''}".strip(), price]
    discount = f" − {line['discount_percent']} %" if line.get("discount_percent") not in {None, "0"} else ""
    return " × ".join(part for part in parts if part) + discount + (f" = {amount}" if amount else "")


def _numbers(line: OrderLine) -> Quantities:
    return Quantities(line.quantity, line.delivered_quantity, line.returned_quantity)


def _colors(spec: ObjectSpec) -> dict[str, str]:
    return {option.code: option.color for option in getattr(spec.all_fields["status"].kind, "options", ())}


def _step(label: str, icon: str, url: str, *, primary: bool = False) -> dict[str, Any]:
    return {"label": label, "icon": icon, "url": url, "primary": primary}
