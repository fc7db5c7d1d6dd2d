"""My day of those who look after the organization: what waits for them, each with a way there, at the price of one question."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.core.access.people import invite_person
from banyan.core.identity.models import Role, UserRole
from banyan.core.identity.services import set_roles
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.duties import waiting
from tests.cast import Cast, sign_in


def test_administrator_is_led_to_people_without_a_role_and_open_invitations(cast: Cast) -> None:
    browser = sign_in(cast, "admin")
    assert 'id="day-duties"' not in browser.get("/").text
    with organization_scope(cast.organization.pk):
        member = Role.objects.get(key="member")
        invite_person(cast.actor("admin"), email="new@example.com", name="Nia New", roles=[member])
        UserRole.objects.filter(user=cast.users["viewer"]).delete()

    page = browser.get("/").text
    assert "1 person without a role" in page
    assert "1 invitation is open" in page
    alone = browser.get("/settings/people?only=without_role").text
    assert re.findall(r'class="title-link"[^>]*>([^<]+)', alone) == ["Vera Viewer"]
    invited = browser.get("/settings/people?only=not_joined").text
    assert re.findall(r'class="title-link"[^>]*>([^<]+)', invited) == ["Nia New"]
    assert 'id="day-duties"' not in sign_in(cast, "salesperson").get("/").text


def test_whoever_sees_no_business_records_is_told_that_nothing_waits(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        security = ["manage_security", "manage_people"]
        role = Role.objects.create(organization=cast.organization, key="guard", name="Guard", abilities=security)
        set_roles(cast.users["viewer"], [role])
    assert "Nothing waits for you" in sign_in(cast, "viewer").get("/").text


def test_all_duties_are_counted_by_one_question(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            waiting(admin)
    assert len(asked) == 1
