from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, sign_in


@pytest.fixture
def browser(cast: Cast) -> Client:
    """A browser in which the administrator of the cast is signed in."""
    return sign_in(cast, "admin")
