"""Settings > Personal data through HTTP: requests, finding, the copy, erasing, purposes; and who may not."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.audit.models import Entry
from banyan.core.files.services import attach
from banyan.core.jobs.models import JobRun
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Contact
from banyan.privacy.choices import ErasureState
from banyan.privacy.jobs import ERASE, LOOK, look_through
from banyan.privacy.models import Erasure, Inquiry, PersonRequest, Purpose
from banyan.privacy.services import inquiries
from banyan.privacy.services.erasing import erase
from tests.cast import Cast, sign_in

URL = "/settings/privacy"
NAME, MOBILE = "Katharina Sonnenschein", "+8613812345678"


@pytest.fixture
def person(cast: Cast) -> Contact:
    with organization_scope(cast.organization.pk):
        owner = cast.actor("owner")
        made = door.create(owner, spec_for(owner.organization, "contact"), {"name": NAME, "mobile": MOBILE})
        activity = {"text": f"{NAME} called", "contact": str(made.pk)}
        door.create(owner, spec_for(owner.organization, "activity"), activity)
        stranger = {"name": "Somebody", "notes": f"Friend of {MOBILE}", "email": "private@other.example"}
        door.create(owner, spec_for(owner.organization, "contact"), stranger)
        attach(owner, object_name="contact", record_id=made.pk, upload=SimpleUploadedFile("card.txt", b"hello"))
        return Contact.objects.get(pk=made.pk)


def text_of(client: Client, url: str, **data: Any) -> str:
    answer = client.get(url, data)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def search(client: Client, text: str, **data: Any) -> str:
    answer = client.post(f"{URL}/find", {"q": text, **data})
    assert answer.status_code == 303
    return text_of(client, answer["Location"])


def test_request_goes_from_its_arrival_to_its_answer(cast: Cast, person: Contact) -> None:
    browser = sign_in(cast, "admin")
    given = {"requester": NAME, "kind": "delete", "received_on": "2026-11-02", "details": "Please forget me"}

    assert browser.post(f"{URL}/requests/new", given).status_code == 303
    with organization_scope(cast.organization.pk):
        row = PersonRequest.objects.get()
    assert "Late" in text_of(browser, URL)
    assert "Please forget me" in text_of(browser, f"{URL}/requests/{row.pk}")
    found = search(browser, "138 1234 5678", request=str(row.pk))
    assert f"{URL}/requests/{row.pk}/person/contacts/{person.pk}" in found
    assert browser.post(f"{URL}/requests/{row.pk}/person/contacts/{person.pk}").status_code == 303
    assert NAME in text_of(browser, f"{URL}/requests/{row.pk}")

    answer = {"state": "done", "due_on": "2026-11-23", "identity_note": "", "answer": "Done"}
    refused = browser.post(f"{URL}/requests/{row.pk}", answer)
    assert refused.status_code == 422
    assert "Write down how you know" in refused.content.decode()
    answer["identity_note"] = "Called back on the known number"
    assert browser.post(f"{URL}/requests/{row.pk}", answer).status_code == 303
    with organization_scope(cast.organization.pk):
        row.refresh_from_db()
        assert (row.state, row.contact_id, row.closed_at is None) == ("done", person.pk, False)


def test_copy_has_what_is_the_persons_and_nothing_of_others(cast: Cast, person: Contact) -> None:
    browser = sign_in(cast, "admin")

    answer = browser.post(f"{URL}/persons/contacts/{person.pk}/copy")

    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert sorted(archive.namelist()) == ["files/1-card.txt", "person.json"]
    content = json.loads(archive.read("person.json"))
    own, activity, other = sorted(
        content["records"], key=lambda row: ["own", "linked", "mentioned"].index(row["relation"])
    )
    assert own["fields"]["mobile"] == MOBILE
    assert activity["fields"]["text"] == f"{NAME} called"
    assert other["fields"] == {"notes": f"Friend of {MOBILE}"}
    assert content["history"]
    with organization_scope(cast.organization.pk):
        assert Entry.objects.filter(kind="privacy.copied", record_id=person.pk).count() == 1


def test_erasure_shows_first_what_it_does_and_leaves_a_certificate(cast: Cast, person: Contact) -> None:
    browser = sign_in(cast, "admin")
    url = f"{URL}/persons/contacts/{person.pk}/erase?reach=everywhere"

    preview = text_of(browser, url)
    assert "old values erased" in preview or "made anonymous" in preview
    assert browser.post(url, {}).status_code == 422
    assert browser.post(url, {"confirmed": "on"}).status_code == 303
    with organization_scope(cast.organization.pk):
        erasure = Erasure.objects.get()
        assert erasure.reach == "everywhere"
        admin = cast.actor("admin")
    page = f"{URL}/erasures/{erasure.pk}"
    assert "Erasing" in text_of(browser, page)
    erase(admin, erasure.pk)

    shown = text_of(browser, page)
    assert erasure.pseudonym in shown
    assert NAME not in shown
    assert erasure.pseudonym in text_of(browser, f"{URL}/erasures")
    assert erasure.pseudonym in text_of(browser, f"/contacts/{person.pk}")
    with organization_scope(cast.organization.pk):
        assert Erasure.objects.get().state == ErasureState.DONE
        assert ERASE == "privacy.erase"


def test_purposes_are_set_up_by_who_manages_personal_data(cast: Cast) -> None:
    browser = sign_in(cast, "admin")
    assert "Advertising and events" in text_of(browser, f"{URL}/purposes")
    given = {"name": "Newsletter", "code": "newsletter", "basis": "consent", "notice_version": "v1", "is_active": "on"}

    assert browser.post(f"{URL}/purposes/new", given).status_code == 303
    with organization_scope(cast.organization.pk):
        row = Purpose.objects.get(code="newsletter")
    again = browser.post(f"{URL}/purposes/new", given)
    assert again.status_code == 422
    changed = browser.post(f"{URL}/purposes/{row.pk}", {**given, "notice_version": "v2"})
    assert changed.status_code == 303
    assert "v2" in text_of(browser, f"{URL}/purposes")
    assert browser.post(f"{URL}/days", {"answer_days": "10"}).status_code == 303
    browser.post(f"{URL}/requests/new", {"requester": NAME, "kind": "access", "received_on": "2026-11-26"})
    with organization_scope(cast.organization.pk):
        assert str(PersonRequest.objects.get().due_on) == "2026-12-10"


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_pages_are_closed_to_who_does_not_manage_personal_data(cast: Cast, person: Contact, name: str) -> None:
    browser = sign_in(cast, name)

    for path in ("", "/find", "/purposes", "/erasures", "/days", f"/persons/contacts/{person.pk}"):
        assert browser.get(f"{URL}{path}").status_code == 403
    for path in ("copy", "erase"):
        assert browser.post(f"{URL}/persons/contacts/{person.pk}/{path}", {"confirmed": "on"}).status_code == 403


def test_strangers_persons_are_not_found(cast: Cast, strangers: Cast, person: Contact) -> None:
    browser = sign_in(strangers, "admin")

    assert browser.get(f"{URL}/persons/contacts/{person.pk}").status_code == 404
    assert NAME not in search(browser, "Katharina").replace('value="Katharina', "")


def test_much_to_read_is_read_in_the_background(cast: Cast, person: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiries, "BYTES_AT_ONCE", 0)
    browser, url = sign_in(cast, "admin"), f"{URL}/persons/contacts/{person.pk}"

    waiting = text_of(browser, url)
    assert "Looking through every table" in waiting
    assert "Friend of" not in waiting
    assert browser.post(f"{url}/copy").status_code == 303, "the copy has to wait as well"
    assert "Looking through every table" in text_of(browser, f"{url}/erase")
    with organization_scope(cast.organization.pk):
        inquiry, run = Inquiry.objects.get(), JobRun.objects.get(name=LOOK)
    part = browser.get(f"{URL}/find/{inquiry.pk}/part", {"back": url}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    look_through(
        organization_id=str(cast.organization.pk),
        user_id=str(cast.users["admin"].pk),
        run_id=str(run.pk),
        inquiry_id=str(inquiry.pk),
    )

    part = browser.get(f"{URL}/find/{inquiry.pk}/part", {"back": url}, headers={"HX-Request": "true"})
    assert json.loads(part["HX-Trigger"]) == {"visit": {"url": url}}
    assert "Somebody" in text_of(browser, url)
    assert "Erase for good" in text_of(browser, f"{url}/erase")
    copied = browser.post(f"{url}/copy")
    assert zipfile.ZipFile(io.BytesIO(b"".join(copied.streaming_content))).namelist()  # type: ignore[attr-defined]
    with organization_scope(cast.organization.pk):
        assert Inquiry.objects.get() == inquiry, "what was found once serves page, copy and preview"
    assert browser.post(f"{url}/again").status_code == 303
    with organization_scope(cast.organization.pk):
        assert Inquiry.objects.count() == 2


def test_what_somebody_looked_for_is_nobody_elses_and_is_forgotten(cast: Cast, person: Contact) -> None:
    browser = sign_in(cast, "admin")
    answer = browser.post(f"{URL}/find", {"q": MOBILE})
    assert MOBILE not in answer["Location"]

    with organization_scope(cast.organization.pk):
        assert MOBILE not in str(list(Inquiry.objects.values_list("found", flat=True)))
        Inquiry.objects.update(actor=cast.users["manager"])
    assert browser.get(answer["Location"]).status_code == 404
    with organization_scope(cast.organization.pk):
        assert inquiries.forget_inquiries(now() + timedelta(days=1)) == 1
