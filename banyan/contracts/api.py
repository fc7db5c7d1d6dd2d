"""The steps and parts of contracts in the REST interface."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.contracts.choices import InstalmentEvent
from banyan.contracts.models import ContractAmendment
from banyan.contracts.queries import instalments_of, terms_of
from banyan.contracts.references import AMENDMENT, CONTRACT, MODULE
from banyan.contracts.services import amendments, instalments, renewing, steps, terms
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of, day_in, objects_in
from banyan.core.api.calls import Call
from banyan.core.api.preconditions import expected_version
from banyan.core.api.routes import Operation, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects

Json = dict[str, Any]
CONTRACTS, AMENDMENTS = "contracts", "contract-amendments"
DAY: Json = {"type": ["string", "null"], "format": "date"}
TEXT: Json = {"type": ["string", "null"]}
DECIMAL: Json = {"type": ["string", "number", "null"]}
INSTALMENT: Json = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"], "format": "uuid"},
        "name": TEXT,
        "share": DECIMAL,
        "amount": DECIMAL,
        "due_on": DAY,
        "event": {"type": ["string", "null"], "enum": [*InstalmentEvent.values, "", None]},
        "days": {"type": ["integer", "null"], "minimum": 0},
    },
}
TERM: Json = {"type": "object", "properties": {"title": {"type": "string"}, "text": {"type": "string"}}}


def list_instalments(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the instalments of a contract."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(CONTRACTS), id, columns=("version", "amount"))
    return Answer({"items": [_instalment(entry) for entry in instalments_of(id)]})


def put_instalments(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a draft have exactly the instalments of the body."""
    body = body_of(call, {"instalments"})
    version = expected_version(call.request)
    instalments.replace_instalments(call.actor, id, objects_in(body, "instalments"), version=version)
    return list_instalments(call, id)


def list_terms(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with the terms of a contract."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(CONTRACTS), id, columns=("version",))
    return Answer({"items": [{"title": term.title, "text": term.text} for term in terms_of(id)]})


def put_terms(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a draft have exactly the terms of the body."""
    terms.replace_terms(call.actor, id, objects_in(body_of(call, {"terms"}), "terms"))
    return list_terms(call, id)


def submit(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Ask for approval."""
    steps.submit(call.actor, id, reason=str(body_of(call, {"reason"}).get("reason") or ""))
    return record_answer(call, call.spec(CONTRACTS), id)


def sign(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Bring a contract into force."""
    values = body_of(call, {"signed_on", "our_signer", "customer_signer"})
    steps.sign(call.actor, id, values, version=expected_version(call.request))
    return record_answer(call, call.spec(CONTRACTS), id)


def terminate(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """End a contract before its time."""
    values = body_of(call, {"ended_on", "reason"})
    steps.terminate(
        call.actor, id, reason=str(values.get("reason") or ""), ended_on=day_in(call, values, "ended_on"),
        version=expected_version(call.request),
    )  # fmt: skip
    return record_answer(call, call.spec(CONTRACTS), id)


def renew(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Create the contract that follows."""
    values = body_of(call, {"starts_on", "ends_on", "amount"})
    made = renewing.renew(call.actor, id, values)
    return record_answer(call, call.spec(CONTRACTS), made.pk, status=201)


def amend(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write an amendment with instalments and terms as they shall be."""
    values = body_of(call, {*call.spec(AMENDMENTS).writable_fields, "instalments", "terms"} - {"contract"})
    plan, texts = values.pop("instalments", None), values.pop("terms", None)
    made = amendments.amend(
        call.actor, id, values,
        instalments=None if plan is None else objects_in({"instalments": plan}, "instalments"),
        terms=None if texts is None else objects_in({"terms": texts}, "terms"),
    )  # fmt: skip
    return record_answer(call, call.spec(AMENDMENTS), made.pk, status=201)


def submit_amendment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Ask for the approval of an amendment."""
    amendments.submit_amendment(call.actor, id, reason=str(body_of(call, {"reason"}).get("reason") or ""))
    return record_answer(call, call.spec(AMENDMENTS), id)


def sign_amendment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Bring an amendment into force."""
    values = body_of(call, {"signed_on"})
    amendments.sign_amendment(call.actor, id, signed_on=day_in(call, values, "signed_on"))
    return record_answer(call, call.spec(AMENDMENTS), id)


def list_changes(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with what an amendment changes: old and new values."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(AMENDMENTS), id, columns=("version", "new_amount"))
    found = ContractAmendment.objects.select_related("contract").get(pk=id)
    return Answer({"items": amendments.changes_of(found, found.contract)})


def _instalment(entry: Any) -> Json:
    return {
        "id": entry.id,
        "name": entry.name,
        "share": instalments.KINDS["share"].to_json(entry.share),
        "amount": instalments.KINDS["amount"].to_json(entry.amount),
        "currency": entry.currency,
        "due_on": entry.due_on,
        "event": entry.event,
        "days": entry.days,
    }


def _operation(
    name: str, object_name: str, summary: Any, body: Json | None, reply: Reply, *, status: int
) -> Callable[[], Operation]:
    def describe() -> Operation:
        schema = None if body is None else {"type": "object", "properties": body}
        return Operation(
            id=name, summary=str(summary()), tag=objects[object_name].label_plural,
            body=schema, body_required=False, replies={status: reply}, problems=(400, 404, 409, 412, 413, 415, 422),
        )  # fmt: skip

    return describe


def _items(schema: Json) -> Reply:
    return Reply(
        "OK", {"type": "object", "properties": {"items": {"type": "array", "items": schema}}, "required": ["items"]}
    )


def register() -> None:
    """Add the paths to the interface."""
    contract, amendment = Reply("OK", item_reference(CONTRACT)), Reply("OK", item_reference(AMENDMENT))
    reason = {"reason": TEXT}
    signing = {"signed_on": DAY, "our_signer": TEXT, "customer_signer": TEXT}
    period = {"starts_on": DAY, "ends_on": DAY, "amount": DECIMAL}
    plan = {"instalments": {"type": "array", "items": INSTALMENT}}
    texts = {"terms": {"type": "array", "items": TERM}}
    new = {
        "name": TEXT, "reason": {"type": "string"}, "wording": TEXT, "new_amount": DECIMAL, "new_starts_on": DAY,
        "new_ends_on": DAY, **plan, **texts,
    }  # fmt: skip
    changes = _items({"type": "object", "properties": {"name": {"type": "string"}, "old": {}, "new": {}}})
    one, other = f"/{CONTRACTS}/{{id}}", f"/{AMENDMENTS}/{{id}}"
    for method, path, view, name, subject, summary, body, reply, status in (
        ("GET", f"{one}/instalments", list_instalments, "list_instalments", CONTRACT, lambda: _("List the instalments of a contract"), None, _items(INSTALMENT), 200),
        ("POST", f"{one}/instalments", put_instalments, "replace_instalments", CONTRACT, lambda: _("Replace the instalments of a draft"), plan, _items(INSTALMENT), 200),
        ("GET", f"{one}/terms", list_terms, "list_terms", CONTRACT, lambda: _("List the terms of a contract"), None, _items(TERM), 200),
        ("POST", f"{one}/terms", put_terms, "replace_terms", CONTRACT, lambda: _("Replace the terms of a draft"), texts, _items(TERM), 200),
        ("POST", f"{one}/submit", submit, "submit_contract", CONTRACT, lambda: _("Submit a contract for approval"), reason, contract, 200),
        ("POST", f"{one}/sign", sign, "sign_contract", CONTRACT, lambda: _("Bring a contract into force"), signing, contract, 200),
        ("POST", f"{one}/terminate", terminate, "terminate_contract", CONTRACT, lambda: _("Terminate a contract"), {"ended_on": DAY, **reason}, contract, 200),
        ("POST", f"{one}/renew", renew, "renew_contract", CONTRACT, lambda: _("Renew a contract"), period, contract, 201),
        ("POST", f"{one}/amendments", amend, "amend_contract", CONTRACT, lambda: _("Write an amendment of a contract"), new, amendment, 201),
        ("POST", f"{other}/submit", submit_amendment, "submit_amendment", AMENDMENT, lambda: _("Submit an amendment for approval"), reason, amendment, 200),
        ("POST", f"{other}/sign", sign_amendment, "sign_amendment", AMENDMENT, lambda: _("Bring an amendment into force"), {"signed_on": DAY}, amendment, 200),
        ("GET", f"{other}/changes", list_changes, "list_amendment_changes", AMENDMENT, lambda: _("List what an amendment changes"), None, changes, 200),
    ):  # fmt: skip
        operation = _operation(name, subject, summary, body, reply, status=status)
        register_route(Route(method, path, view, operation, module=MODULE))
