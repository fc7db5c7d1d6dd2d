"""The instalments of a contract, as a list that is replaced as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.contracts.choices import InstalmentEvent
from banyan.contracts.models import Contract, ContractInstalment
from banyan.contracts.preparation import told_difference
from banyan.contracts.rules import HUNDRED, MOST_INSTALMENTS, Portion, PortionsDiffer, instalment_amounts
from banyan.contracts.services.steps import locked_contract, require_draft
from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds import Date, Integer, Kind, Money, Number, Unacceptable
from banyan.core.records.drafts import reading_for

FIELDS = ("id", "name", "share", "amount", "due_on", "event", "days")
KINDS: dict[str, Kind] = {
    "share": Number(digits=7, decimals=4, minimum="0", maximum="100"),
    "amount": Money(minimum="0"),
    "due_on": Date(),
    "days": Integer(minimum=0, maximum=3_650),
}
LONGEST_NAME = 100
Line = dict[str, Any]


@transaction.atomic
def replace_instalments(
    actor: Actor, contract_id: uuid.UUID, lines: Sequence[Mapping[str, Any]], *, version: int | None = None
) -> None:
    """Let a draft have exactly these instalments, in this order; those with an ``id`` are kept.

    Each has a share of the amount in percent or an amount, and a day or an event after which it is due. An empty list
    is no plan. Raises ``Invalid`` with errors as ``instalments.<position>.<field>``, or when they do not sum up.
    """
    contract = locked_contract(actor, contract_id, version=version)
    require_draft(contract)
    checked = read_lines(actor, lines)
    check_sum(contract.amount, checked)
    store(contract, checked)


def read_lines(actor: Actor, lines: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return instalments as Python values; raise ``Invalid`` with everything that is wrong about them."""
    if len(lines) > MOST_INSTALMENTS:
        message = _("A contract has at most %(most)d instalments.") % {"most": MOST_INSTALMENTS}
        raise Invalid([FieldError("instalments", "too_many", message)])
    errors: list[FieldError] = []
    found = [_read(actor, position, line, errors) for position, line in enumerate(lines)]
    if errors:
        raise Invalid(errors)
    return found


def check_sum(total: Decimal | None, lines: Sequence[Line]) -> None:
    """Refuse instalments that are not together exactly what the contract is worth."""
    if not lines:
        return
    portions = [Portion(line["share"], line["amount"]) for line in lines]
    try:
        instalment_amounts(total or Decimal(0), portions)
    except PortionsDiffer as difference:
        raise Invalid([FieldError("instalments", "instalments_differ", told_difference(difference))]) from None


def store(contract: Contract, lines: Sequence[Line]) -> None:
    """Write checked instalments; the contract is locked."""
    present = {row.pk: row for row in ContractInstalment.objects.filter(contract=contract)}
    kept = set()
    for position, line in enumerate(lines):
        row = present.get(line["id"]) if line["id"] not in kept else None
        if row is None:
            row = ContractInstalment(organization_id=contract.organization_id, contract=contract)
        kept.add(row.pk)
        row.position = position
        for name in FIELDS[1:]:
            setattr(row, name, line[name])
        row.save()
    ContractInstalment.objects.filter(contract=contract).exclude(pk__in=kept).delete()


def as_json(lines: Sequence[Line]) -> list[Line]:
    """Return checked instalments as plain JSON, for an amendment that proposes them."""
    return [
        {
            "id": str(line["id"]) if line["id"] else "",
            "name": line["name"],
            "share": KINDS["share"].to_json(line["share"]),
            "amount": KINDS["amount"].to_json(line["amount"]),
            "due_on": line["due_on"].isoformat() if line["due_on"] else None,
            "event": line["event"],
            "days": line["days"],
        }
        for line in lines
    ]


def lines_of(contract_id: uuid.UUID) -> list[Line]:
    """Return the stored instalments of a contract in the shape of checked lines."""
    rows = ContractInstalment.objects.filter(contract_id=contract_id).order_by("position", "id")
    return [
        {"id": row.pk, "name": row.name, "share": row.share, "amount": row.amount, "due_on": row.due_on,
         "event": row.event, "days": row.days}
        for row in rows
    ]  # fmt: skip


def _read(actor: Actor, position: int, line: Mapping[str, Any], errors: list[FieldError]) -> Line:
    def wrong(name: str, code: str, message: Any) -> None:
        errors.append(FieldError(f"instalments.{position}.{name}", code, message))

    for name in line.keys() - set(FIELDS):
        wrong(str(name)[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": str(name)[:60]})
    found: Line = {"id": parse_id(line.get("id")), "event": str(line.get("event") or "")}
    found["name"] = clean_text(str(line.get("name") or "")).strip()[:LONGEST_NAME]
    for name, kind in KINDS.items():
        try:
            found[name] = kind.parse(line.get(name), reading_for(actor))
        except Unacceptable as problem:
            found[name] = None
            wrong(name, problem.code, problem.message)
    found["days"] = found["days"] or 0
    if not found["name"]:
        found["name"] = _("Instalment %(number)d") % {"number": position + 1}
    if found["event"] and found["event"] not in InstalmentEvent.values:
        wrong(
            "event", "unknown_choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(InstalmentEvent.values)}
        )
    _judge(found, wrong)
    return found


def _judge(found: Line, wrong: Callable[[str, str, Any], None]) -> None:
    if (found["share"] is None) == (found["amount"] is None):
        wrong("amount", "share_or_amount", _("Give either a share of the contract or an amount."))
    elif not (found["share"] or found["amount"]):
        wrong("amount", "too_small", _("An instalment is more than zero."))
    elif found["share"] is not None and found["share"] > HUNDRED:
        wrong("share", "out_of_range", _("A share is at most 100 %."))
    if found["due_on"] and found["event"]:
        wrong("due_on", "day_or_event", _("Give either a day or an event after which it is due."))
    if not found["due_on"] and not found["event"]:
        wrong("due_on", "required", _("Say when it is due: on a day, or after an event."))
    if found["due_on"] and not 1950 <= _year(found["due_on"]) <= 2200:
        wrong("due_on", "out_of_range", _("This day lies too far away. Check the year."))


def _year(day: date) -> int:
    return day.year
