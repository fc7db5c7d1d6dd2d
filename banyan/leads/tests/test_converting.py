"""Converting leads: what is made, what is attached, what goes along, and what happens when two do it."""

from __future__ import annotations

import pytest

from banyan.core.files.models import Attachment, File
from banyan.core.kernel.errors import Conflict, Invalid, NotAllowed
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.undo import undo
from banyan.customers.public import Activity, Contact, Customer
from banyan.leads.models import Lead
from banyan.leads.public import Choice, convert, convert_many, reverse
from banyan.leads.services.converting import proposal
from banyan.leads.tests.conftest import call, make
from banyan.privacy.public import Purpose, may_contact
from banyan.sales.public import Opportunity
from banyan.teamwork.public import Task
from tests.cast import Cast


def test_lead_becomes_customer_contact_and_opportunity_with_its_history(inside: Cast) -> None:
    owner = inside.actor("owner")
    lead = make(
        owner, company="Harbor Light", phone="13912345000", email="li@harbor.example", job_title="CEO", needs="Pumps"
    )
    talk = call(owner, lead)
    task = door.create(owner, spec_for(owner.organization, "task"), {"name": "Send offer", "about": f"lead:{lead.pk}"})
    file = File.objects.create(
        organization=inside.organization, name="plan.pdf", key="k", content_type="a", size=1, sha256="0"
    )
    Attachment.objects.create(organization=inside.organization, file=file, about=f"lead:{lead.pk}")

    done = convert(owner, lead.pk, proposal(owner, lead))

    lead.refresh_from_db()
    customer, contact = Customer.objects.get(pk=done.customer_id), Contact.objects.get(pk=done.contact_id)
    assert (lead.status, lead.customer_id, lead.opportunity_id) == ("converted", customer.pk, done.opportunity_id)
    assert (customer.name, customer.type, customer.needs) == ("Harbor Light", "company", "Pumps")
    assert (contact.name, contact.mobile, contact.customer_id) == ("Li Lei", lead.phone, customer.pk)
    assert Opportunity.objects.get(pk=done.opportunity_id).contact_id == contact.pk
    assert Activity.objects.get(pk=talk.pk).customer_id == customer.pk
    assert Task.objects.get(pk=task.pk).customer_id == customer.pk
    assert Attachment.objects.filter(about=f"customer:{customer.pk}", deleted_at=None).count() == 1

    undo(owner, done.batch_id)

    lead.refresh_from_db()
    assert (lead.status, lead.customer_id, lead.converted_at) == ("contacted", None, None)
    assert not Customer.objects.filter(deleted_at=None).exists()
    assert not Contact.objects.filter(deleted_at=None).exists()
    assert not Opportunity.objects.filter(deleted_at=None).exists()
    assert Activity.objects.get(pk=talk.pk).deleted_at is None
    assert Activity.objects.get(pk=talk.pk).customer_id is None
    assert not Attachment.objects.filter(about=f"customer:{customer.pk}", deleted_at=None).exists()


def test_lead_is_attached_to_the_customer_that_is_there(inside: Cast) -> None:
    owner = inside.actor("owner")
    there = door.create(
        owner, spec_for(owner.organization, "customer"), {"name": "Harbor Light", "phone": "13912345000"}
    )
    lead = make(owner, company="Harbor Light", phone="13912345000")

    chosen = proposal(owner, lead)
    done = convert(owner, lead.pk, chosen)

    assert chosen.customer == str(there.pk)
    assert done.customer_id == there.pk
    assert Customer.objects.count() == 1


def test_own_fields_of_the_same_name_and_kind_go_along(inside: Cast) -> None:
    admin = inside.actor("admin")
    for name in ("lead", "opportunity"):
        create_custom_field(admin, name, FieldDraft("integer", {"en": "Seats", "zh": "席位"}, name="seats"))
    lead = make(admin, company="Harbor Light", seats=25)

    done = convert(admin, lead.pk, Choice())

    assert Opportunity.objects.get(pk=done.opportunity_id).custom == {"seats": 25}


def test_second_conversion_says_who_was_faster(inside: Cast) -> None:
    owner = inside.actor("owner")
    lead = make(owner)
    convert(owner, lead.pk, Choice())

    with pytest.raises(Conflict) as refusal:
        convert(inside.actor("admin"), lead.pk, Choice())

    assert "Olga Owner has converted this lead already." in str(refusal.value.message)
    assert Customer.objects.count() == 1


def test_nothing_is_made_without_the_right_to_create_customers(inside: Cast) -> None:
    admin = inside.actor("admin")
    lead = make(admin)
    owner = inside.actor("owner")
    place = owner.standings[0]
    from dataclasses import replace  # noqa: PLC0415 only here

    roles = tuple(
        replace(role, grants={**role.grants, "customer": {"view": "all"}, "lead": {"view": "all", "edit": "all"}})
        for role in place.roles
    )
    limited = owner.standing_as(replace(place, roles=roles))

    with pytest.raises(NotAllowed) as refusal:
        convert(limited, lead.pk, Choice())

    assert "attach the lead" in str(refusal.value.message)
    assert Lead.objects.get(pk=lead.pk).status == "new"


def test_contact_of_another_customer_is_refused(inside: Cast) -> None:
    owner = inside.actor("owner")
    customers = spec_for(owner.organization, "customer")
    other = door.create(owner, customers, {"name": "Quiet River"})
    contact = door.create(owner, spec_for(owner.organization, "contact"), {"name": "Li Lei", "customer": str(other.pk)})
    lead = make(owner)

    with pytest.raises(Invalid) as refusal:
        convert(owner, lead.pk, Choice(contact=str(contact.pk)))

    assert refusal.value.errors[0].code == "other_customer"


def test_many_are_converted_row_by_row_and_the_rest_stay(inside: Cast) -> None:
    owner = inside.actor("owner")
    good, gone = make(owner, "Anna"), make(owner, "Bert")
    convert(owner, gone.pk, Choice(opportunity="none"))

    outcome = convert_many(owner, [good.pk, gone.pk], with_opportunity=False)

    assert [entry.lead_id for entry in outcome.done] == [good.pk]
    assert outcome.refused[gone.pk].code == "converted"


def test_conversion_is_taken_back_with_or_without_what_it_made(inside: Cast) -> None:
    owner = inside.actor("owner")
    first, second = make(owner, "Anna"), make(owner, "Bert")
    kept, removed = (convert(owner, lead.pk, Choice()) for lead in (first, second))

    reverse(owner, first.pk)
    reverse(owner, second.pk, removes=True)

    assert set(Lead.objects.values_list("status", flat=True)) == {"contacted"}
    assert Customer.objects.get(pk=kept.customer_id).deleted_at is None
    assert Customer.objects.get(pk=removed.customer_id).deleted_at is not None
    with pytest.raises(Conflict):
        reverse(owner, first.pk)


def test_consent_given_on_a_form_becomes_a_consent_of_the_contact(inside: Cast) -> None:
    from banyan.leads.models import LeadConsent  # noqa: PLC0415 only here

    owner = inside.actor("owner")
    lead = make(owner, company="Harbor Light")
    purpose = Purpose.objects.get(code="marketing")
    LeadConsent.objects.create(
        organization=inside.organization, lead=lead, purpose_id=purpose.pk, text="News", evidence="Form"
    )

    done = convert(owner, lead.pk, Choice())

    assert may_contact("contact", done.contact_id, "email", "marketing").allowed  # type: ignore[arg-type]
