"""A company whose people learn."""

from __future__ import annotations

import pytest

from banyan.core.tenancy.models import Organization
from tests.cast import Cast


@pytest.fixture
def home(cast: Cast) -> Cast:
    Organization.objects.filter(pk=cast.organization.pk).update(language="en")
    return cast
