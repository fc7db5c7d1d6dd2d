"""Access reviews as those who guard security do them, auditors read them, and everybody else does not see them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from banyan.core.access import reviewing
from banyan.core.access.duties import separate_duties
from banyan.core.access.models import AccessReview, AccessReviewRow, GranteeKind, Share
from banyan.core.access.roles import DUTY_ROLES
from banyan.core.audit.models import Entry
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import Account, Department, Role, User
from banyan.core.identity.services import set_roles
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.records.models import Change
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in

ENGLISH = {"Accept-Language": "en"}
URL = "/settings/access-review"


@pytest.fixture
def ada(scope: Cast) -> Client:
    return sign_in(scope, "admin", **ENGLISH)


@pytest.fixture
def notices():
    heard: list[PeopleToTell] = []
    subscribe(PeopleToTell, "tests.notices", heard.append)
    yield heard
    unsubscribe(PeopleToTell, "tests.notices")


def row_of(cast: Cast, name: str) -> AccessReviewRow:
    return AccessReviewRow.objects.get(user=cast.users[name], review=reviewing.open_review())


def sheets(client: Client, path: str) -> dict[str, list[tuple[object, ...]]]:
    answer = client.get(path)
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_review_is_begun_decided_person_by_person_finished_and_kept(scope: Cast, ada: Client) -> None:
    Account.objects.filter(pk=scope.users["owner"].account_id).update(last_login=now() - timedelta(days=200))
    assert "Begin a review" in ada.get(URL).text
    ada.post(f"{URL}/begin")
    assert ada.post(f"{URL}/begin").status_code == 409

    page = ada.get(URL).text
    assert "Not seen for 90 days" in page
    assert "Administers" in page
    assert scope.users["viewer"].name not in ada.get(f"{URL}?view=decided").text
    owner, salesperson = row_of(scope, "owner"), row_of(scope, "salesperson")
    assert ada.post(f"{URL}/confirm", {"only": str(owner.pk), "row": [str(salesperson.pk)]}).status_code == 303
    assert ada.post(f"{URL}/confirm", {"row": [str(owner.pk)]}).status_code == 409
    nothing = ada.post(f"{URL}/rows/{salesperson.pk}", {"roles": [], "remark": ""})
    assert (nothing.status_code, "Choose the roles" in nothing.text) == (422, True)
    [role] = scope.users["salesperson"].roles.all()
    ada.post(f"{URL}/rows/{salesperson.pk}", {"roles": [str(role.pk)], "remark": "moved to service"})
    ada.post(f"{URL}/rows/{row_of(scope, 'viewer').pk}", {"ends": "on", "remark": "left"})
    assert ada.post(f"{URL}/finish").status_code == 422
    left = AccessReviewRow.objects.filter(decision="", user__is_active=True)
    ada.post(f"{URL}/confirm", {"row": [str(row.pk) for row in left]})
    assert ada.post(f"{URL}/finish").status_code == 303

    assert not scope.users["salesperson"].roles.exists()
    assert not User.objects.get(pk=scope.users["viewer"].pk).is_active
    review = AccessReview.objects.get()
    assert review.finished_by == scope.users["admin"]
    people = {line[0]: line for line in sheets(ada, f"{URL}/{review.pk}.xlsx")["People"]}
    assert "moved to service" in people[scope.users["salesperson"].name]
    assert role.name in people[scope.users["salesperson"].name]
    assert "Access to be ended" in people[scope.users["viewer"].name]
    changes = Change.objects.filter(object_name__endswith="access_review")
    assert changes.count() == 2 + AccessReviewRow.objects.count()
    assert Entry.objects.filter(kind="access.paper", record_id=review.pk).count() == 1
    assert "rights taken away from 2" in ada.get(URL).text


def test_document_shows_roles_rules_and_shares_as_they_stand(scope: Cast, ada: Client) -> None:
    Role.objects.filter(key="salesperson").update(needs_second_factor=True, name="=Sales")

    found = sheets(ada, f"{URL}/now.xlsx")

    assert list(found) == ["Summary", "People", "Roles", "Role fields", "Sign-in", "Sharing"]
    assert ("Shortest password", 10) in found["Sign-in"]
    assert any(line[0] == "Second factor demanded of =Sales" and line[1] == "yes" for line in found["Sign-in"])
    rights = {(line[0], line[1], line[2]) for line in found["Roles"]}
    assert any(role == "'=Sales" and action == "See" for role, _object, action in rights)
    summary = dict(found["Summary"][1:])
    assert summary["Active people"] == 6
    assert summary["Demanded second factor is missing"] == 1


def test_document_tells_restricted_fields_conditions_and_departments_in_words(scope: Cast, ada: Client) -> None:
    level = {"field": "level", "op": "eq", "value": "a"}
    Role.objects.filter(key="salesperson").update(
        name="Sales",
        grants={"customer": {"view": {"scope": "all", "condition": level}}},
        field_grants={"customer.phone": {"level": "masked", "except": "own"}, "customer.remark": "hidden"},
    )
    department = Department.objects.create(organization_id=scope.organization.pk, name="Harbor team")
    Share.objects.create(
        organization_id=scope.organization.pk, object_name="customer", record_id=department.pk,
        grantee_kind=GranteeKind.DEPARTMENT, grantee_id=department.pk,
    )  # fmt: skip

    found = sheets(ada, f"{URL}/now.xlsx")

    fields = [line for line in found["Role fields"] if line[0] == "Sales"]
    assert ("Sales", "Customers", "Phone", "Partly hidden (138****0000)", "but open in own records") in fields
    assert any("Harbor team" in str(line[2]) for line in found["Sharing"])
    [seen] = [line for line in found["Roles"] if line[:3] == ("Sales", "Customers", "See")]
    assert "Level" in seen[4]


def test_document_of_a_finished_review_stays_as_rights_stood_then(scope: Cast, ada: Client) -> None:
    Role.objects.filter(key="salesperson").update(
        name="Sales", grants={"customer": {"view": {"scope": "own"}}}, field_grants={"customer.phone": "hidden"}
    )
    department = scope.departments["south"]
    Share.objects.create(
        organization_id=scope.organization.pk, object_name="customer", record_id=department.pk,
        grantee_kind=GranteeKind.DEPARTMENT, grantee_id=department.pk, shared_by=scope.users["owner"],
    )  # fmt: skip
    ada.post(f"{URL}/begin")
    ada.post(f"{URL}/rows/{row_of(scope, 'viewer').pk}", {"ends": "on"})
    left = AccessReviewRow.objects.filter(decision="", user__is_active=True)
    ada.post(f"{URL}/confirm", {"row": [str(row.pk) for row in left]})
    assert ada.post(f"{URL}/finish").status_code == 303
    path = f"{URL}/{AccessReview.objects.get().pk}.xlsx"
    then = sheets(ada, path)

    Role.objects.filter(key="salesperson").update(name="Other", grants={"*": {"view": "all"}}, field_grants={})
    Share.objects.all().delete()
    Department.objects.filter(pk=department.pk).update(name="Renamed")
    User.objects.filter(pk=scope.users["viewer"].pk).update(is_active=True)
    User.objects.filter(pk=scope.users["owner"].pk).update(name="Former colleague 1A2B3C")
    later = sheets(ada, path)

    assert ("Sales", "Customers", "See", "Own", "no") in then["Roles"]
    assert {name: later[name] for name in ("Roles", "Role fields", "Sign-in")} == {
        name: then[name] for name in ("Roles", "Role fields", "Sign-in")
    }
    assert [line[2] for line in later["Sharing"]] == ["With", f"Department: {department.name}"]
    # Whoever was made anonymous meanwhile is so here too.
    assert later["Sharing"][1][5] == "Former colleague 1A2B3C"
    people = {line[1]: line for line in later["People"]}
    assert people[scope.users["viewer"].email][3] == "no"
    assert people[scope.users["salesperson"].email][2] == department.name
    assert dict(later["Summary"][1:])["Active people"] == 5
    assert dict(later["Summary"][1:])["Roles, rules and sharing as they stood on"]


def test_those_without_anything_unusual_are_confirmed_together_by_department(scope: Cast, ada: Client) -> None:
    Account.objects.exclude(pk=scope.users["teammate"].account_id).update(last_login=now())
    ada.post(f"{URL}/begin")
    south = scope.departments["south"]

    page = ada.get(f"{URL}?department={south.pk}").text
    assert scope.users["salesperson"].name in page
    assert scope.users["viewer"].name not in page
    assert ada.get(f"{URL}?department=nonsense").status_code == 200
    ada.post(f"{URL}/confirm-usual", {"department": str(south.pk)})

    def open_people() -> set[str]:
        rows = AccessReviewRow.objects.filter(decision="").select_related("user")
        return {row.user.name for row in rows}

    everybody = {user.name for user in scope.users.values()}
    assert open_people() == everybody - {scope.users["salesperson"].name}
    ada.post(f"{URL}/confirm-usual")
    # Who never signed in, exports everything or administers is looked at one by one.
    assert open_people() == {scope.users[name].name for name in ("teammate", "manager", "admin")}
    assert sign_in(scope, "salesperson").post(f"{URL}/confirm-usual").status_code == 403


def test_guard_of_security_asks_those_who_manage_people_and_decides_nothing_about_themselves(
    scope: Cast, ada: Client, notices: list[PeopleToTell]
) -> None:
    separate_duties(scope.actor("admin"))
    roles = {role.key: role for role in Role.objects.all()}
    set_roles(scope.users["manager"], [roles[DUTY_ROLES[1].key]])
    guard = sign_in(scope, "manager", **ENGLISH)
    guard.post(f"{URL}/begin")

    own = guard.post(f"{URL}/confirm", {"row": [str(row_of(scope, "manager").pk)]})
    assert (own.status_code, "own rights" in own.text) == (422, True)
    row = row_of(scope, "salesperson")
    guard.post(f"{URL}/rows/{row.pk}", {"ends": "on"})

    assert scope.users["salesperson"].roles.exists()
    [told] = [notice for notice in notices if notice.place == f"/settings/people/{row.user_id}"]
    assert told.user_ids == (scope.users["admin"].pk,)
    assert "Not carried out yet" in guard.get(f"{URL}?view=decided").text
    ada.post(f"/settings/people/{row.user_id}/deactivate")
    assert "Not carried out yet" not in guard.get(f"{URL}?view=decided").text


def test_auditor_reads_and_nobody_else_sees_it(scope: Cast, ada: Client) -> None:
    ada.post(f"{URL}/begin")
    row = row_of(scope, "viewer")
    auditor_role = Role.objects.create(
        organization=scope.organization, key="auditor", name="Auditor", grants={}, abilities=["see_audit"]
    )
    set_roles(scope.users["owner"], [auditor_role])
    auditor = sign_in(scope, "owner", **ENGLISH)

    assert auditor.get(URL).status_code == 200
    assert "Take away" not in auditor.get(URL).text
    assert auditor.get(f"{URL}/now.xlsx").status_code == 200
    refused = [
        auditor.post(f"{URL}/{path}", {"row": [str(row.pk)], "months": 3, "ends": "on"}).status_code
        for path in ("begin", "confirm", "finish", "reminder", f"rows/{row.pk}")
    ]
    assert set(refused) <= {403, 422}
    row.refresh_from_db()
    assert row.decision == ""
    outsider = sign_in(scope, "salesperson", **ENGLISH)
    assert {outsider.get(f"{URL}{path}").status_code for path in ("", "/now.xlsx", f"/rows/{row.pk}")} == {403}


def test_reminder_is_told_once_when_a_review_is_due(scope: Cast, ada: Client, notices: list[PeopleToTell]) -> None:
    def remind() -> bool:
        return reviewing.remind(Organization.objects.get(pk=scope.organization.pk))

    assert not remind()
    assert ada.post(f"{URL}/reminder", {"months": 6}).status_code == 303
    assert not remind()
    Organization.objects.filter(pk=scope.organization.pk).update(created_at=now() - timedelta(days=181))
    assert (remind(), remind()) == (True, False)
    [told] = [notice for notice in notices if notice.place == URL]
    assert told.user_ids == (scope.users["admin"].pk,)
    assert "A review is due since" in ada.get(URL).text
    ada.post(f"{URL}/begin")
    assert not remind()


def test_reviews_of_others_are_not_there(cast: Cast, strangers: Cast) -> None:
    sign_in(strangers, "admin").post(f"{URL}/begin")
    with organization_scope(strangers.organization.pk):
        review, row = AccessReview.objects.get(), AccessReviewRow.objects.first()
    ada = sign_in(cast, "admin")

    assert ada.get(f"{URL}/{review.pk}.xlsx").status_code == 404
    assert ada.post(f"{URL}/rows/{row.pk}", {"ends": "on"}).status_code == 404
    assert ada.post(f"{URL}/confirm", {"row": [str(row.pk)]}).status_code == 404
