"""Bank statements: lines that are pasted or loaded, matched by payer and amount, and recorded as receipts."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from banyan.billing.choices import BankState, Method
from banyan.billing.models import BankLine, BuyerHeader, Payment
from banyan.billing.queries import balances, open_orders
from banyan.billing.services.allocating import Target, propose_for
from banyan.billing.services.payments import record_payment
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for

MOST_ROWS = 2_000
HUGE = Decimal(10) ** 15
#: Headings of bank statements, in Chinese and English, by what they hold.
HEADINGS = {
    "day": ("date", "booked", "value date", "交易日期", "交易时间", "记账日期", "入账日期", "日期"),
    "amount": ("credit", "amount", "amount in", "收入金额", "贷方发生额", "收入", "贷方金额", "金额", "交易金额"),
    "payer": ("payer", "counterparty", "name", "对方户名", "对方名称", "付款人", "付款方", "户名"),
    "reference": ("reference", "transaction id", "流水号", "交易流水号", "凭证号"),
    "text": ("purpose", "description", "memo", "摘要", "用途", "附言", "备注"),
    "currency": ("currency", "币种"),
}
ORDER = ("day", "amount", "payer", "reference", "text")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%Y年%m月%d日")


@dataclass(frozen=True)
class Read:
    """What was taken in from a statement: how many lines, how many were there before or brought nothing in."""

    taken: int
    known: int
    skipped: int


@dataclass(frozen=True)
class Match:
    """Whose money a line seems to be, and which open orders it would pay."""

    customer_id: uuid.UUID
    customer: str
    targets: tuple[Target, ...]
    orders: tuple[str, ...]
    is_exact: bool


@transaction.atomic
def read_statement(actor: Actor, text: str, *, currency: str) -> Read:
    """Take in a bank statement as CSV or as pasted from a table, with headings or in the order day, amount, payer.

    Money that went out is left out, and a line that was taken in before stays as it is. All or nothing: raises
    ``Invalid`` with the row of the first line that cannot be read.
    """
    require(actor, spec_for(actor.organization, "payment"), Action.CREATE)
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    rows = _rows(text)
    if not rows:
        raise Invalid([FieldError("text", "required", _("Paste the lines of a bank statement, or choose a file."))])
    if len(rows) > MOST_ROWS:
        message = _("A statement has at most %(most)s lines; take it in parts.") % {"most": MOST_ROWS}
        raise Invalid([FieldError("text", "too_many", message)])
    columns = _columns(rows[0])
    has_heading = columns is not None
    columns = columns or {name: index for index, name in enumerate(ORDER)}
    made, skipped = [], 0
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:] if has_heading else rows, start=2 if has_heading else 1):
        line = _line(actor, row, columns, number, currency)
        if line is None:
            skipped += 1
            continue
        # Two equal lines of one statement are two payments; the same statement again is none.
        plain = line.fingerprint
        seen[plain] = seen.get(plain, 0) + 1
        line.fingerprint = hashlib.sha256(f"{plain}:{seen[plain]}".encode()).hexdigest()
        made.append(line)
    known = set(
        BankLine.objects.filter(fingerprint__in=[line.fingerprint for line in made]).values_list(
            "fingerprint", flat=True
        )
    )
    new = [line for line in made if line.fingerprint not in known]
    BankLine.objects.bulk_create(new, ignore_conflicts=True)
    return Read(len(new), len(made) - len(new), skipped)


def _rows(text: str) -> list[list[str]]:
    text = text.replace("\x00", "").lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max("\t,;", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        return [[cell.strip() for cell in row] for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Invalid([FieldError("text", "unreadable", _("This is no table that can be read."))]) from None


def _columns(heading: Sequence[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for index, cell in enumerate(heading):
        name = re.sub(r"[（(].*?[)）]", "", cell).strip().lower()
        for wanted, words in HEADINGS.items():
            if wanted not in found and name in words:
                found[wanted] = index
    return found if {"day", "amount"} <= found.keys() else None


def _line(actor: Actor, row: Sequence[str], columns: dict[str, int], number: int, currency: str) -> BankLine | None:
    given = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
    amount = _amount(given["amount"], number)
    if amount is None or amount <= 0:
        return None
    day = _day(given["day"], number)
    own = (given.get("currency") or currency).upper()[:3]
    parts = (day.isoformat(), f"{amount:.2f}", own, given.get("payer", ""), given.get("reference", ""),
             given.get("text", ""))  # fmt: skip
    return BankLine(
        organization_id=actor.organization_id, booked_on=day, amount=amount, currency=own or actor.currency,
        payer_name=given.get("payer", "")[:200], reference=given.get("reference", "")[:120],
        text=given.get("text", "")[:500], fingerprint="|".join(parts),
    )  # fmt: skip


def _amount(text: str, number: int) -> Decimal | None:
    plain = text.replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥$€+")
    if not plain or plain == "-":
        return None
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise _wrong(number, _("“%(text)s” is no amount.") % {"text": text[:40]}) from None
    if not amount.is_finite() or abs(amount) >= HUGE:
        raise _wrong(number, _("“%(text)s” is no amount.") % {"text": text[:40]})
    return amount.quantize(Decimal("0.01"))


def _day(text: str, number: int) -> date:
    plain = text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0]
    for pattern in DAYS:
        try:
            return datetime.strptime(plain, pattern).date()  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
    raise _wrong(number, _("“%(text)s” is no date.") % {"text": text[:40]})


def _wrong(number: int, message: str) -> Invalid:
    return Invalid(
        [FieldError("text", "unreadable", _("Row %(number)s: %(problem)s") % {"number": number, "problem": message})]
    )


def matches_of(actor: Actor, lines: Sequence[BankLine]) -> dict[uuid.UUID, Match]:
    """Return for open lines whose money each seems to be: by name of customer or invoice title, or who paid before."""
    names = {line.payer_name.strip().lower() for line in lines if line.payer_name.strip()}
    customer_spec, order_spec = spec_for(actor.organization, "customer"), spec_for(actor.organization, "order")
    seen = restrict(live_rows(actor, customer_spec), actor, customer_spec)
    by_name: dict[str, uuid.UUID] = {}
    before = Payment.objects.annotate(low=Lower("payer_name")).filter(low__in=names, deleted_at__isnull=True)
    by_name |= dict(before.order_by("paid_on").values_list("low", "customer_id"))
    titles = BuyerHeader.objects.annotate(low=Lower("title")).filter(low__in=names)
    by_name |= dict(titles.values_list("low", "customer_id"))
    by_name |= dict(seen.annotate(low=Lower("name")).filter(low__in=names).values_list("low", "pk"))
    labels = dict(seen.filter(pk__in=by_name.values()).values_list("pk", "name"))
    orders = restrict(live_rows(actor, order_spec), actor, order_spec).filter(customer_id__in=labels)
    open_ = open_orders(orders)
    sums = balances((order.pk, order.amount) for order in open_)
    found = {}
    for line in lines:
        customer_id = by_name.get(line.payer_name.strip().lower())
        if customer_id is None or customer_id not in labels:
            continue
        own = [
            order for order in open_
            if order.customer_id == customer_id and (order.currency or actor.currency) == line.currency
        ]  # fmt: skip
        exact = [order for order in own if sums[order.pk].open == line.amount]
        chosen = exact[:1] or own
        targets = tuple(propose_for(line.amount, chosen))
        used = {target.order_id for target in targets}
        numbers = tuple(order.number for order in chosen if order.pk in used)
        found[line.pk] = Match(customer_id, labels[customer_id], targets, numbers, bool(exact))
    return found


@transaction.atomic
def record_line(actor: Actor, line_id: uuid.UUID, customer_id: uuid.UUID, targets: Sequence[Target] = ()) -> Payment:
    """Record a line as a receipt of a customer, and what it pays. Raises ``Conflict`` when somebody did before."""
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    line = _locked(line_id)
    values = {
        "customer": customer_id, "amount": line.amount, "currency": line.currency, "paid_on": line.booked_on,
        "payer_name": line.payer_name, "reference": line.reference, "notes": line.text, "method": Method.TRANSFER.value,
    }  # fmt: skip
    payment = record_payment(actor, values, targets)
    line.state, line.payment = BankState.RECORDED, payment
    line.save(update_fields=["state", "payment"])
    return payment


@transaction.atomic
def ignore_line(actor: Actor, line_id: uuid.UUID) -> None:
    """Set a line aside that is no payment of a customer."""
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    line = _locked(line_id)
    line.state = BankState.IGNORED
    line.save(update_fields=["state"])


def _locked(line_id: uuid.UUID) -> BankLine:
    line = BankLine.objects.select_for_update(of=("self",)).filter(pk=line_id).first()
    if line is None:
        raise Missing("not_found", _("There is no such line of a bank statement."))
    if line.state != BankState.NEW:
        raise Conflict("recorded", _("Somebody recorded this line, or set it aside, just now."))
    return line
