"""People, departments and roles: what administrators do, and what nobody else may."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client, override_settings

from banyan.core.access.scopes import Ability, Action, FieldAccess, Scope
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.services import set_roles
from banyan.core.kernel.mail import mail_server
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.jobs import send_invitation
from tests.cast import Cast, sign_in

MANAGED = ("people", "departments", "roles", "changes", "organization", "modules", "fields", "lists", "jobs", "backups")


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def role_id(cast: Cast, key: str) -> UUID:
    with organization_scope(cast.organization.pk):
        return Role.objects.get(key=key).pk


def person(cast: Cast, name: str) -> User:
    with organization_scope(cast.organization.pk):
        return User.objects.get(pk=cast.users[name].pk)


def details(cast: Cast, name: str, *roles: str, **changes: str) -> dict[str, object]:
    user = person(cast, name)
    chosen = [str(role_id(cast, key)) for key in roles]
    return {"name": user.name, "title": "", "phone": "", "department": "", "roles": chosen, **changes}


@pytest.mark.parametrize("page", MANAGED)
@pytest.mark.parametrize("name", ["owner", "manager", "viewer"])
def test_settings_of_the_organization_are_closed_to_members(cast: Cast, page: str, name: str) -> None:
    client = sign_in(cast, name)

    assert client.get(f"/settings/{page}").status_code == 403
    assert f'"/settings/{page}"' not in client.get("/settings/").text


def test_settings_are_closed_to_visitors(cast: Cast) -> None:
    assert Client().get("/settings/people").headers["Location"] == "/sign-in?next=%2Fsettings%2Fpeople"


def test_member_cannot_write_what_a_member_cannot_see(cast: Cast) -> None:
    client = sign_in(cast, "owner")
    admin, member = cast.users["admin"].pk, role_id(cast, "member")
    attempts = {
        "/settings/people/invite": {"email": "x@cast.test", "roles": [str(role_id(cast, "administrator"))]},
        f"/settings/people/{cast.users['owner'].pk}": details(cast, "owner", "administrator"),
        f"/settings/people/{admin}/deactivate": {},
        f"/settings/roles/{member}": {"name": "Member", "*:view": "all", "abilities": ["manage_people"]},
        f"/settings/roles/{member}/copy": {"name": "Mine"},
        "/settings/departments/new": {"name": "Mine"},
        "/settings/organization": {"name": "Mine"},
        "/settings/modules/tasks": {"on": "false"},
        "/settings/fields/customer/new": {"label_en": "Mine", "kind": "text"},
        "/settings/lists/customer.source": {"code": "", "label": "Mine", "color": ""},
        "/settings/backups/now": {},
        "/settings/jobs/1/repeat": {},
    }

    assert {url: client.post(url, values).status_code for url, values in attempts.items()} == dict.fromkeys(
        attempts, 403
    )
    with organization_scope(cast.organization.pk):
        assert not Change.objects.filter(actor=cast.users["owner"]).exists()


def test_stranger_cannot_reach_people_of_another_organization(cast: Cast, strangers: Cast) -> None:
    client = sign_in(strangers, "admin")
    victim = cast.users["owner"].pk

    assert client.get(f"/settings/people/{victim}").status_code == 404
    assert client.post(f"/settings/people/{victim}/deactivate").status_code == 404
    assert client.get(f"/settings/roles/{role_id(cast, 'member')}").status_code == 404
    assert client.get(f"/settings/departments/{cast.departments['sales'].pk}").status_code == 404
    assert "Olga Owner" not in [user.name for user in User.objects.all()]
    assert person(cast, "owner").is_active


def test_invited_colleague_joins_by_the_link_that_is_shown(cast: Cast, ada: Client) -> None:
    member = str(role_id(cast, "member"))
    shown = ada.post("/settings/people/invite", {"email": "new@cast.test", "name": "Nora", "roles": [member]}).text
    link = re.search(r'value="http://[^/"]+(/join/[^"]+)"', shown)
    assert link

    newcomer = Client()
    assert newcomer.post(link[1], {"name": "Nora", "password": "a very different sentence"}).status_code == 303
    assert newcomer.get("/settings/me").status_code == 200
    assert "new@cast.test" in ada.get("/settings/people?search=nora").text


def test_new_link_ends_the_earlier_one(cast: Cast, ada: Client) -> None:
    member = str(role_id(cast, "member"))
    pattern = r'value="http://[^/"]+(/join/[^"]+)"'
    shown = ada.post("/settings/people/invite", {"email": "new@cast.test", "roles": [member]}).text
    with organization_scope(cast.organization.pk):
        newcomer = User.objects.get(email="new@cast.test").pk
    again = ada.post(f"/settings/people/{newcomer}/link").text

    first, second = re.search(pattern, shown), re.search(pattern, again)
    assert first
    assert second
    assert Client().get(first[1]).status_code == 404
    assert Client().get(second[1]).status_code == 200
    assert ada.post(f"/settings/people/{cast.users['owner'].pk}/link").status_code == 409


@override_settings(MAIL_SERVER=mail_server("smtp://localhost"))
def test_invitation_goes_by_mail_when_a_mail_server_is_set(cast: Cast, ada: Client) -> None:
    ada.post("/settings/people/invite", {"email": "new@cast.test", "roles": [str(role_id(cast, "member"))]})
    with organization_scope(cast.organization.pk):
        invited = User.objects.get(email="new@cast.test")
        send_invitation(
            organization_id=str(cast.organization.pk),
            user_id=str(cast.users["admin"].pk),
            invited_id=str(invited.pk),
        )

    message = mail.outbox[0]
    link = re.search(r"http://[^/]+(/join/\S+)", message.body)
    assert (message.to, "Ada Admin invites you" in message.subject) == (["new@cast.test"], True)
    assert link
    assert Client().get(link[1]).status_code == 200
    assert "An invitation is sent" in ada.get("/settings/jobs").text


def test_address_of_a_colleague_cannot_be_invited_again(ada: Client, cast: Cast) -> None:
    response = ada.post(
        "/settings/people/invite", {"email": "OWNER@cast.test", "roles": [str(role_id(cast, "member"))]}
    )

    assert response.status_code == 422
    assert "belongs to a colleague already" in response.text


def test_person_is_changed_and_the_change_is_logged(cast: Cast, ada: Client) -> None:
    sales = str(cast.departments["sales"].pk)
    ada.post(
        f"/settings/people/{cast.users['viewer'].pk}",
        details(cast, "viewer", "manager", title="Head", department=sales),
    )

    log = ada.get("/settings/changes").text
    assert "Ada Admin" in log
    assert "Read only → Manager" in log
    assert person(cast, "viewer").title == "Head"


def test_person_without_role_is_refused(cast: Cast, ada: Client) -> None:
    response = ada.post(f"/settings/people/{cast.users['viewer'].pk}", details(cast, "viewer"))

    assert response.status_code == 422
    assert "at least one role" in response.text


def test_deactivated_person_is_out_at_once(cast: Cast, ada: Client) -> None:
    victim = sign_in(cast, "owner")

    ada.post(f"/settings/people/{cast.users['owner'].pk}/deactivate")

    assert victim.get("/settings/me").status_code == 302
    assert "Deactivated" in ada.get("/settings/people?search=olga").text

    ada.post(f"/settings/people/{cast.users['owner'].pk}/reactivate")
    assert person(cast, "owner").is_active


@pytest.mark.parametrize("way", ["deactivate", "take the role", "take the role's rights"])
def test_last_administrator_cannot_be_removed(cast: Cast, ada: Client, way: str) -> None:
    me = cast.users["admin"].pk
    attempts = {
        "deactivate": (f"/settings/people/{me}/deactivate", {}),
        "take the role": (f"/settings/people/{me}", details(cast, "admin", "member")),
        "take the role's rights": (
            f"/settings/roles/{role_id(cast, 'administrator')}",
            {"name": "Administrator", "*:view": "all", "abilities": ["run_jobs"]},
        ),
    }

    response = ada.post(*attempts[way])

    assert response.status_code == 422
    assert "no administrator" in response.text
    assert ada.get("/settings/people").status_code == 200


def test_administrator_can_go_when_another_one_stays(cast: Cast, ada: Client) -> None:
    ada.post(f"/settings/people/{cast.users['owner'].pk}", details(cast, "owner", "administrator"))

    assert ada.post(f"/settings/people/{cast.users['admin'].pk}", details(cast, "admin", "member")).status_code == 303
    assert ada.get("/settings/people").status_code == 403


def test_person_who_has_not_joined_does_not_count_as_administrator(cast: Cast, ada: Client) -> None:
    administrator = str(role_id(cast, "administrator"))
    ada.post("/settings/people/invite", {"email": "second@cast.test", "roles": [administrator]})

    response = ada.post(f"/settings/people/{cast.users['admin'].pk}", details(cast, "admin", "member"))

    assert response.status_code == 422


@pytest.fixture
def personnel(cast: Cast) -> Client:
    """Somebody who manages people and nothing else."""
    with organization_scope(cast.organization.pk):
        role = Role.objects.create(
            organization=cast.organization, key="personnel", name="Personnel", abilities=[Ability.MANAGE_PEOPLE.value]
        )
        set_roles(cast.users["owner"], [role])
    return sign_in(cast, "owner")


def test_nobody_gives_more_than_they_have(cast: Cast, personnel: Client) -> None:
    me, administrator = cast.users["owner"].pk, role_id(cast, "administrator")
    role = role_id(cast, "personnel")

    promoted = personnel.post(f"/settings/people/{me}", details(cast, "owner", "personnel", "administrator"))
    invited = personnel.post("/settings/people/invite", {"email": "x@cast.test", "roles": [str(administrator)]})
    widened = personnel.post(f"/settings/roles/{role}", {"name": "Personnel", "abilities": list(Ability)})
    copied = personnel.post(f"/settings/roles/{administrator}/copy", {"name": "Mine"})
    removed = personnel.post(f"/settings/people/{cast.users['admin'].pk}/deactivate")

    assert promoted.status_code == invited.status_code == copied.status_code == 422
    assert widened.status_code == removed.status_code == 403
    with organization_scope(cast.organization.pk):
        assert not UserRole.objects.filter(user_id=me, role_id=administrator).exists()
        assert Role.objects.get(pk=role).abilities == [Ability.MANAGE_PEOPLE.value]


def test_department_tree_is_shaped(cast: Cast, ada: Client) -> None:
    sales, south = cast.departments["sales"].pk, cast.departments["south"].pk
    ada.post("/settings/departments/new", {"name": "Sales Far South", "parent": str(south)})
    ada.post(f"/settings/departments/{south}", {"name": "South", "parent": ""})

    with organization_scope(cast.organization.pk):
        far = Department.objects.get(name="Sales Far South")
        assert far.path == [south, far.pk]
    page = ada.get("/settings/departments").text
    assert page.index("South") < page.index("Sales Far South")
    assert str(sales) in page


def test_department_cannot_stand_below_itself(cast: Cast, ada: Client) -> None:
    sales, south = cast.departments["sales"].pk, cast.departments["south"].pk

    response = ada.post(f"/settings/departments/{sales}", {"name": "Sales", "parent": str(south)})

    assert response.status_code == 422
    assert "cannot stand above itself" in response.text
    with organization_scope(cast.organization.pk):
        assert Department.objects.get(pk=sales).parent_id is None


@pytest.mark.parametrize(("key", "reason"), [("sales", "stand below"), ("south", "People belong")])
def test_department_that_is_needed_is_not_deleted(cast: Cast, ada: Client, key: str, reason: str) -> None:
    response = ada.post(f"/settings/departments/{cast.departments[key].pk}/delete")

    assert response.status_code == 422
    assert reason in response.text


def test_refusal_leaves_the_page_and_what_was_typed_when_a_script_sent_the_form(cast: Cast, ada: Client) -> None:
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    response = ada.post(f"/settings/departments/{cast.departments['sales'].pk}/delete", headers=boosted)

    assert (response.headers["HX-Reswap"], response.headers["HX-Push-Url"]) == ("none", "false")
    assert "stand below" in response.headers["HX-Trigger"]


def test_message_travels_beside_the_page_when_its_frame_stays(cast: Cast, ada: Client) -> None:
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    response = ada.post("/settings/departments/new", {"name": "East"}, headers=boosted, follow=True)

    assert json.loads(response.headers["HX-Trigger"])["toast"]["text"] == "East is created."


def test_empty_department_is_deleted(cast: Cast, ada: Client) -> None:
    ada.post("/settings/departments/new", {"name": "Empty"})
    with organization_scope(cast.organization.pk):
        empty = Department.objects.get(name="Empty").pk

    ada.post(f"/settings/departments/{empty}/delete")

    assert ">Empty<" not in ada.get("/settings/departments").text


def test_department_name_is_taken_among_siblings_only(cast: Cast, ada: Client) -> None:
    assert ada.post("/settings/departments/new", {"name": "Sales"}).status_code == 422
    below = {"name": "Sales", "parent": str(cast.departments["sales"].pk)}
    assert ada.post("/settings/departments/new", below).status_code == 303


def test_role_matrix_changes_what_people_may_do(cast: Cast, ada: Client) -> None:
    member = role_id(cast, "member")
    ada.post(
        f"/settings/roles/{member}",
        {"name": "Member", "*:view": "all", "*:create": "all", "customer:view": "own", "customer:delete": "none"},
    )

    with organization_scope(cast.organization.pk):
        actor = actor_for(User.objects.select_related("organization").get(pk=cast.users["owner"].pk))
    assert actor.scope("customer", Action.VIEW) is Scope.OWN
    assert actor.scope("customer", Action.CREATE) is Scope.ALL
    assert actor.scope("customer", Action.DELETE) is Scope.NONE
    assert actor.scope("contact", Action.VIEW) is Scope.ALL
    assert actor.scope("contact", Action.EDIT) is Scope.NONE


def test_role_matrix_keeps_rights_when_nothing_was_changed(cast: Cast, ada: Client) -> None:
    salesperson = role_id(cast, "salesperson")
    page = ada.get(f"/settings/roles/{salesperson}").text
    with organization_scope(cast.organization.pk):
        before = Role.objects.get(pk=salesperson)

    values = dict(
        re.findall(
            r'<select class="form-select form-select-sm" name="([\w*:]+)".*?<option value="(\w*)" selected', page
        )
    )
    ada.post(f"/settings/roles/{salesperson}", {"name": before.name, **values})

    with organization_scope(cast.organization.pk):
        assert Role.objects.get(pk=salesperson).grants == before.grants


def test_field_permissions_hide_a_field(cast: Cast, ada: Client) -> None:
    member = role_id(cast, "member")
    ada.post(f"/settings/roles/{member}/fields/customer", {"field:phone": "hidden", "field:name": "editable"})

    with organization_scope(cast.organization.pk):
        actor = actor_for(User.objects.select_related("organization").get(pk=cast.users["owner"].pk))
    assert actor.field_grants == {"customer.phone": FieldAccess.HIDDEN}


def test_role_is_copied_given_and_deleted_only_when_nobody_has_it(cast: Cast, ada: Client) -> None:
    ada.post(f"/settings/roles/{role_id(cast, 'member')}/copy", {"name": "Inside sales"})
    copy = role_id(cast, "inside_sales")
    ada.post(f"/settings/people/{cast.users['viewer'].pk}", details(cast, "viewer", "inside_sales"))

    assert ada.post(f"/settings/roles/{copy}/delete").status_code == 422
    ada.post(f"/settings/people/{cast.users['viewer'].pk}", details(cast, "viewer", "member"))
    assert ada.post(f"/settings/roles/{copy}/delete").status_code == 303
    assert ada.post(f"/settings/roles/{role_id(cast, 'administrator')}/delete").status_code == 422
