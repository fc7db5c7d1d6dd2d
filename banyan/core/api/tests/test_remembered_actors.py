"""Rights that change hold from the next call on, although actors are remembered."""

from __future__ import annotations

from banyan.core.access import remembering
from banyan.core.access.actor import Actor
from banyan.core.api import remembered_actors
from banyan.core.identity.models import Role
from banyan.core.identity.services import set_roles
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope


def rights(caller):
    return caller.get("me").json()["rights"]["customers"]


def test_second_call_asks_less_of_the_database(olga, django_assert_max_num_queries):
    olga.get("openapi.json")
    with django_assert_max_num_queries(5):
        olga.get("openapi.json")


def test_other_role_holds_at_once(olga, cast):
    assert rights(olga)["edit"] == "all"
    with organization_scope(cast.organization.pk):
        set_roles(cast.users["owner"], [Role.objects.get(key="read_only")])
    assert rights(olga)["edit"] == "none"


def test_changed_role_holds_at_once(olga, cast):
    assert rights(olga)["delete"] == "own"
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="member").update(grants={"*": {"view": "all", "delete": "all"}})
    assert rights(olga)["delete"] == "all"


def test_changed_organization_shows_at_once(olga, cast):
    assert olga.get("me").json()["organization"]["currency"] == "CNY"
    Organization.objects.filter(pk=cast.organization.pk).update(currency="EUR")
    assert olga.get("me").json()["organization"]["currency"] == "EUR"


def test_new_colleague_counts_at_once(olga, call, cast):
    manager = call("manager")
    record = olga.create("customers", name="Seen by those above")
    assert manager.get(f"customers/{record['id']}").status_code == 200
    with organization_scope(cast.organization.pk):
        cast.users["owner"].department = None
        cast.users["owner"].save()
    assert manager.get(f"customers/{record['id']}").status_code == 404
    with organization_scope(cast.organization.pk):
        cast.users["owner"].department = cast.departments["south"]
        cast.users["owner"].save()
    assert manager.get(f"customers/{record['id']}").status_code == 200


def test_oldest_actors_are_forgotten_when_there_are_many(olga, call, monkeypatch):
    monkeypatch.setattr(remembering, "MOST_REMEMBERED", 1)
    manager = call("manager")
    for caller in (olga, manager, olga):
        assert caller.get("me").status_code == 200
    assert len(remembered_actors._actors) == 1


def test_view_cannot_change_the_actor_of_the_next_call(admin: Actor):
    first = remembering.own_copy(admin)
    first.organization.name = "Changed"
    first.user.name = "Changed"

    second = remembering.own_copy(admin)

    assert (second.organization.name, second.user.name) == ("Banyan Test Company", "Ada Admin")
    assert second.user.organization is second.organization
