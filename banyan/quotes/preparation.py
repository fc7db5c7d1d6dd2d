"""What is derived and refused while quotes and their lines pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import RecordsChanged
from banyan.core.records.locks import Locks, LockSource, Stored, locking
from banyan.core.records.models import ChangeAction
from banyan.core.records.policies import Phase, WritePolicy
from banyan.customers.public import Customer
from banyan.products.public import Binding, LineDocument, keep_amounts
from banyan.quotes.choices import OPEN, QuoteStatus
from banyan.quotes.models import Quote, QuoteLine
from banyan.quotes.rules import last_day
from banyan.quotes.setting import settings_of

#: What may change after a quote was sent: it is not what was offered.
FREE = frozenset({"owner", "tags", "notes"})
FREE_WHEN_ACCEPTED = frozenset({"owner", "tags"})
PAPER_LANGUAGES = frozenset(code for code, _name in LANGUAGES)
#: Countries whose customers read Chinese.
CHINESE = ("cn", "china", "中国", "hk", "hong kong", "香港", "tw", "taiwan", "台湾", "mo", "macau", "澳门")

#: The step that a service is taking with a quote: the values that go with it, which nobody else may write.
_step: ContextVar[Mapping[str, Any] | None] = ContextVar("quote_step", default=None)


@contextmanager
def taking_step(**values: Any) -> Iterator[None]:
    """Let the writes of the block move a quote: ``values`` such as its status are set on it, and nothing is closed.

    Only services do so, after they have judged the step while the quote is locked.
    """
    token = _step.set(values)
    try:
        yield
    finally:
        _step.reset(token)


def closed(quote: Any) -> str:
    """Return why the content of a quote cannot change now, and the way out; an empty text when it can."""
    if _step.get() is not None or quote is None:
        return ""
    return told_closed(quote.status)


def told_closed(status: str) -> str:
    """Return why a quote in a status cannot be changed."""
    if status in OPEN:
        return ""
    if status == QuoteStatus.ACCEPTED:
        return _("This quote was accepted and cannot be changed any more.")
    if status == QuoteStatus.APPROVAL:
        return _("This quote waits for an approval. Whoever asked for it can withdraw it.")
    if status == QuoteStatus.REPLACED:
        return _("A newer version has replaced this quote. Change that one.")
    return _("This quote went to the customer. Revise it: that makes a new version.")


LINES = LineDocument(
    parent="quote",
    line="quote_line",
    link="quote",
    module="quotes",
    day="quoted_on",
    first=("customer", "amount", "valid_until", "name"),
    counted="counts",
    closed=closed,
    changed=("customers", "opportunities"),
    binding=Binding("status", (QuoteStatus.SENT.value, QuoteStatus.ACCEPTED.value), QuoteStatus.DRAFT.value),
)


def prepare_quotes(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name a quote after its customer, give it its language and last day, and take the step of a service with it."""
    keep_amounts(drafts, context, LINES)
    step = _step.get() or {}
    customers = _customers(drafts)
    day = today(context.actor.time_zone)
    for draft in drafts:
        for name, value in step.items():
            draft.set(name, value)
        if draft.is_new:
            _begin(draft, context, customers, day)
        quoted, valid = draft.get("quoted_on"), draft.get("valid_until")
        if quoted and valid and valid < quoted and draft.changes("quoted_on", "valid_until"):
            draft.refuse("valid_until", "before_quote", _("The quote cannot end before its date."))


def _begin(draft: Draft, context: WriteContext, customers: Mapping[uuid.UUID, Customer], day: Any) -> None:
    customer = customers.get(draft.get("customer"))
    if not draft.get("name") and customer is not None:
        draft.set("name", customer.name)
    if not draft.get("quoted_on"):
        draft.set("quoted_on", day)
    if not draft.get("valid_until"):
        draft.set("valid_until", last_day(draft.get("quoted_on"), settings_of(context.actor.organization).valid_days))
    if not draft.get("language"):
        draft.set("language", language_for(customer, context.actor.organization.language))


def language_for(customer: Customer | None, usual: str) -> str:
    """Return the language of a customer's papers: what is said of them, else that of the last quote or their country."""
    if customer is None:
        return usual
    if customer.language in PAPER_LANGUAGES:
        return customer.language
    last = Quote.objects.filter(customer=customer).exclude(language="").order_by("-created_at").first()
    if last is not None:
        return last.language
    country = str((customer.address or {}).get("country", "")).strip().lower()
    if not country:
        return usual
    return "zh-hans" if country in CHINESE else "en"


def _customers(drafts: Sequence[Draft]) -> dict[uuid.UUID, Customer]:
    ids = {draft.get("customer") for draft in drafts if draft.is_new} - {None}
    return Customer.objects.in_bulk(list(ids)) if ids else {}


def locks_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of quotes that are no drafts any more; taking back earlier work is judged as well."""
    if _step.get() is not None:
        return {}
    found: dict[uuid.UUID, Locks] = {}
    for record in records:
        status = record.before("status")
        message = told_closed(status)
        if message:
            free = FREE_WHEN_ACCEPTED if status == QuoteStatus.ACCEPTED else FREE
            found[record.record_id] = locking(sorted(spec.all_fields.keys() - free), "quote_closed", message)
    return found


def keep_sent(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Refuse that quotes which a customer has, or has answered, go to the recycle bin."""
    for record in records:
        status = getattr(record, "status", "")
        if status in {QuoteStatus.SENT, QuoteStatus.APPROVAL, QuoteStatus.ACCEPTED}:
            raise Conflict("quote_closed", told_closed(status), record_id=record.pk)


def judge_closed_lines(event: RecordsChanged) -> None:
    """Undo what changed the lines of a quote that is closed, whichever way it came, such as out of the recycle bin."""
    if event.object_name != "quote_line" or event.action == ChangeAction.ERASE or _step.get() is not None:
        return
    ids = [record.record_id for record in event.records]
    rows = QuoteLine.objects.filter(pk__in=ids).exclude(quote__status__in=OPEN)
    status = rows.values_list("quote__status", flat=True).first()
    if status is not None:
        raise Conflict("quote_closed", told_closed(status))


CLOSED = WritePolicy("quotes.closed", Phase.JUDGE, lambda spec: spec.name == "quote", keep=keep_sent)
LOCKS = LockSource("quotes.closed", lambda spec: spec.name == "quote", locks_of, reads=("status",))
