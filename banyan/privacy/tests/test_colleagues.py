"""Making a colleague anonymous who has left: nothing of the person is left but in the log, which is told."""

from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.access.people import change_person, deactivate_person
from banyan.core.audit.models import Alert
from banyan.core.audit.sealing import seal
from banyan.core.audit.verification import verify
from banyan.core.identity.models import Account, User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import make, page_text
from banyan.privacy.models import Erasure
from banyan.privacy.tests.test_erasing import places
from tests.cast import Cast, sign_in

URL = "/settings/privacy/colleagues"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin", **ENGLISH)


def test_colleague_who_left_is_made_anonymous_and_what_they_did_stays(cast: Cast, ada: Client) -> None:
    sam = cast.users["salesperson"]
    make(cast, "customer", {"name": "Harbor Light"}, person="salesperson")
    with organization_scope(cast.organization.pk):
        details = {"name": "Samuel Unforgettable", "phone": "+8613912345670", "title": "Wizard of sales"}
        change_person(cast.actor("admin"), sam.pk, **details)
    Client(headers=ENGLISH).post("/sign-in", {"email": sam.email, "password": "wrong"})
    assert ada.get(f"{URL}/{sam.pk}").status_code == 422
    with organization_scope(cast.organization.pk):
        deactivate_person(cast.actor("admin"), sam.pk)
        Alert.objects.create(
            organization=cast.organization, user_id=sam.pk, person="Samuel Unforgettable", kind="many_views", hour=now(),
            measured=400, expected=300,
        )  # fmt: skip
    assert "Samuel Unforgettable" in page_text(ada.get(URL))
    page = page_text(ada.get(f"{URL}/{sam.pk}"))
    assert "This person still owns records: 1." in page
    assert "Entries of the audit log" in page
    assert ada.post(f"{URL}/{sam.pk}", {}).status_code == 422

    done = ada.post(f"{URL}/{sam.pk}", {"confirmed": "on"})

    with organization_scope(cast.organization.pk):
        erasure = Erasure.objects.get()
        after = User.objects.get(pk=sam.pk)
        assert done.headers["Location"] == f"/settings/privacy/erasures/{erasure.pk}"
        assert (after.name, after.phone, after.account_id) == (erasure.pseudonym, "", None)
        assert not Account.objects.filter(email=sam.email).exists()
        # The log of deeds keeps name and address, and the certificate says so and until when.
        traces = places("Unforgettable", "13912345670", "Wizard of sales", sam.email)
        assert {table for table, _text in traces} <= {"audit_entry"}
        assert [entry["object"] for entry in erasure.kept] == ["audit_log"]
        seal(cast.organization.pk, horizon=now())
        assert verify(cast.organization.pk).is_whole
    certificate = page_text(ada.get(done.headers["Location"]))
    assert "Entries of the audit log" in certificate
    assert erasure.pseudonym in page_text(ada.get("/customers"))
    assert "Unforgettable" not in page_text(ada.get(URL))
    assert ada.get(f"{URL}/{sam.pk}").status_code == 404


@pytest.mark.parametrize("name", ["manager", "owner"])
def test_only_those_who_manage_personal_data_erase_colleagues(cast: Cast, name: str) -> None:
    client = sign_in(cast, name, **ENGLISH)
    with organization_scope(cast.organization.pk):
        deactivate_person(cast.actor("admin"), cast.users["viewer"].pk)

    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}/{cast.users['viewer'].pk}", {"confirmed": "on"}).status_code == 403
    with organization_scope(cast.organization.pk):
        assert not Erasure.objects.exists()
