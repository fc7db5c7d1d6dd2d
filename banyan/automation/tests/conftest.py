"""Rules of a small company, and workers that are told when to work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from banyan.automation.engine.working import work_batch
from banyan.automation.models import AutomationRule, Run
from banyan.automation.services import create_rule, enable
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from tests.cast import Cast


@pytest.fixture
def boss(scope: Cast) -> Actor:
    """The administrator of a company that has the whole of automation."""
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard")
    scope.organization.refresh_from_db()
    with translation.override("en"):
        yield scope.actor("admin")


def definition(
    trigger: str, *steps: dict[str, Any], config: dict[str, Any] | None = None, **condition: Any
) -> dict[str, Any]:
    return {"trigger": {"kind": trigger, "config": config or {}}, "condition": condition, "steps": list(steps)}


def step(kind: str, step_id: str = "", **config: Any) -> dict[str, Any]:
    own = {name: config.pop(name) for name in ("branches", "otherwise", "steps") if name in config}
    return {"id": step_id or kind, "kind": kind, "config": config, **own}


def sets(step_id: str = "set_fields", **values: Any) -> dict[str, Any]:
    rows = [{"field": name, "source": "value", "value": value} for name, value in values.items()]
    return step("set_fields", step_id, values=rows)


@pytest.fixture
def rule(boss: Actor) -> Callable[..., AutomationRule]:
    """Make a rule and switch it on."""

    def make(
        object_name: str, wanted: dict[str, Any], *, name: str = "Rule", on: bool = True, **values: Any
    ) -> AutomationRule:
        made = create_rule(boss, name=name, spec=specs_on(boss.organization)[object_name], definition=wanted)
        for key, value in values.items():
            setattr(made, key, value)
        made.save()
        return enable(boss, made) if on else made

    return make


@pytest.fixture
def customer(boss: Actor) -> Callable[..., Any]:
    """Create a customer."""

    def make(**values: Any) -> Any:
        return door.create(boss, specs_on(boss.organization)["customer"], {"name": "Harbor Light", **values})

    return make


@pytest.fixture
def work(boss: Actor) -> Callable[[], int]:
    """Let the workers do everything that is due, and return in how many runs."""

    def do() -> int:
        done = 0
        for _round in range(50):
            batch = work_batch(boss.organization)
            if not batch:
                return done
            done += batch
        raise AssertionError("The rules never come to an end.")

    return do


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass for everything that the app asks the clock."""

    def shift(**length: float) -> None:
        moment = now() + timedelta(**length)
        for name, module in list(sys.modules.items()):
            if name.startswith("banyan.automation") and "tests" not in name and hasattr(module, "now"):
                monkeypatch.setattr(module, "now", lambda: moment)

    return shift


def runs_of(rule: AutomationRule) -> list[Run]:
    return list(Run.objects.filter(rule=rule).order_by("id"))
