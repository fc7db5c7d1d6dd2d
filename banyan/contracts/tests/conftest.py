"""An organization with contracts, a customer, and a contract in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from banyan.contracts.models import Contract
from banyan.core.approvals.definitions import read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, save_draft
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.customers.models import Customer
from tests.cast import Cast


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared as they stand in the code."""
    with override("en"):
        yield


@pytest.fixture
def company(scope: Cast) -> Cast:
    """The cast with the Standard edition, which has contracts."""
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard")
    scope.organization.edition = "standard"
    return scope


@pytest.fixture
def customer(company: Cast) -> Customer:
    """A prospect."""
    actor = company.actor("admin")
    made = door.create(actor, spec_for(company.organization, "customer"), {"name": "Harbor Light"})
    assert isinstance(made, Customer)
    return made


Write = Callable[..., Contract]


@pytest.fixture
def write(company: Cast, customer: Customer) -> Write:
    """Write contracts of the customer."""

    def write_contract(**values: Any) -> Contract:
        actor = company.actor("owner")
        given = {
            "customer": customer.pk,
            "amount": "1000",
            "starts_on": "2026-01-01",
            "ends_on": "2096-12-31",
            **values,
        }
        made = door.create(actor, spec_for(company.organization, "contract"), given)
        assert isinstance(made, Contract)
        return made

    return write_contract


@pytest.fixture
def need_approval(company: Cast) -> Callable[..., None]:
    """Put a flow in force by which the manager approves."""

    def put_in_force(object_name: str, condition: dict[str, Any]) -> None:
        admin = company.actor("admin")
        approver = {"kind": "people", "people": [str(company.users["manager"].pk)]}
        steps = [{"key": "manager", "names": {"en": "Manager"}, "approvers": [approver]}]
        definition = read_definition({"steps": steps, "start": {"condition": condition}})
        flow = create_flow(admin, spec_for(admin.organization, object_name), {"en": "Approval", "zh": "审批"})
        save_draft(admin, flow.pk, **{name: getattr(definition, name) for name in definition.__dataclass_fields__})
        publish_flow(admin, flow.pk)

    return put_in_force
