"""What strangers send: forms with their guards against machines, e-mails, and what the interface takes."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.errors import Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.leads.models import Lead, LeadConsent, LeadForm, LeadSubmission
from banyan.leads.public import FormValues, save_form
from banyan.leads.services.forms import split_token, token_of
from banyan.leads.tests.conftest import make
from banyan.leads.views import public_form
from banyan.leads.views.public_form import new_stamp
from banyan.privacy.public import Purpose
from tests.cast import Cast, api_client, sign_in

ASKED = [
    {"name": "name", "required": True, "en": "Your name", "zh": "您的姓名"},
    {"name": "email"},
    {"name": "phone"},
    {"name": "needs"},
]
SENT = {"name": "Anna Bell", "email": "anna@bell.example", "needs": "A pump", "lang": "en"}


@pytest.fixture(autouse=True)
def _nobody_has_sent_anything() -> None:
    for limiter in (public_form.sending, public_form.looking):
        limiter.__init__(limiter.limit)  # type: ignore[misc]  # full buckets again


@pytest.fixture
def form(users: Cast) -> LeadForm:
    with organization_scope(users.organization.pk):
        values = FormValues(
            "Contact", ASKED, source="website", campaign="Spring", sites=["https://www.example.com"],
            texts={"thanks": {"en": "We call you."}, "title": {"zh": "联系我们", "en": "Contact us"}},
        )  # fmt: skip
        return save_form(users.actor("admin"), None, values)


def url(form: LeadForm) -> str:
    return f"/f/{token_of(form)}"


def send(form: LeadForm, values: dict[str, Any], *, age: float = 10, **headers: str) -> Any:
    given = {"stamp": new_stamp(form, shown_at=time.time() - age), **values}
    return Client(headers={"Accept-Language": "en", **headers}).post(url(form), given)


def leads(cast: Cast) -> list[Lead]:
    with organization_scope(cast.organization.pk):
        return list(Lead.objects.order_by("created_at"))


def test_stranger_sees_the_form_in_both_languages_and_becomes_a_lead(users: Cast, form: LeadForm) -> None:
    chinese = Client(headers={"Accept-Language": "zh-CN"}).get(url(form)).text
    english = Client().get(f"{url(form)}?lang=en").text
    assert "您的姓名" in chinese
    assert "联系我们" in chinese
    assert "Your name" in english
    assert users.organization.name in english

    answer = send(form, SENT)

    assert "We call you." in answer.text
    (lead,) = leads(users)
    assert (lead.name, lead.source, lead.campaign, lead.owner_id, lead.status) == (
        "Anna Bell",
        "website",
        "Spring",
        None,
        "new",
    )
    assert (
        "sent the form “Contact”" in sign_in(users, "admin", **{"Accept-Language": "en"}).get(f"/leads/{lead.pk}").text
    )


def test_machines_are_turned_away(users: Cast, form: LeadForm) -> None:
    trapped = send(form, {**SENT, "fax_number": "1"})
    quick = send(form, SENT, age=0)
    forged = Client(headers={"Accept-Language": "en"}).post(url(form), {**SENT, "stamp": "x.1:forged"})
    bare = Client(headers={"Accept-Language": "en", "Origin": "https://evil.example"}).post(url(form), SENT)

    assert "We call you." in trapped.text
    assert (quick.status_code, forged.status_code, bare.status_code) == (422, 422, 422)
    assert "That was very quick." in quick.text
    assert 'value="Anna Bell"' in forged.text
    assert leads(users) == []
    with organization_scope(users.organization.pk):
        assert LeadForm.objects.get().turned_away == 1


def test_form_on_an_own_site_needs_no_stamp_and_may_be_framed_there(users: Cast, form: LeadForm) -> None:
    own = Client(headers={"Origin": "https://www.example.com"}).post(url(form), SENT)
    framed = Client().get(f"{url(form)}/embed").headers["Content-Security-Policy"]

    assert own.status_code == 200
    assert len(leads(users)) == 1
    assert "frame-ancestors https://www.example.com" in framed
    assert "frame-ancestors 'none'" in Client().get(url(form)).headers["Content-Security-Policy"]


def test_unknown_and_missing_fields_are_named_and_nothing_is_made(users: Cast, form: LeadForm) -> None:
    unknown = send(form, {**SENT, "owner": "me"})
    missing = send(form, {"email": "nobody"})

    assert "This form does not ask for “owner”." in unknown.text
    assert missing.status_code == 422
    assert "Please fill this in." in missing.text
    assert leads(users) == []


def test_wrong_addresses_all_look_the_same(users: Cast, form: LeadForm) -> None:
    token = token_of(form)
    with organization_scope(users.organization.pk):
        LeadForm.objects.update(is_active=False)

    answers = [Client().get(f"/f/{wrong}") for wrong in (token, token[:-1] + "x", "A" * 40, "x", token[::-1])]

    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r"nonce-\S+", "", answer.text) for answer in answers}) == 1
    assert split_token("A") is None


def test_too_much_and_too_often_is_refused(users: Cast, form: LeadForm) -> None:
    much = send(form, {**SENT, "needs": "x" * 70_000})
    statuses = [send(form, {**SENT, "email": f"a{place}@b.example"}).status_code for place in range(8)]

    assert much.status_code == 413
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_second_message_joins_the_lead_and_overwrites_nothing(users: Cast, form: LeadForm) -> None:
    send(form, SENT)
    send(form, {**SENT, "name": "Somebody Else", "email": "ANNA@bell.example", "phone": "13912345000"})

    (lead,) = leads(users)
    assert (lead.name, lead.phone) == ("Anna Bell", "+8613912345000")
    with organization_scope(users.organization.pk):
        assert LeadSubmission.objects.count() == 2


def test_leads_go_to_the_person_of_the_form_who_is_told(users: Cast, form: LeadForm) -> None:
    with organization_scope(users.organization.pk):
        values = FormValues("Mine", ASKED, destination="person", owner=users.users["owner"].pk)
        own = save_form(users.actor("admin"), None, values)

    send(own, SENT)

    assert leads(users)[0].owner_id == users.users["owner"].pk
    assert (
        "New lead for you: Anna Bell" in sign_in(users, "owner", **{"Accept-Language": "en"}).get("/notifications").text
    )


def test_consent_is_asked_for_and_kept_with_its_proof(users: Cast) -> None:
    with organization_scope(users.organization.pk):
        purpose = Purpose.objects.get(code="marketing").pk
        admin = users.actor("admin")
        with pytest.raises(Invalid):
            save_form(admin, None, FormValues("News", ASKED, purpose_id=purpose))
        asking = save_form(
            admin, None, FormValues("News", ASKED, purpose_id=purpose, texts={"consent": {"en": "Send me news"}})
        )

    refused = send(asking, SENT)
    send(asking, {**SENT, "consent": "true"})

    assert "Please agree" in refused.text
    with organization_scope(users.organization.pk):
        consent = LeadConsent.objects.get()
    assert consent.purpose_id == purpose
    assert "127.0.0.1" in consent.evidence
    assert "Send me news" in consent.evidence


MAIL = (
    b"From: Jan Kowalski <jan@acme.example>\r\nTo: sales@example.com\r\nSubject: =?utf-8?q?Offer_for_5_pumps?=\r\n"
    b"Message-ID: <1@acme.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease send an offer.\r\n\r\n"
    b"> older words\r\n"
)


def post_mail(cast: Cast, raw: bytes, name: str = "owner", content_type: str = "message/rfc822") -> Any:
    client: Any = api_client(cast, name)
    return client.post("/api/v1/leads/mail", raw, content_type=content_type)


def test_mail_becomes_a_lead_and_counts_once(users: Cast) -> None:
    first, again = post_mail(users, MAIL), post_mail(users, MAIL)
    answer = post_mail(users, MAIL.replace(b"<1@", b"<2@"))

    assert (first.status_code, again.status_code, answer.status_code) == (201, 409, 200)
    (lead,) = leads(users)
    assert (lead.name, lead.email) == ("Jan Kowalski", "jan@acme.example")
    assert lead.needs == "Offer for 5 pumps\n\nPlease send an offer."


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (MAIL.replace(b"From: Jan Kowalski <jan@acme.example>\r\n", b""), 422),
        (MAIL.replace(b"jan@acme.example>\r\nTo", b"nobody>\r\nTo"), 422),
        (MAIL.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"), 422),
        (b"", 415),
        (b"\x00\xff\xfe", 422),
        (b"x" * (2 * 1024 * 1024 + 1), 413),
    ],
    ids=["no sender", "no address", "automatic", "empty", "no mail", "too large"],
)
def test_mail_that_is_none_is_refused(users: Cast, raw: bytes, status: int) -> None:
    assert post_mail(users, raw).status_code == status
    assert leads(users) == []


def test_mail_needs_its_type_and_the_right_to_create_leads(users: Cast) -> None:
    assert post_mail(users, MAIL, content_type="text/plain").status_code == 415
    assert post_mail(users, MAIL, "viewer").status_code == 403


def test_interface_converts_claims_and_takes_back(users: Cast) -> None:
    with organization_scope(users.organization.pk):
        lead = make(users.actor("admin"), company="Harbor Light", owner=None)
    client: Any = api_client(users, "owner")

    claimed = client.post(f"/api/v1/leads/{lead.pk}/claim")
    wrong = client.post(f"/api/v1/leads/{lead.pk}/convert", {"customer": "nobody"}, content_type="application/json")
    unknown = client.post(f"/api/v1/leads/{lead.pk}/convert", {"kunde": "new"}, content_type="application/json")
    converted = client.post(
        f"/api/v1/leads/{lead.pk}/convert", {"opportunity": "none"}, content_type="application/json"
    )
    twice = client.post(f"/api/v1/leads/{lead.pk}/convert", {}, content_type="application/json")
    back = client.post(f"/api/v1/leads/{lead.pk}/reverse?removes=true")
    released = client.post(f"/api/v1/leads/{lead.pk}/release", {"reason": "No time"}, content_type="application/json")

    assert claimed.json()["owner"] == str(users.users["owner"].pk)
    assert (wrong.status_code, unknown.status_code, twice.status_code) == (422, 422, 409)
    assert uuid.UUID(converted.json()["customer"])
    assert converted.json()["opportunity"] is None
    assert back.json()["status"] == "contacted"
    assert released.status_code == 204


def test_lead_without_anything_to_reach_it_by_is_refused(inside: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        door.create(inside.actor("owner"), spec_for(inside.organization, "lead"), {"needs": "Pumps"})

    assert refusal.value.errors[0].field == "name"
