"""Separation of duties: three administrators, no business data, and nobody who is two of them."""

from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.access.duties import separate_duties
from banyan.core.access.people import change_person, invite_person
from banyan.core.access.role_editing import change_role, copy_role
from banyan.core.access.roles import DUTY_ROLES
from banyan.core.identity.models import Role, UserRole
from banyan.core.identity.services import set_roles
from banyan.core.kernel.errors import NotAllowed, Refused
from banyan.core.objects.registry import objects
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, sign_in

KEYS = [role.key for role in DUTY_ROLES]


def role(key: str) -> Role:
    return Role.objects.get(key=key)


@pytest.fixture
def separated(scope: Cast) -> Cast:
    """The cast, of whom the teammate runs the system, the owner guards it and the viewer watches both."""
    separate_duties(scope.actor("admin"))
    scope.organization.refresh_from_db()
    for name, key in (("teammate", KEYS[0]), ("owner", KEYS[1]), ("viewer", KEYS[2])):
        change_person(scope.actor("admin"), scope.users[name].pk, roles=[role(key)])
    return scope


def test_button_makes_three_roles_without_business_data(cast: Cast) -> None:
    ada = sign_in(cast, "admin")
    assert "Separate duties" in page_text(ada.get("/settings/roles"))
    ada.post("/settings/roles/separate", {"separate": "true"})

    page = page_text(ada.get("/settings/roles"))
    assert all(name in page for name in ("System administrator", "Security administrator", "Audit administrator"))
    assert "These people still have the rights of several administrators: Ada Admin" in page
    with organization_scope(cast.organization.pk):
        assert [row.grants for row in Role.objects.filter(key__in=KEYS)] == [{}, {}, {}]


@pytest.mark.parametrize("name", ["teammate", "owner", "viewer"])
def test_none_of_the_three_sees_business_data(separated: Cast, name: str) -> None:
    actor = separated.actor(name)

    assert [spec.name for spec in objects if not spec.is_setting and actor.may(spec.name, "view")] == []


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_nobody_gets_two_of_the_roles(separated: Cast, pair: tuple[int, int]) -> None:
    both = [role(KEYS[place]) for place in pair]

    with pytest.raises(Refused, match="duties_not_separate"):
        change_person(separated.actor("admin"), separated.users["manager"].pk, roles=both)
    with pytest.raises(Refused, match="duties_not_separate"):
        invite_person(separated.actor("admin"), email="new@cast.test", roles=both)
    with pytest.raises(Refused, match="duties_not_separate"):
        set_roles(separated.users["manager"], both)


def test_role_like_another_one_falls_under_the_rule(separated: Cast) -> None:
    copied = copy_role(separated.actor("admin"), role(KEYS[2]).pk, name="Reviewer")

    with pytest.raises(Refused, match="duties_not_separate"):
        change_person(separated.actor("admin"), separated.users["teammate"].pk, roles=[role(KEYS[0]), copied])


def test_rights_added_to_a_role_fall_under_the_rule(separated: Cast) -> None:
    system = role(KEYS[0])

    with pytest.raises(Refused, match="duties_not_separate"):
        change_role(
            separated.actor("admin"), system.pk, name=system.name, grants={}, field_grants={},
            abilities=[*system.abilities, "see_audit"],
        )  # fmt: skip


def test_system_administrator_appoints_the_others_and_not_themselves(separated: Cast) -> None:
    teammate = separated.actor("teammate")
    change_person(teammate, separated.users["manager"].pk, roles=[role(KEYS[2])])
    assert UserRole.objects.get(user=separated.users["manager"]).role.key == KEYS[2]

    with pytest.raises((NotAllowed, Refused)):
        change_person(teammate, separated.users["teammate"].pk, roles=[role(KEYS[2])])


def test_person_with_several_keeps_them_when_something_else_changes(separated: Cast) -> None:
    person = change_person(
        separated.actor("admin"), separated.users["admin"].pk, roles=[role("administrator")], title="Founder"
    )

    assert person.title == "Founder"


def test_business_role_goes_with_one_duty(separated: Cast) -> None:
    change_person(separated.actor("admin"), separated.users["manager"].pk, roles=[role("member"), role(KEYS[2])])

    assert UserRole.objects.filter(user=separated.users["manager"]).count() == 2


@pytest.mark.parametrize("name", ["manager", "viewer"])
def test_only_who_has_all_duties_separates_them(cast: Cast, name: str) -> None:
    assert sign_in(cast, name).post("/settings/roles/separate", {"separate": "true"}).status_code == 403


def test_backups_are_not_taken_from_the_page_where_duties_are_separated(cast: Cast, tmp_path: object) -> None:
    ada = sign_in(cast, "admin")
    ada.post("/settings/roles/separate", {"separate": "true"})

    assert ada.get("/settings/backups/banyan-nothing.tar").status_code in {403, 404}


def test_separation_ends_where_it_began(cast: Cast) -> None:
    ada: Client = sign_in(cast, "admin")
    ada.post("/settings/roles/separate", {"separate": "true"})
    ada.post("/settings/roles/separate", {"separate": "false"})

    assert "Separate duties" in page_text(ada.get("/settings/roles"))
    with organization_scope(cast.organization.pk):
        set_roles(cast.users["manager"], [role(KEYS[0]), role(KEYS[2])])
