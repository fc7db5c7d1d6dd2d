"""Retention rules: off until switched on, previewed, carried out at night within their bounds, and logged."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banyan.core.access.actor import Actor, system_actor
from banyan.core.audit.models import Entry
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Contact, Customer
from banyan.privacy.models import Consent, Erasure, PersonRequest, Purpose, RetentionRule, RetentionRun
from banyan.privacy.services.retention import due_records, look_again, months_before, run_rules, save_rule
from tests.cast import Cast, sign_in

URL = "/settings/privacy/retention"
LOST = {"field": "status", "op": "eq", "value": "lost"}


def customer(actor: Actor, name: str, *, days: int, **values: Any) -> Record:
    made = door.create(actor, spec_for(actor.organization, "customer"), {"name": name, **values})
    Customer.objects.filter(pk=made.pk).update(updated_at=now() - timedelta(days=days))
    return made


def rule(actor: Actor, **values: Any) -> RetentionRule:
    given = {
        "name": "Lost persons", "object_name": "customer", "condition": LOST, "idle_since": "updated_at", "months": 12,
        "action": "anonymise", "is_active": True, "most_a_night": 100,
    }  # fmt: skip
    return save_rule(actor, None, {**given, **values})


def test_rule_reaches_lost_persons_that_nobody_touched(admin: Actor) -> None:
    old = customer(admin, "Zhang Wei", days=400, type="person", status="lost")
    customer(admin, "Li Na", days=300, type="person", status="lost")
    customer(admin, "Wang Fang", days=400, type="person", status="active")
    customer(admin, "Harbor Light Trading", days=400, status="lost")

    assert list(due_records(admin, rule(admin), now())) == [Customer.objects.get(pk=old.pk)]


def test_night_makes_anonymous_as_many_as_allowed_and_says_so(admin: Actor) -> None:
    for name in ("Zhang Wei", "Li Na", "Wang Fang"):
        customer(admin, name, days=400, type="person", status="lost")
    made = rule(admin, most_a_night=2)
    system = system_actor(admin.organization)

    (first,) = run_rules(system, now())
    assert (first.due, first.done, first.failed) == (3, 2, 0)
    (second,) = run_rules(system, now())
    assert (second.due, second.done) == (1, 1)
    (third,) = run_rules(system, now())
    assert (third.due, third.done) == (0, 0)

    assert not Customer.objects.filter(name__in=["Zhang Wei", "Li Na", "Wang Fang"]).exists()
    assert Erasure.objects.count() == 3
    assert RetentionRun.objects.filter(rule=made).count() == 3
    entry = Entry.objects.filter(kind="privacy.retained").order_by("pk").first()
    assert entry is not None
    assert (entry.details["count"], entry.details["rule"]) == (2, "Lost persons")


def test_rule_that_is_off_does_nothing(admin: Actor) -> None:
    customer(admin, "Zhang Wei", days=400, type="person", status="lost")
    rule(admin, is_active=False)

    assert list(run_rules(system_actor(admin.organization), now())) == []
    assert Customer.objects.filter(name="Zhang Wei").exists()


def test_rule_puts_records_into_the_recycle_bin(admin: Actor) -> None:
    made = door.create(admin, spec_for(admin.organization, "contact"), {"name": "Zhang Wei"})
    Contact.objects.filter(pk=made.pk).update(updated_at=now() - timedelta(days=400))
    rule(admin, object_name="contact", condition={}, action="delete")

    (run,) = run_rules(system_actor(admin.organization), now())

    assert run.done == 1
    assert Contact.objects.get(pk=made.pk).deleted_at is not None


def test_what_had_to_stay_is_erased_when_its_time_is_over(admin: Actor) -> None:
    made = customer(admin, "Zhang Wei", days=1, type="person")
    over = now().date() - timedelta(days=1)
    values = {"object_name": "customer", "record_id": made.pk, "pseudonym": "Erased person 1", "state": "done"}
    Erasure.objects.create(organization_id=admin.organization_id, review_on=over, **values)

    assert look_again(system_actor(admin.organization)) == 1
    erasure = Erasure.objects.exclude(pseudonym="Erased person 1").get()
    assert Customer.objects.get(pk=made.pk).name == erasure.pseudonym
    assert look_again(system_actor(admin.organization)) == 0


@pytest.mark.parametrize(
    ("months", "day"), [(1, (2026, 2, 28)), (12, (2025, 3, 31)), (37, (2023, 2, 28)), (3, (2025, 12, 31))]
)
def test_months_end_on_the_last_day_of_a_shorter_month(months: int, day: tuple[int, int, int]) -> None:
    found = months_before(datetime(2026, 3, 31, tzinfo=UTC), months)

    assert (found.year, found.month, found.day) == day


def test_rule_is_made_off_previewed_and_switched_on_on_its_page(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        customer(cast.actor("admin"), "Zhang Wei", days=400, type="person", status="lost")
    browser = sign_in(cast, "admin")
    given = {"name": "Lost", "action": "anonymise", "months": "12", "idle_since": "updated_at", "most_a_night": "10"}
    given["filter"] = json.dumps({"all": [LOST]})

    assert browser.get(f"{URL}/new/customer").status_code == 200
    answer = browser.post(f"{URL}/new/customer", given)
    assert answer.status_code == 303
    page = answer.headers["Location"]
    shown = browser.get(page).content.decode()
    assert "1 record would be touched today." in shown
    assert "Zhang Wei" in shown
    assert browser.post(page, {**given, "is_active": "on"}).status_code == 303
    with organization_scope(cast.organization.pk):
        assert RetentionRule.objects.get().is_active
    assert "1 record would be touched today." in browser.get(URL).content.decode()
    assert browser.post(f"{URL}/new/customer", given).status_code == 422
    assert browser.post(f"{page}/delete").status_code == 303
    assert sign_in(cast, "manager").get(URL).status_code == 403


def deleted_long_ago(actor: Actor, name: str, pk: uuid.UUID) -> None:
    spec = spec_for(actor.organization, name)
    recycle.delete(actor, spec, [pk])
    spec.model._default_manager.filter(pk=pk).update(deleted_at=now() - timedelta(days=91))


def test_bin_lets_go_of_a_person_with_consents_and_requests(admin: Actor) -> None:
    organization = admin.organization
    gone, kept = (door.create(admin, spec_for(organization, "contact"), {"name": name}).pk for name in ("Li", "Wang"))
    purpose = Purpose.objects.first()
    assert purpose is not None
    for pk in (gone, kept):
        door.create(admin, spec_for(organization, "consent"), {"contact": str(pk), "purpose": str(purpose.pk)})
    asked = {"requester": "Li", "kind": "access", "contact": str(gone)}
    request = door.create(admin, spec_for(organization, "person_request"), asked)
    deleted_long_ago(admin, "contact", gone)

    assert recycle.purge_expired(spec_for(organization, "contact")) == 1

    assert list(Contact.objects.values_list("pk", flat=True)) == [kept]
    assert list(Consent.objects.values_list("contact_id", flat=True)) == [kept]
    # That somebody asked, and was answered, stays provable.
    assert (PersonRequest.objects.get().pk, PersonRequest.objects.get().contact_id) == (request.pk, None)
