"""Processes in a configuration file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.access.models import GranteeKind
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.identity.models import Role
from banyan.core.processes.models import Process
from banyan.core.processes.rules import Check, Gate, Item, Limit, Movers, Reason, Receiver
from banyan.core.processes.templates import use_template
from banyan.core.tenancy.scope import organization_scope


def test_processes_mean_the_same_in_another_organization(admin: Actor, process: Callable[..., Any]) -> None:
    manager = str(Role.objects.get(key="manager").pk)
    process(
        {
            "Draft": {
                "exit": Gate(
                    (Check({"field": "pages", "op": "gte", "value": 3}, {"en": "Three pages"}),), ("lawyer",), file=True
                ),
                "checklist": (
                    Item("read", {"en": "Read it", "zh": "已读"}),
                    Item("more", {"en": "More"}, needed=False),
                ),
                "movers": Movers(owner=True, grantees=({"kind": str(GranteeKind.ROLE), "id": manager},)),
                "handover": Receiver("role", manager),
                "limit": Limit(8, 2, superior=False, receiver=Receiver("superior")),
            },
            "Dropped": {"reasons": (Reason("price", {"en": "Price"}),), "needs_comment": True},
        },
        back_needs_reason=True,
    )
    use_template(admin, "opportunity_gates")
    text = write_document(current_document(admin.organization))
    assert manager not in text
    other = found_organization(name="Other", language="en")
    with organization_scope(other.pk):
        actor = system_actor(other)
        apply_document(actor, read_document(text))
        assert plan_of(actor, read_document(text)).is_empty
        rows = {row.key: row for row in Process.objects.all()}
        assert rows["contracts"].is_active
        assert not rows["opportunity_gates"].is_active
        again = write_document(current_document(other))
        assert again.replace("name: Other", "name: Banyan Test Company") == text
