"""Many operations in one request (RFC 7644, 3.7): each succeeds or fails by itself, and people are added together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.directory_people import provision_people
from banyan.core.access.guards import lock_organization
from banyan.core.api.scim import views
from banyan.core.api.scim.operations import BadOperation, Operation, read_operation
from banyan.core.api.scim.resources import read_person
from banyan.core.api.scim.views import MOST_OPERATIONS, Ask, TooLarge, answer, answer_or_error, error, problem_answer
from banyan.core.identity.models import User
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import parse_id

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

HANDLERS: dict[tuple[str, str], tuple[Callable[..., HttpResponse], str]] = {
    ("POST", "Groups"): (views.create_group, ""),
    ("PUT", "Users"): (views.put_user, "user_id"),
    ("PATCH", "Users"): (views.patch_user, "user_id"),
    ("DELETE", "Users"): (views.delete_user, "user_id"),
    ("PUT", "Groups"): (views.put_group, "group_id"),
    ("PATCH", "Groups"): (views.patch_group, "group_id"),
    ("DELETE", "Groups"): (views.delete_group, "group_id"),
}


def bulk(ask: Ask) -> HttpResponse:
    """Carry out operations in their order, those that refer to later ones after them; tell how each went."""
    body = ask.body
    written = next((value for name, value in body.items() if name.lower() == "operations"), None)
    if not isinstance(written, list) or not written:
        raise Invalid([FieldError("Operations", "invalidSyntax", _("A bulk needs a list of operations."))])
    if len(written) > MOST_OPERATIONS:
        message = _("%(count)d operations are more than the %(most)d that are taken at once. Send them in parts.")
        raise TooLarge("too_many", message % {"count": len(written), "most": MOST_OPERATIONS})
    limit = next((value for name, value in body.items() if name.lower() == "failonerrors"), None)
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise Invalid([FieldError("failOnErrors", "invalidValue", _("Write a number above zero."))])
    lock_organization(ask.actor)
    return answer({"schemas": [RESPONSE], "Operations": _Bulk(ask, written, limit).carry_out()})


class _Bulk:
    """The operations of one request on their way: what is waiting, what is done, and the ids of what was made."""

    def __init__(self, ask: Ask, written: list[Any], most_errors: int | None) -> None:
        self._ask = ask
        self._written = written
        self._most_errors = most_errors
        self._errors = 0
        self._made: dict[str, str] = {}
        self._results: dict[int, dict[str, Any]] = {}
        #: References to what is still to come.
        self._coming: set[str] = set()
        self._operations = self._read()

    def carry_out(self) -> list[dict[str, Any]]:
        """Do all that can be done and return the results in the order of the operations."""
        waiting = list(range(len(self._written)))
        while waiting and not self._is_over:
            done_before = len(self._results)
            waiting = self._pass(waiting)
            if len(self._results) == done_before:
                # What is left waits for itself or for each other.
                for position in waiting:
                    self._refuse(position, 409, _("It refers in a circle to what this request is to make."))
                break
        return [self._results[position] for position in sorted(self._results)]

    @property
    def _is_over(self) -> bool:
        return self._most_errors is not None and self._errors >= self._most_errors

    def _read(self) -> dict[int, Operation | BadOperation]:
        found: dict[int, Operation | BadOperation] = {}
        for position, written in enumerate(self._written):
            try:
                operation = read_operation(written)
            except BadOperation as problem:
                found[position] = problem
                continue
            is_new = operation.method == "POST"
            found[position] = BadOperation("bulkId") if is_new and operation.key in self._coming else operation
            if is_new:
                self._coming.add(operation.key)
        return found

    def _pass(self, waiting: list[int]) -> list[int]:
        """Go through the operations once and return those that have to wait for others."""
        later: list[int] = []
        index = 0
        while index < len(waiting) and not self._is_over:
            position = waiting[index]
            operation = self._operations[position]
            run = self._run_of_people(waiting, index)
            index += len(run) or 1
            if run:
                later += self._add_people(run)
            elif isinstance(operation, BadOperation):
                detail = _("This part of the operation is not right: %(part)s") % {"part": operation}
                self._refuse(position, operation.status, detail)
            elif missing := self._missing(operation):
                named = ", ".join(sorted(missing))[:200]
                self._refuse(position, 409, _("It refers to what was not made: %(references)s") % {"references": named})
            elif operation.references - self._made.keys():
                later.append(position)
            else:
                self._do(position, operation.resolved(self._made))
        return later

    def _missing(self, operation: Operation) -> set[str]:
        return set(operation.references - self._made.keys() - self._coming)

    def _run_of_people(self, waiting: list[int], start: int) -> list[int]:
        """Return the operations from here on that add people whose references are made or still to come."""
        end = start
        while end < len(waiting):
            operation = self._operations[waiting[end]]
            if isinstance(operation, BadOperation) or not operation.adds_a_person or self._missing(operation):
                break
            end += 1
        return waiting[start:end]

    def _add_people(self, run: list[int]) -> list[int]:
        """Add people who follow each other in the request; return those who have to wait for something else."""
        together = {position: self._operation(position) for position in run}
        while True:
            keys = {operation.key for operation in together.values()} | self._made.keys()
            early = [position for position, operation in together.items() if operation.references - keys]
            if not early:
                break
            for position in early:
                del together[position]
        told = [read_person(one.resolved(self._made).data, key=one.key) for one in together.values()]
        room = None if self._most_errors is None else self._most_errors - self._errors
        visitor = visitor_of(self._ask.request)
        outcomes = _again_if_somebody_was_faster(
            lambda: provision_people(self._ask.actor, told, visitor, most_errors=room)
        )
        for position, outcome in zip(together, outcomes, strict=False):
            if isinstance(outcome, User):
                self._note_made(position, f"{self._ask.location}/Users/{outcome.pk}", str(outcome.pk))
            else:
                self._note(position, problem_answer(outcome))
        return [position for position in run if position not in together]

    def _operation(self, position: int) -> Operation:
        operation = self._operations[position]
        if isinstance(operation, BadOperation):
            raise operation
        return operation

    def _do(self, position: int, operation: Operation) -> None:
        handler, argument = HANDLERS[operation.method, operation.collection]
        target = parse_id(operation.target)
        if argument and target is None:
            self._refuse(position, 404, _("There is nothing at this address."))
            return
        ask = replace(self._ask, data=operation.data)

        def work() -> HttpResponse:
            with transaction.atomic():
                return handler(ask, **({argument: target} if argument else {}))

        outcome = answer_or_error(work)
        if operation.method == "POST" and outcome.status_code == 201:
            made = orjson.loads(outcome.content)
            self._note_made(position, made["meta"]["location"], made["id"])
        else:
            self._note(position, outcome, target)

    def _note_made(self, position: int, location: str, made_id: str) -> None:
        key = self._operation(position).key
        self._made[key] = made_id
        self._coming.discard(key)
        self._results[position] = {**self._heading(position), "location": location, "status": "201"}

    def _note(self, position: int, outcome: HttpResponse, target: uuid.UUID | None = None) -> None:
        operation = self._operations[position]
        result = {**self._heading(position), "status": str(outcome.status_code)}
        if target is not None and isinstance(operation, Operation):
            result["location"] = f"{self._ask.location}/{operation.collection}/{target}"
        if outcome.status_code >= 400:
            self._errors += 1
            result["response"] = orjson.loads(outcome.content)
            if isinstance(operation, Operation) and operation.method == "POST":
                self._coming.discard(operation.key)
        self._results[position] = result

    def _refuse(self, position: int, status: int, detail: str) -> None:
        kind = {400: "invalidSyntax", 409: "invalidValue"}.get(status, "")
        self._note(position, error(status, detail, kind))

    def _heading(self, position: int) -> dict[str, Any]:
        written = self._written[position]
        fields = ("method", "bulkId", "path") if isinstance(written, dict) else ()
        return {name: written[name] for name in fields if isinstance(written.get(name), str)}


def _again_if_somebody_was_faster(work: Callable[[], list[User | DomainError]]) -> list[User | DomainError]:
    """Do it, and once more when somebody wrote one of the people in the same moment: the second time they are seen."""
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        with transaction.atomic():
            return work()
