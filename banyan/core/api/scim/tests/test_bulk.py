"""A directory that tells of thousands at once, and what may be wrong with that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.duties import separate_duties
from banyan.core.access.models import ReportingLine
from banyan.core.api.scim.tests.test_scim import Directory, role_id, roles_of
from banyan.core.api.scim.views import MOST_BYTES, MOST_OPERATIONS
from banyan.core.audit.models import Entry
from banyan.core.identity.models import User
from banyan.core.identity.providers.models import ProvisionedGroup
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, sign_in

BULK, ENTERPRISE = "/scim/v2/Bulk", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def directory(cast: Cast) -> Directory:
    return Directory(cast)


def person(key: str, **facts: Any) -> dict[str, Any]:
    data = {"userName": f"{key}@cast.test", "displayName": key.title(), "externalId": key, **facts}
    return {"method": "POST", "path": "/Users", "bulkId": key, "data": data}


def reporting(key: str, manager: str, **facts: Any) -> dict[str, Any]:
    return person(key, **{ENTERPRISE: {"manager": {"value": manager}}}, **facts)


def group(key: str, *members: str) -> dict[str, Any]:
    data = {"displayName": key, "members": [{"value": member} for member in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": key, "data": data}


def send(directory: Directory, *operations: Any, **more: Any) -> list[dict[str, Any]]:
    answer = directory.send("POST", BULK, {"Operations": list(operations), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["Operations"]


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def emails(cast: Cast) -> set[str]:
    with organization_scope(cast.organization.pk):
        return set(User.objects.values_list("email", flat=True))


def test_company_arrives_in_one_request(cast: Cast, directory: Directory) -> None:
    results = send(
        directory,
        group("Branch", "bulkId:nora", "bulkId:otto"),
        reporting("nora", "bulkId:otto", title="Teller"),
        reporting("otto", str(cast.users["manager"].pk)),
        person("paul", active=False),
    )

    assert statuses(results) == ["201"] * 4
    assert [result["bulkId"] for result in results] == ["Branch", "nora", "otto", "paul"]
    nora = directory.client.get(results[1]["location"]).json()
    assert (nora["title"], nora["externalId"], nora[ENTERPRISE]["manager"]["displayName"]) == ("Teller", "nora", "Otto")
    assert [entry["display"] for entry in nora["groups"]] == ["Branch"]
    with organization_scope(cast.organization.pk):
        superior = ReportingLine.objects.get(user__email="otto@cast.test").superior
        assert superior == cast.users["manager"]
        assert not User.objects.get(email="paul@cast.test").is_active


def test_cost_of_a_person_is_small_and_everybody_is_in_the_log(
    cast: Cast, directory: Directory, django_assert_max_num_queries
) -> None:
    people = [reporting(f"p{number}", "bulkId:p0" if number else "") for number in range(40)]
    with django_assert_max_num_queries(50):
        results = send(directory, *people, group("All", *(f"bulkId:p{number}" for number in range(40))))

    assert set(statuses(results)) == {"201"}
    with organization_scope(cast.organization.pk):
        ids = list(User.objects.filter(email__startswith="p").values_list("pk", flat=True))
        assert Change.objects.filter(record_id__in=ids, action="create").count() == 40
        assert Entry.objects.filter(kind="person_provisioned", user_id__in=ids).count() == 40


def test_operations_change_and_remove_what_the_same_request_made(cast: Cast, directory: Directory) -> None:
    viewer = str(cast.users["viewer"].pk)
    patch = {"Operations": [{"op": "replace", "path": "title", "value": "Buyer"}]}
    results = send(
        directory,
        person("nora"),
        {"method": "PATCH", "path": "/Users/bulkId:nora", "data": patch},
        {"method": "PUT", "path": f"/Users/{viewer}", "data": person("vera")["data"]},
        {"method": "DELETE", "path": "/Users/bulkId:nora"},
    )

    assert statuses(results) == ["201", "200", "200", "204"]
    with organization_scope(cast.organization.pk):
        nora = User.objects.get(email="nora@cast.test")
        assert (nora.title, nora.is_active) == ("Buyer", False)
        assert User.objects.get(pk=viewer).email == "vera@cast.test"


def test_good_half_is_done_and_bad_half_says_why(cast: Cast, directory: Directory) -> None:
    wanted = [
        (person("nora"), "201", ""),
        (person("nora2", userName="NORA@cast.test"), "409", "belongs to a colleague"),
        (person("bad", userName="nobody"), "400", "e-mail"),
        (reporting("under", "bulkId:bad"), "409", "manager could not be added"),
        (reporting("over", "bulkId:nowhere"), "409", "bulkId:nowhere"),
        (reporting("odd", "00000000-0000-0000-0000-000000000000"), "400", "manager is not a person"),
        (reporting("first", "bulkId:second"), "201", ""),
        (reporting("second", "bulkId:first"), "409", "report to themselves"),
        (person("nora"), "400", "bulkId"),
        ({**person("x"), "bulkId": ""}, "400", "bulkId"),
        ({**person("x"), "method": "GET"}, "400", "method"),
        ({**person("x"), "path": "/Customers"}, "404", "path"),
        ({**person("x"), "path": "/Users/1"}, "405", "method"),
        ({**person("y"), "data": None}, "400", "data"),
        ("nonsense", "400", "operation"),
        ({"method": "DELETE", "path": "/Users/nonsense"}, "404", "nothing at this address"),
        (group("Team", "bulkId:bad"), "409", "bulkId:bad"),
        (group("Circle", "bulkId:Circle"), "409", "circle"),
        (person("nul", displayName="A\u0000B"), "201", ""),
    ]
    results = send(directory, *(operation for operation, _status, _text in wanted))

    # Who reports to somebody who would report back is told of both: neither line can stand without the other.
    expected = [(status, text) for _operation, status, text in wanted]
    expected[6] = ("409", "manager could not be added")
    assert [
        (result["status"], text if text in result.get("response", {}).get("detail", "") else result)
        for result, (_status, text) in zip(results, expected, strict=True)
    ] == expected
    assert {address for address in emails(cast) if address.startswith("n")} == {"nora@cast.test", "nul@cast.test"}
    assert results[1]["response"]["scimType"] == "uniqueness"


@pytest.mark.parametrize("most", [1, 2])
def test_too_many_errors_end_the_request(cast: Cast, directory: Directory, most: int) -> None:
    bad = person("bad", userName="nobody")
    results = send(directory, person("nora"), bad, person("otto"), {"method": "X"}, group("Team"), failOnErrors=most)

    assert statuses(results) == ["201", "400", "201", "400"][: 2 * most]
    assert ("otto@cast.test" in emails(cast)) is (most == 2)
    with organization_scope(cast.organization.pk):
        assert not ProvisionedGroup.objects.exists()


def test_people_who_were_there_are_taken_over_once(cast: Cast, directory: Directory) -> None:
    owner = person("owner", displayName="Olga Orlova")

    assert statuses(send(directory, owner)) == ["201"]
    assert statuses(send(directory, owner)) == ["409"]
    assert directory.get(f"/scim/v2/Users/{cast.users['owner'].pk}")["displayName"] == "Olga Orlova"
    assert roles_of(cast, cast.users["owner"].pk) == {"member"}


@pytest.mark.parametrize(
    "body", [{}, {"Operations": []}, {"Operations": {}}, {"Operations": [{}], "failOnErrors": 0}, [], "x"]
)
def test_what_is_no_bulk_is_refused(directory: Directory, body: Any) -> None:
    assert directory.send("POST", BULK, body).status_code == 400


def test_too_much_is_refused_before_anything_is_done(cast: Cast, directory: Directory) -> None:
    before = emails(cast)
    many = directory.send("POST", BULK, {"Operations": [person(f"p{n}") for n in range(MOST_OPERATIONS + 1)]})
    large = directory.send("POST", BULK, {"Operations": [person("nora", title="x" * MOST_BYTES)]})

    assert [(answer.status_code, answer.json()["status"]) for answer in (many, large)] == [(413, "413"), (413, "413")]
    assert str(MOST_OPERATIONS) in many.json()["detail"]
    assert emails(cast) == before
    bulk = directory.get("/scim/v2/ServiceProviderConfig")["bulk"]
    assert bulk == {"supported": True, "maxOperations": MOST_OPERATIONS, "maxPayloadSize": MOST_BYTES}


def test_deep_nesting_is_refused(directory: Directory) -> None:
    nested = '{"a":' * 1000 + "1" + "}" * 1000
    body = f'{{"Operations": [{{"method": "PUT", "path": "/Users/1", "data": {nested}}}]}}'
    answer = directory.client.post(BULK, body, content_type="application/scim+json")

    assert answer.status_code in {200, 400}
    assert answer.status_code == 400 or answer.json()["Operations"][0]["status"] in {"400", "404"}


def test_token_is_needed_and_reaches_its_organization_only(cast: Cast, strangers: Cast, directory: Directory) -> None:
    stranger = str(strangers.users["owner"].pk)
    body = {"Operations": [person("nora")]}
    for client in (Client(), sign_in(cast, "admin"), api_client(cast, "admin")):
        assert client.post(BULK, json.dumps(body), content_type="application/scim+json").status_code == 401

    results = send(
        directory,
        {"method": "DELETE", "path": f"/Users/{stranger}"},
        reporting("nora", stranger),
        group("Team", stranger),
        person("owner", userName="owner@strangers.test"),
    )

    assert statuses(results) == ["404", "400", "400", "201"]
    with organization_scope(strangers.organization.pk):
        assert User.objects.get(pk=stranger).is_active
        assert not Change.objects.filter(record_id=stranger).exists()


def test_manager_is_changed_and_taken_away(cast: Cast, directory: Directory) -> None:
    path, line = f"/scim/v2/Users/{cast.users['owner'].pk}", f"{ENTERPRISE}:manager"
    manager, teammate = (str(cast.users[name].pk) for name in ("manager", "teammate"))

    for wanted in (manager, teammate):
        changed = directory.patch(path, {"op": "replace", "path": line, "value": {"value": wanted}}).json()
        assert changed[ENTERPRISE]["manager"]["value"] == wanted
    back = directory.patch(f"/scim/v2/Users/{teammate}", {"op": "add", "path": line, "value": changed["id"]})
    assert (back.status_code, "report to themselves" in back.json()["detail"]) == (409, True)
    # Who says nothing of a manager leaves the line as it is.
    assert "manager" in directory.send("PUT", path, person("owner")["data"]).json()[ENTERPRISE]
    assert "manager" not in directory.patch(path, {"op": "remove", "path": line}).json()[ENTERPRISE]
    with organization_scope(cast.organization.pk):
        told = Change.objects.filter(record_id=cast.users["owner"].pk, values__has_key="superiors").order_by("id")
        assert [change.values["superiors"] for change in told] == [
            [[], ["Mei Manager"]],
            [["Mei Manager"], ["Tom Teammate"]],
            [["Tom Teammate"], []],
        ]


def test_groups_are_in_the_log_and_cannot_join_separated_duties(cast: Cast, directory: Directory) -> None:
    with organization_scope(cast.organization.pk):
        separate_duties(cast.actor("admin"))
    viewer = str(cast.users["viewer"].pk)
    results = send(directory, group("Security", viewer), group("Audit", viewer))
    groups = [result["location"].rpartition("/")[2] for result in results]
    pages = [f"/settings/provisioning/groups/{one}" for one in groups]

    first = directory.ada.post(pages[0], {"role": role_id(cast, "security_administrator")})
    second = directory.ada.post(pages[1], {"role": role_id(cast, "audit_administrator")})

    assert (first.status_code, "Duties are separated" in second.text) == (303, True)
    assert roles_of(cast, viewer) == {"read_only", "security_administrator"}
    with organization_scope(cast.organization.pk):
        change = Change.objects.get(record_id=viewer, values__has_key="roles")
        assert change.values["roles"] == [["Read only"], ["Read only", "Security administrator"]]
