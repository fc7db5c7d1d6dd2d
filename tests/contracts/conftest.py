from __future__ import annotations

import pytest

from banyan.core.objects.modules import ENTERPRISE
from banyan.core.objects.registry import objects, spec_for
from banyan.core.objects.spec import ObjectSpec
from tests.cast import Cast
from tests.contracts.samples import Maker


def with_every_module(cast: Cast) -> Cast:
    """Let an organization use the edition that has every module: the contract holds for all objects."""
    cast.organization.edition = ENTERPRISE
    cast.organization.save(update_fields=["edition"])
    return cast


@pytest.fixture
def cast(cast: Cast) -> Cast:
    return with_every_module(cast)


@pytest.fixture
def strangers(strangers: Cast) -> Cast:
    return with_every_module(strangers)


@pytest.fixture
def maker(scope: Cast) -> Maker:
    return Maker(scope.actor("admin"))


@pytest.fixture(params=objects.keys())
def spec(request: pytest.FixtureRequest, scope: Cast) -> ObjectSpec:
    return spec_for(scope.organization, request.param)
