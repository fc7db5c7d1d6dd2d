"""A flow for customers, and a customer to be approved."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.models import ReportingLine
from banyan.core.approvals.definitions import Json, read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, save_draft
from banyan.core.approvals.models import Approval, Flow, Seat
from banyan.core.approvals.services import start_approval
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from tests.cast import Cast

Make = Callable[..., Flow]


def people(cast: Cast, *names: str) -> Json:
    """Return that certain people of the cast decide."""
    return {"kind": "people", "people": [str(cast.users[name].pk) for name in names]}


def step(cast: Cast, key: str, *names: str, **details: Any) -> Json:
    """Return a step that certain people decide."""
    return {"key": key, "names": {"en": key}, "approvers": [people(cast, *names)], **details}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared as they stand in the code."""
    with override("en"):
        yield


@pytest.fixture
def make(scope: Cast) -> Make:
    """Put a flow for customers in force, made of these steps and further parts."""

    def make_flow(*steps: Json, spec: str = "customer", **parts: Any) -> Flow:
        admin = scope.actor("admin")
        definition = read_definition({"steps": list(steps), **parts})
        flow = create_flow(admin, spec_for(admin.organization, spec), {"en": "Discount", "zh": "折扣审批"})
        save_draft(admin, flow.pk, **{name: getattr(definition, name) for name in definition.__dataclass_fields__})
        return publish_flow(admin, flow.pk)

    return make_flow


@pytest.fixture
def customer(scope: Cast) -> Record:
    """A customer of Olga Owner, who reports to Mei Manager, who reports to Ada Admin."""
    for user, superior in (("owner", "manager"), ("manager", "admin")):
        ReportingLine.objects.create(
            organization=scope.organization, user=scope.users[user], superior=scope.users[superior]
        )
    owner = scope.actor("owner")
    return door.create(owner, customers(owner), {"name": "Harbor Light", "level": "b"})


def customers(actor: Actor) -> ObjectSpec:
    """Return customers as the organization uses them."""
    return spec_for(actor.organization, "customer")


def start(cast: Cast, flow: Flow, record: Record, by: str = "owner", **details: Any) -> Approval:
    """Start a flow for a record as a person of the cast."""
    actor = cast.actor(by)
    return start_approval(actor, flow.pk, spec_for(actor.organization, flow.object_name), record.pk, **details)


def whose_turn(approval: Approval) -> set[str]:
    """Return the first names of those who have to decide."""
    names = Seat.objects.filter(run__approval=approval, state="open").values_list("user__name", flat=True)
    return {name.split()[0] for name in names}


def turn_of(approval: Approval, cast: Cast, name: str) -> uuid.UUID:
    """Return the part of a person of the cast in what is open."""
    return Seat.objects.get(run__approval=approval, state="open", user=cast.users[name]).pk
