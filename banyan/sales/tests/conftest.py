"""What tests of opportunities share: a customer, people at it, and opportunities in the usual pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from banyan.core.access.actor import Actor
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.sales.models import Opportunity, Stage
from tests.cast import Cast


@dataclass
class Selling:
    """Makes what a test sells, in the name of the administrator."""

    actor: Actor

    def make(self, object_name: str, /, **values: Any) -> Record:
        return door.create(self.actor, spec_for(self.actor.organization, object_name), values)

    def opportunity(self, **values: Any) -> Opportunity:
        made = self.make("opportunity", **{"name": "Deal", **values})
        return Opportunity.objects.get(pk=made.pk)

    def change(self, row: Opportunity, **values: Any) -> Opportunity:
        door.update(self.actor, spec_for(self.actor.organization, "opportunity"), row.pk, values)
        row.refresh_from_db()
        return row

    @property
    def stages(self) -> list[Stage]:
        return list(Stage.objects.filter(deleted_at=None, pipeline__is_default=True).order_by("position"))


@pytest.fixture
def selling(scope: Cast) -> Selling:
    return Selling(scope.actor("admin"))
