"""Whatever is sent to the documented paths, fitting or not: no answer is an internal error, and all are as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from banyan.core.identity.services import create_token
from banyan.core.objects.registry import objects
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
#: One object of each sort; the others are made by the same code from the same kinds of fields.
PATHS = ("/me", "/users", "/search", "/undo/", "/customers", "/activities")


@pytest.fixture
def documented(olga, cast):
    """The document as a test schema, and the headers of its requests.

    Connections stay open between requests, as Django's own test client keeps them.
    """
    with organization_scope(cast.organization.pk):
        token = create_token(cast.users["owner"], name="schemathesis")
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en", "Accept-Encoding": "identity"}
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), headers=headers)
    yield schema, headers
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_no_request_breaks_the_interface(documented, cast, path):
    schema, headers = documented
    for result in schema.include(path_regex=f"^{path}").get_all_operations():
        for mode in MODES:
            _try_operation(result.ok(), mode, headers=headers, known_id=_new_customer(cast))


def _new_customer(cast: Cast) -> str:
    """Return the id of a record that earlier operations cannot have deleted."""
    with organization_scope(cast.organization.pk):
        return str(door.create(cast.actor("owner"), objects["customer"], {"name": "Target"}).pk)


def _try_operation(operation: Any, mode: Any, *, headers: dict[str, str], known_id: str) -> None:
    @seed(20261123)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), aims=st.booleans())
    def run(case: Any, aims: bool) -> None:  # noqa: FBT001 hypothesis passes it by name
        if aims and "id" in case.path_parameters:
            case.path_parameters["id"] = known_id
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    try:
        run()
    except Exception as error:
        raise AssertionError(f"{operation.method.upper()} {operation.path} ({mode})") from error
