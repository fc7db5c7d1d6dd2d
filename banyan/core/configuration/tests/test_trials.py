"""Trial copies: made from the organization, apart from it, taken over and thrown away."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from banyan.core.access.actor import Actor, system_actor
from banyan.core.configuration.jobs import start_deleting
from banyan.core.configuration.models import TrialCopy, TrialState
from banyan.core.configuration.proposals import apply_proposal, plan_of_proposal
from banyan.core.configuration.trials import begin_trial, delete_trial, due_trials, make_trial, propose_promotion
from banyan.core.identity.models import Account, User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in


def made(admin: Actor, *, rows: int = 0) -> Organization:
    row = begin_trial(admin, name="Try it", days=30, sample_rows=rows)
    make_trial(admin, row.pk)
    row.refresh_from_db()
    assert row.state == TrialState.READY
    return Organization.objects.get(pk=row.trial_id)


def test_copy_has_the_configuration_and_the_colleagues(scope: Cast, admin: Actor) -> None:
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Size"}))
    User.objects.filter(pk=scope.users["manager"].pk).update(language="zh-hans", theme="dark")
    copy = made(admin)

    with organization_scope(copy.pk):
        assert CustomField.objects.get().name == "size"
        assert {user.name for user in User.objects.all()} == {user.name for user in scope.users.values()}
        assert [user.email for user in User.objects.filter(account__isnull=False)] == [scope.users["admin"].email]
        manager = User.objects.get(email=scope.users["manager"].email)
        assert [role.key for role in manager.roles.all()] == ["manager"]
        assert str(manager.department) == "Sales"
        assert (manager.language, manager.theme) == ("zh-hans", "dark")


def test_administrator_enters_the_copy_and_is_told_so(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        copy = made(cast.actor("admin"))
    browser = sign_in(cast, "admin")
    browser.post("/choose-organization", {"organization": str(copy.pk)})

    assert "This is a trial copy of Banyan Test Company" in browser.get("/settings/fields").text


def test_sample_holds_records_that_belong_together_without_personal_data(scope: Cast, admin: Actor) -> None:
    customer = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Yard", "phone": "+8613800138000"})
    contact = {"name": "Li Lei", "customer": str(customer.pk), "email": "li.lei@yard.cn", "notes": "likes tea"}
    door.create(admin, spec_for(admin.organization, "contact"), contact)
    opportunity = {"name": "Deal", "customer": str(customer.pk), "amount": "10"}
    door.create(admin, spec_for(admin.organization, "opportunity"), opportunity)
    copy = made(admin, rows=10)

    with organization_scope(copy.pk):
        rows = {name: list(spec_for(copy, name).model._default_manager.all()) for name in ("customer", "contact")}
        (found,), (person,) = rows["customer"], rows["contact"]
        assert (found.name, found.phone) == ("Yard", "+8613900000001")
        assert person.customer_id == found.pk
        assert found.pk != customer.pk
        assert (person.name, person.email) == ("Contact 1", "person1@example.com")
        assert "tea" not in person.notes
        (deal,) = spec_for(copy, "opportunity").model._default_manager.select_related("stage")
        assert deal.stage.organization_id == copy.pk
        assert User.objects.get(pk=found.owner_id).email == scope.users["admin"].email


def test_what_was_tried_is_taken_over(scope: Cast, admin: Actor) -> None:
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Old"}))
    copy = made(admin)
    with organization_scope(copy.pk):
        create_custom_field(system_actor(copy), "customer", FieldDraft("text", {"en": "New"}))
    row = TrialCopy.objects.get()

    proposal = propose_promotion(admin, row.pk)
    plan = plan_of_proposal(admin, proposal)
    assert [step.name for step in plan.steps] == ["fields:customer.new"]
    assert plan.extra == ()
    apply_proposal(admin, proposal, ["fields:customer.new"], seen=plan.digest())
    assert set(CustomField.objects.values_list("name", flat=True)) == {"old", "new"}


def test_deleted_copy_leaves_nothing_but_its_log(scope: Cast, admin: Actor) -> None:
    copy = made(admin)
    row = start_deleting(admin, TrialCopy.objects.get().pk)
    delete_trial(admin, row.pk)

    assert not TrialCopy.objects.exists()
    assert copy.pk not in Account.objects.get(email=scope.users["admin"].email).organization_ids
    with organization_scope(copy.pk):
        assert not User.objects.exists()


def test_copy_of_another_organization_is_out_of_reach(scope: Cast, strangers: Cast, admin: Actor) -> None:
    """Even a row that names it leads nowhere."""
    row = TrialCopy.objects.create(
        organization=admin.organization,
        name="Forged",
        trial_id=strangers.organization.pk,
        state=TrialState.READY,
        ends_on=today("UTC"),
    )
    with pytest.raises(Exception, match="not_found"):
        propose_promotion(admin, row.pk)
    row.state = TrialState.DELETING
    row.save()
    delete_trial(admin, row.pk)
    with organization_scope(strangers.organization.pk):
        assert User.objects.exists()


def test_copies_end_by_themselves(scope: Cast, admin: Actor) -> None:
    row = begin_trial(admin, name="Try it", days=1, sample_rows=0)
    assert due_trials(admin) == []

    TrialCopy.objects.filter(pk=row.pk).update(ends_on=today("UTC") - timedelta(days=3))
    assert [found.pk for found in due_trials(admin)] == [row.pk]


def test_impossible_copies_are_refused(scope: Cast, admin: Actor) -> None:
    with pytest.raises(Invalid):
        begin_trial(admin, name=" ", days=1000, sample_rows=-1)
    for number in range(5):
        begin_trial(admin, name=f"Copy {number}", days=1, sample_rows=0)
    with pytest.raises(Conflict):
        begin_trial(admin, name="One more", days=1, sample_rows=0)
    assert make_trial(admin, uuid.uuid4()) is None
