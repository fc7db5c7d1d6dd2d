"""Consents: recorded, withdrawn, and asked before anybody is contacted; through pages and the interface."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for, specs_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.pools.services import claim
from banyan.customers.public import release_customers
from banyan.privacy.models import Consent, PersonRequest, Purpose
from banyan.privacy.public import may_contact, may_contact_many
from banyan.privacy.services.consents import MARKETING
from tests.cast import Cast, api_client, sign_in


def contact(actor: Actor, **values: Any) -> Record:
    return door.create(actor, spec_for(actor.organization, "contact"), {"name": "Li Hua", **values})


def consent(actor: Actor, record: Record, **values: Any) -> Record:
    purpose = Purpose.objects.get(code=MARKETING)
    given = {"contact": str(record.pk), "purpose": str(purpose.pk), **values}
    return door.create(actor, spec_for(actor.organization, "consent"), given)


def test_nobody_is_contacted_for_advertising_without_consent(admin: Actor) -> None:
    person = contact(admin)

    assert may_contact("contact", person.pk, "email", MARKETING).reason == "no_consent"
    assert may_contact("contact", person.pk, "email", "contract").allowed


def test_consent_counts_for_its_own_way_and_for_every_way(admin: Actor) -> None:
    by_mail, in_general = contact(admin), contact(admin)
    consent(admin, by_mail, channel="email")
    consent(admin, in_general, channel="any")
    ids = [by_mail.pk, in_general.pk]

    assert [verdict.allowed for verdict in may_contact_many("contact", ids, "email", MARKETING).values()] == [
        True,
        True,
    ]
    assert [verdict.allowed for verdict in may_contact_many("contact", ids, "sms", MARKETING).values()] == [False, True]


def test_last_word_counts_when_consent_was_withdrawn_and_given_again(admin: Actor) -> None:
    person = contact(admin)
    spec = spec_for(admin.organization, "consent")
    first = consent(admin, person, given_at=(now() - timedelta(days=2)).isoformat())

    door.update(admin, spec, first.pk, {"state": "withdrawn"})
    assert may_contact("contact", person.pk, "sms", MARKETING).reason == "withdrawn"

    consent(admin, person, channel="sms", given_at=(now() + timedelta(seconds=1)).isoformat())
    assert may_contact("contact", person.pk, "sms", MARKETING).allowed
    assert may_contact("contact", person.pk, "email", MARKETING).reason == "withdrawn"


def test_purpose_may_ask_for_a_consent_of_its_own(admin: Actor) -> None:
    person = contact(admin)
    purpose = str(Purpose.objects.get(code="third_party").pk)
    consent(admin, person, purpose=purpose)
    assert may_contact("contact", person.pk, "email", "third_party").reason == "no_separate_consent"

    consent(admin, person, purpose=purpose, is_separate=True)
    assert may_contact("contact", person.pk, "email", "third_party").allowed


def test_no_consent_helps_when_person_is_not_to_be_contacted_or_asked_for_restriction(admin: Actor) -> None:
    blocked, restricting = contact(admin, do_not_contact=True), contact(admin)
    consent(admin, blocked)
    consent(admin, restricting)
    request = {"requester": "Li Hua", "kind": "restrict", "contact": str(restricting.pk)}
    door.create(admin, spec_for(admin.organization, "person_request"), request)

    assert may_contact("contact", blocked.pk, "sms", MARKETING).reason == "do_not_contact"
    assert may_contact("contact", restricting.pk, "sms", MARKETING).reason == "restricted"
    assert may_contact("contact", restricting.pk, "sms", "contract").reason == "restricted"
    assert may_contact("contact", uuid.uuid4(), "sms", "contract").reason == "unknown_person"
    assert may_contact("contact", blocked.pk, "sms", "nothing").reason == "unknown_purpose"


def test_consent_keeps_the_notice_of_its_time(admin: Actor) -> None:
    purpose = Purpose.objects.get(code=MARKETING)
    spec = spec_for(admin.organization, "purpose")
    door.update(admin, spec, purpose.pk, {"notice_version": "2026-01"})
    given = consent(admin, contact(admin))
    door.update(admin, spec, purpose.pk, {"notice_version": "2026-11", "basis": "interest"})

    kept = Consent.objects.get(pk=given.pk)
    assert (kept.notice_version, kept.basis) == ("2026-01", "consent")


def test_request_is_due_after_fifteen_working_days(admin: Actor) -> None:
    spec = spec_for(admin.organization, "person_request")
    values = {"requester": "Li Hua", "kind": "access", "received_on": "2026-11-26"}
    made = PersonRequest.objects.get(pk=door.create(admin, spec, values).pk)

    assert made.due_on is not None
    assert made.due_on.isoformat() == "2026-12-17"


def test_consent_is_given_and_withdrawn_on_the_page_of_the_contact(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        person = contact(cast.actor("owner"))
        purpose = Purpose.objects.get(code=MARKETING)
    browser = sign_in(cast, "owner")
    page = f"/privacy/contacts/{person.pk}"

    assert "Advertising" in browser.get(f"{page}/consent").content.decode()
    answer = browser.post(
        f"{page}/consent", {"purpose": str(purpose.pk), "channel": "sms", "evidence": "Card of 3 May"}
    )
    assert answer.status_code == 303
    with organization_scope(cast.organization.pk):
        given = Consent.objects.get(contact=person.pk)
        assert may_contact("contact", person.pk, "sms", MARKETING).allowed
    assert "Advertising and events" in browser.get(f"/contacts/{person.pk}/children").content.decode()
    assert "Withdraw" in browser.get(f"{page}/consents").content.decode()

    assert browser.post(f"/privacy/consents/{given.pk}/withdraw").status_code == 303
    with organization_scope(cast.organization.pk):
        assert not may_contact("contact", person.pk, "sms", MARKETING).allowed


def test_consents_stand_on_customers_who_are_persons_only(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        spec = spec_for(owner.organization, "customer")
        company = door.create(owner, spec, {"name": "Harbor Light Trading"})
        person = door.create(owner, spec, {"name": "Zhang Wei", "type": "person"})
    browser = sign_in(cast, "owner")

    assert "record-consents" not in browser.get(f"/customers/{company.pk}/children").content.decode()
    assert "record-consents" in browser.get(f"/customers/{person.pk}/children").content.decode()
    assert browser.get(f"/privacy/customers/{company.pk}/consent").status_code == 404
    assert browser.get(f"/privacy/customers/{person.pk}/consent").status_code == 200


def test_interface_refuses_to_revive_a_withdrawn_consent(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        given = consent(owner, contact(owner))
    client = api_client(cast, "owner")
    url = f"/api/v1/consents/{given.pk}"

    def send(state: str) -> Any:
        return client.patch(url, json.dumps({"state": state}), content_type="application/json")

    assert send("withdrawn").json()["withdrawn_at"]
    answer = send("given")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "withdrawn"


def test_interface_says_whether_a_person_may_be_contacted(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        person = contact(owner)
        consent(owner, person, channel="sms")
        company = door.create(owner, spec_for(owner.organization, "customer"), {"name": "Harbor Light Trading"})
    client = api_client(cast, "owner")

    def ask(plural: str, record: Record, channel: str) -> Any:
        return client.get(f"/api/v1/{plural}/{record.pk}/may-contact", {"channel": channel, "purpose": MARKETING})

    assert ask("contacts", person, "sms").json() == {"allowed": True, "reason": "consent"}
    assert ask("contacts", person, "email").json() == {"allowed": False, "reason": "no_consent"}
    assert ask("customers", company, "sms").json() == {"allowed": False, "reason": "unknown_person"}
    assert ask("contacts", person, "smoke").status_code == 422
    assert api_client(cast, "salesperson").get(f"/api/v1/contacts/{person.pk}/may-contact").status_code == 404


def test_person_who_restricted_processing_is_left_out_of_exports_and_stays_in_the_pool(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        specs = specs_for(admin.organization)
        restricting = door.create(admin, specs["customer"], {"name": "Zhang Wei", "type": "person"})
        company = door.create(admin, specs["customer"], {"name": "Harbor Light Trading"})
        pool = door.create(admin, specs["pool"], {"name": "South pool", "protection_days": 0})
        release_customers(admin, [restricting.pk, company.pk], reason="Nobody looks after them", pool_id=pool.pk)
    browser, dialog = sign_in(cast, "admin"), {"HX-Request": "true", "HX-Target": "dialog-body"}

    def names() -> str:
        answer = browser.post("/customers/export", {"matching": "", "format": "csv"})
        return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams

    assert "Zhang Wei" in names()
    assert "Left out" not in browser.get("/customers/bulk/export", {"matching": ""}, headers=dialog).content.decode()
    with organization_scope(cast.organization.pk):
        asked = {"requester": "Zhang Wei", "kind": "restrict", "customer": str(restricting.pk)}
        row = door.create(admin, specs["person_request"], asked)
    told = browser.get("/customers/bulk/export", {"matching": ""}, headers=dialog).content.decode()
    assert "Left out: 1 rows." in told
    assert "restricted what may be done" in told
    assert "Zhang Wei" not in names()
    assert "Harbor Light Trading" in names()
    assert "Processing is restricted" in browser.get(f"/customers/{restricting.pk}").content.decode()
    with organization_scope(cast.organization.pk):
        outcome = claim(cast.actor("salesperson"), [restricting.pk, company.pk])
        assert outcome.done == [company.pk]
        assert outcome.refused[restricting.pk].code == "guarded"

        door.update(admin, specs["person_request"], row.pk, {"state": "refused"})
    assert "Zhang Wei" in names()
