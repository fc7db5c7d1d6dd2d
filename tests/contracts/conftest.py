from __future__ import annotations

import pytest

from banyan.core.objects.registry import objects, spec_for
from banyan.core.objects.spec import ObjectSpec
from tests.cast import Cast
from tests.contracts.samples import Maker


@pytest.fixture
def maker(scope: Cast) -> Maker:
    return Maker(scope.actor("admin"))


@pytest.fixture(params=objects.keys())
def spec(request: pytest.FixtureRequest, scope: Cast) -> ObjectSpec:
    return spec_for(scope.organization, request.param)
