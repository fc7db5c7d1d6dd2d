"""A directory that tells who works here, and what it must not be able to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import ApiToken, Role, User, UserRole
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.providers.models import ProvisioningToken
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, sign_in

USERS, GROUPS = "/scim/v2/Users", "/scim/v2/Groups"
NORA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "nora@cast.test",
    "externalId": "ext-1",
    "name": {"givenName": "Nora", "familyName": "New"},
    "title": "Buyer",
    "active": True,
    "phoneNumbers": [{"value": "123", "type": "work"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"},
}


class Directory:
    """A directory that has a token."""

    def __init__(self, cast: Cast) -> None:
        self.ada = sign_in(cast, "admin", **{"Accept-Language": "en"})
        page = self.ada.post("/settings/provisioning/tokens/new", {"name": "Directory"}).text
        self.token = page.split('readonly value="')[1].split('"')[0]
        self.client = Client(headers={"Authorization": f"Bearer {self.token}", "Accept-Language": "en"})

    def send(self, method: str, path: str, body: Any = None):
        data = json.dumps(body) if body is not None else ""
        return self.client.generic(method, path, data, content_type="application/scim+json")

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self.client.get(path, query).json()

    def patch(self, path: str, *operations: dict[str, Any]):
        return self.send("PATCH", path, {"Operations": list(operations)})


@pytest.fixture
def directory(cast: Cast) -> Directory:
    return Directory(cast)


def roles_of(cast: Cast, user_id: Any) -> set[str]:
    with organization_scope(cast.organization.pk):
        return set(
            Role.objects.filter(pk__in=UserRole.objects.filter(user_id=user_id).values("role_id")).values_list(
                "key", flat=True
            )
        )


def role_id(cast: Cast, key: str) -> str:
    with organization_scope(cast.organization.pk):
        return str(Role.objects.get(key=key).pk)


def test_person_is_added_found_changed_and_let_go(cast: Cast, directory: Directory, told) -> None:
    made = directory.send("POST", USERS, NORA)
    assert (made.status_code, made.headers["Content-Type"]) == (201, "application/scim+json")
    person = made.json()
    assert made.headers["Location"] == person["meta"]["location"]
    assert (person["displayName"], person["title"], person["active"]) == ("Nora New", "Buyer", True)
    with organization_scope(cast.organization.pk):
        user = User.objects.select_related("department").get(email="nora@cast.test")
        assert user.department == cast.departments["sales"]
    assert roles_of(cast, user.pk) == set()
    assert SecurityKind.PERSON_PROVISIONED in [event.kind for event in told]

    found = directory.get(USERS, filter='userName eq "NORA@cast.test"')
    assert [entry["id"] for entry in found["Resources"]] == [person["id"]]
    assert directory.get(USERS, filter='externalId eq "ext-1"')["totalResults"] == 1

    renamed = directory.send("PUT", f"{USERS}/{person['id']}", {**NORA, "displayName": "Nora Newer", "title": "CEO"})
    assert (renamed.json()["displayName"], renamed.json()["title"]) == ("Nora Newer", "CEO")

    assert directory.send("DELETE", f"{USERS}/{person['id']}").status_code == 204
    with organization_scope(cast.organization.pk):
        assert not User.objects.get(pk=user.pk).is_active


def test_deactivated_person_is_signed_out_at_once(cast: Cast, directory: Directory, told) -> None:
    owner, program = sign_in(cast, "owner"), api_client(cast, "owner")
    assert (owner.get("/customers").status_code, program.get("/api/v1/customers").status_code) == (200, 200)

    # As Microsoft Entra ID sends it.
    path = f"{USERS}/{cast.users['owner'].pk}"
    answer = directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})

    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert (owner.get("/customers").status_code, program.get("/api/v1/customers").status_code) == (302, 401)
    assert SecurityKind.SESSION_REVOKED in [event.kind for event in told]
    assert directory.patch(path, {"op": "replace", "value": {"active": True}}).json()["active"] is True


def test_names_and_addresses_follow_the_one_that_was_patched(cast: Cast, directory: Directory) -> None:
    path = f"{USERS}/{cast.users['owner'].pk}"

    named = directory.patch(path, {"op": "replace", "path": "name.formatted", "value": "Olga Orlova"}).json()
    moved = directory.patch(
        path, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "olga@cast.test"}
    ).json()

    assert named["displayName"] == "Olga Orlova"
    assert (moved["userName"], moved["emails"][0]["value"]) == ("olga@cast.test", "olga@cast.test")


def test_group_gives_and_takes_role_and_department(cast: Cast, directory: Directory) -> None:
    owner, viewer = str(cast.users["owner"].pk), str(cast.users["viewer"].pk)
    group = directory.send("POST", GROUPS, {"displayName": "Team", "members": [{"value": owner}]}).json()
    assert roles_of(cast, owner) == {"member"}

    mapped = {"role": role_id(cast, "manager"), "department": str(cast.departments["south"].pk)}
    assert directory.ada.post(f"/settings/provisioning/groups/{group['id']}", mapped).status_code == 303
    assert roles_of(cast, owner) == {"member", "manager"}

    path = f"{GROUPS}/{group['id']}"
    directory.patch(path, {"op": "add", "path": "members", "value": [{"value": viewer}]})
    directory.patch(path, {"op": "remove", "path": f'members[value eq "{owner}"]'})
    assert (roles_of(cast, owner), roles_of(cast, viewer)) == ({"member"}, {"read_only", "manager"})
    with organization_scope(cast.organization.pk):
        assert User.objects.get(pk=viewer).department_id == cast.departments["south"].pk
    assert directory.get(f"{USERS}/{viewer}")["groups"] == [{"value": group["id"], "display": "Team"}]

    assert directory.send("DELETE", path).status_code == 204
    assert roles_of(cast, viewer) == {"read_only"}


def test_role_stays_while_another_group_gives_it(cast: Cast, directory: Directory) -> None:
    owner = {"value": str(cast.users["owner"].pk)}
    groups = [
        directory.send("POST", GROUPS, {"displayName": name, "members": [owner]}).json()["id"] for name in ("A", "B")
    ]
    for group in groups:
        directory.ada.post(f"/settings/provisioning/groups/{group}", {"role": role_id(cast, "manager")})

    directory.send("DELETE", f"{GROUPS}/{groups[0]}")
    assert "manager" in roles_of(cast, owner["value"])
    directory.send("DELETE", f"{GROUPS}/{groups[1]}")
    assert "manager" not in roles_of(cast, owner["value"])


def test_group_named_like_a_role_gives_nothing_by_its_name(cast: Cast, directory: Directory) -> None:
    viewer = str(cast.users["viewer"].pk)

    directory.send("POST", GROUPS, {"displayName": "Administrator", "members": [{"value": viewer}]})

    assert roles_of(cast, viewer) == {"read_only"}


def test_directory_cannot_remove_the_last_or_the_emergency_administrator(cast: Cast, directory: Directory) -> None:
    path = f"{USERS}/{cast.users['admin'].pk}"
    off = {"op": "replace", "path": "active", "value": False}
    assert directory.patch(path, off).status_code == 422

    with organization_scope(cast.organization.pk):
        UserRole.objects.create(
            organization=cast.organization, user=cast.users["owner"], role=Role.objects.get(key="administrator")
        )
        SignInPolicy.objects.create(organization=cast.organization, emergency_user_ids=[cast.users["admin"].pk])
    assert directory.patch(path, off).status_code == 422
    with organization_scope(cast.organization.pk):
        assert User.objects.get(pk=cast.users["admin"].pk).is_active


def test_lists_come_in_pages(cast: Cast, directory: Directory) -> None:
    first = directory.get(USERS, startIndex="1", count="4")
    second = directory.get(USERS, startIndex="5", count="4")

    assert (first["totalResults"], first["itemsPerPage"], second["itemsPerPage"], second["startIndex"]) == (6, 4, 2, 5)
    assert len({entry["id"] for entry in first["Resources"] + second["Resources"]}) == 6
    assert directory.get(USERS, count="0")["itemsPerPage"] == 0
    assert directory.client.get(USERS, {"count": "many"}).status_code == 400


def test_number_of_queries_does_not_grow_with_the_list(directory: Directory, django_assert_num_queries) -> None:
    directory.get(USERS)
    with django_assert_num_queries(10) as few:
        directory.get(USERS, count="1")
    with django_assert_num_queries(len(few.captured_queries)):
        directory.get(USERS, count="6")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ('displayName sw "O"', ["Olga Owner"]),
        ('displayName co "te" and active eq true', ["Tom Teammate"]),
        ('not (active eq true) or emails[type eq "work" and value ew "owner@cast.test"]', ["Olga Owner"]),
        ("title pr", []),
        ('id eq "nonsense"', []),
    ],
)
def test_filters_find_people(directory: Directory, wanted: str, names: list[str]) -> None:
    found = directory.get(USERS, filter=wanted)

    assert [entry["displayName"] for entry in found["Resources"]] == names


@pytest.mark.parametrize("wanted", ["nickName eq 1", "userName gt 1", "userName eq", "password pr"])
def test_filter_that_is_not_understood_is_refused(directory: Directory, wanted: str) -> None:
    answer = directory.client.get(USERS, {"filter": wanted})

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_same_person_or_group_is_not_added_twice(directory: Directory) -> None:
    directory.send("POST", USERS, NORA)
    directory.send("POST", GROUPS, {"displayName": "Team"})

    again = directory.send("POST", USERS, NORA)
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    assert directory.send("POST", GROUPS, {"displayName": "Team"}).status_code == 409


@pytest.mark.parametrize("body", [None, [], {"userName": "nobody"}, {}, {"userName": 5}])
def test_what_is_no_person_is_refused(directory: Directory, body: Any) -> None:
    assert directory.send("POST", USERS, body).status_code == 400


def test_token_is_needed_and_works_for_nothing_else(cast: Cast, directory: Directory) -> None:
    stranger = Client()
    assert stranger.get(USERS).status_code == 401
    assert stranger.get(USERS).headers["WWW-Authenticate"] == "Bearer"
    assert sign_in(cast, "admin").get(USERS).status_code == 401
    assert api_client(cast, "admin").get(USERS).status_code == 401
    assert directory.client.get("/api/v1/customers").status_code == 401
    with organization_scope(cast.organization.pk):
        token = ProvisioningToken.objects.get()
    assert directory.token not in str(token.__dict__)

    directory.ada.post(f"/settings/provisioning/tokens/{token.pk}/revoke")
    assert directory.client.get(USERS).status_code == 401


def test_directory_sees_and_touches_its_organization_only(cast: Cast, strangers: Cast, directory: Directory) -> None:
    stranger = strangers.users["owner"].pk

    assert "strangers.test" not in json.dumps(directory.get(USERS))
    assert directory.client.get(f"{USERS}/{stranger}").status_code == 404
    assert directory.send("DELETE", f"{USERS}/{stranger}").status_code == 404
    assert (
        directory.send("POST", GROUPS, {"displayName": "X", "members": [{"value": str(stranger)}]}).status_code == 400
    )
    with organization_scope(strangers.organization.pk):
        assert User.objects.get(pk=stranger).is_active
        assert not ApiToken.objects.exists()


@pytest.mark.parametrize("path", ["ServiceProviderConfig", "ResourceTypes", "Schemas"])
def test_we_describe_ourselves(directory: Directory, path: str) -> None:
    assert directory.client.get(f"/scim/v2/{path}").status_code == 200


def test_unknown_method_is_refused(directory: Directory) -> None:
    assert directory.send("DELETE", USERS).status_code == 405


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_pages_are_for_those_who_manage_security(cast: Cast, name: str) -> None:
    client = sign_in(cast, name)

    assert client.get("/settings/provisioning").status_code == 403
    assert client.post("/settings/provisioning/tokens/new", {"name": "x"}).status_code == 403
