"""The document that describes the interface."""

from __future__ import annotations

import json

import pytest

from banyan.core.api.routes import Operation, Reply, Route, api_routes, item_reference, register_route
from banyan.core.tenancy.models import Organization


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.fixture
def document(olga):
    return olga.get("openapi.json").json()


def test_document_points_only_to_what_is_in_it(document):
    for reference in set(references(document)):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_document_names_each_operation_once(document):
    names = [
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]

    assert len(names) == len(set(names))
    assert {"list_customers", "create_contacts", "bulk_customers", "undo", "me"} <= set(names)


def test_document_tells_what_a_new_record_needs(document):
    schemas = document["components"]["schemas"]

    assert schemas["CustomerCreate"]["required"] == ["name"]
    assert schemas["CustomerCreate"]["properties"]["level"]["enum"]
    assert "number" not in schemas["CustomerCreate"]["properties"]
    assert schemas["Customer"]["properties"]["number"]["readOnly"]
    assert "employees__gte" in schemas["CustomerFilters"]["properties"]


def test_examples_of_new_records_are_accepted(olga, document):
    for path in ("customers", "contacts"):
        example = document["paths"][f"/{path}"]["post"]["requestBody"]["content"]["application/json"]["example"]
        response = olga.post(path, example)
        assert response.status_code == 201, response.content


def test_document_speaks_the_language_that_was_asked_for(olga):
    chinese = olga.get("openapi.json", Accept_Language="zh-CN").json()

    assert chinese["paths"]["/me"]["get"]["summary"] == "查看当前身份"


def test_document_is_not_sent_again_when_unchanged(olga, cast):
    tag = olga.get("openapi.json")["ETag"]

    assert olga.get("openapi.json", If_None_Match=tag).status_code == 304
    Organization.objects.filter(pk=cast.organization.pk).update(modules_off=["customers"])
    assert olga.get("openapi.json", If_None_Match=tag).status_code == 200


def test_path_of_an_app_appears_and_disappears_with_its_module(olga, cast):
    operation = Operation(
        "wave_customers", "Wave", "Customers", {200: Reply("The customer.", item_reference("customer"))}
    )
    register_route(Route("POST", "/customers/{id}/wave", lambda call, **_: None, operation, module="customers"))
    try:
        assert "/customers/{id}/wave" in json.dumps(olga.get("openapi.json").json())
        Organization.objects.filter(pk=cast.organization.pk).update(modules_off=["customers"])
        assert "/customers/{id}/wave" not in json.dumps(olga.get("openapi.json").json())
        assert olga.post(f"customers/{cast.organization.pk}/wave").status_code == 404
    finally:
        api_routes.remove("POST /customers/{id}/wave")
