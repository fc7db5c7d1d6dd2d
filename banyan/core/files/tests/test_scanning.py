"""Files with malware, and a scanner that is silent, through the doors that people and programs use."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banyan.cli.checks import check_scanner
from banyan.core.audit.models import Entry
from banyan.core.files import rescanning, services
from banyan.core.files.models import File
from banyan.core.files.rescanning import due_files, scan_again
from banyan.core.files.scanning import Infected, NotScanned, harmless_test, scan
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.models import Import
from tests.cast import Cast, api_client, sign_in
from tests.installation import free_port
from tests.scanners import running_scanner

BAD = harmless_test()


@pytest.fixture(scope="module")
def scanner(tmp_path_factory):
    with running_scanner(tmp_path_factory.mktemp("scanner")) as addresses:
        yield addresses


@pytest.fixture
def use(settings):
    def set_up(address: str, failure: str = "closed") -> None:
        changes = {"scanner_url": address, "scanner_failure": failure}
        settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, **changes)

    return set_up


@pytest.fixture
def customer(scope: Cast):
    return door.create(scope.actor("owner"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})


def attach(cast: Cast, customer, name: str, content: bytes):
    upload = SimpleUploadedFile(name, content)
    return services.attach(cast.actor("owner"), object_name="customer", record_id=customer.pk, upload=upload)


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("inside.txt", content)
    return target.getvalue()


def test_file_with_malware_is_refused_by_page_interface_and_import(scope: Cast, customer, scanner, use) -> None:
    use(scanner[0])
    browser = sign_in(scope, "owner", **{"Accept-Language": "en"})

    page = browser.post(f"/customers/{customer.pk}/files", {"files": SimpleUploadedFile("offer.txt", BAD)})
    call = api_client(scope, "owner").post(
        f"/api/v1/customers/{customer.pk}/files", {"file": SimpleUploadedFile("offer.zip", zipped(BAD))}
    )
    table = browser.post(
        "/imports/new", {"object": "customer", "file": SimpleUploadedFile("offer.csv", b"Name\n" + BAD)}
    )

    assert (page.status_code, call.status_code) == (422, 422)
    assert "holds malware" in page.text
    assert call.json()["code"] == "malware_found"
    assert "holds malware" in table.text
    assert not File.objects.exists()
    assert not Import.objects.exists()
    with organization_scope(scope.organization.pk):
        kept = [entry.details for entry in Entry.objects.filter(kind="file.infected")]
    assert {"offer.txt", "offer.zip", "offer.csv"} == {details["file"] for details in kept}
    assert all("UNOFFICIAL" in details["threat"] for details in kept)


def test_clean_file_is_scanned_once_over_tcp_or_a_socket(scope: Cast, customer, scanner, use) -> None:
    for number, address in enumerate(scanner):
        use(address)
        row = attach(scope, customer, f"offer {number}.txt", b"ten thousand " * 100_000)
        assert row.file.scanned_at is not None
    use(f"tcp://127.0.0.1:{free_port()}")

    answer = sign_in(scope, "owner").get(f"/files/{row.file_id}")

    assert len(b"".join(answer.streaming_content)) == 1_300_000


def test_file_of_before_is_scanned_when_it_is_asked_for(scope: Cast, customer, scanner, use) -> None:
    good, bad = attach(scope, customer, "good.txt", b"good"), attach(scope, customer, "bad.txt", BAD)
    use(scanner[0])
    browser = sign_in(scope, "owner", **{"Accept-Language": "en"})

    assert b"".join(browser.get(f"/files/{good.file_id}").streaming_content) == b"good"
    refused = browser.get(f"/files/{bad.file_id}")
    assert (refused.status_code, "holds malware" in refused.text) == (422, True)
    assert api_client(scope, "owner").get(f"/api/v1/files/{bad.file_id}").status_code == 422
    with organization_scope(scope.organization.pk):
        assert [File.objects.get(pk=row.file_id).scanned_at is None for row in (good, bad)] == [False, True]


def test_clean_file_is_scanned_again_and_held_back_once_the_scanner_knows_better(
    scope: Cast, customer, scanner, use
) -> None:
    """Both files were found clean by what the scanner knew then; it learned of one meanwhile."""
    actor = scope.actor("owner")
    good, bad = attach(scope, customer, "good.txt", b"good"), attach(scope, customer, "offer.txt", BAD)
    File.objects.update(scanned_at=now())
    heard: list[PeopleToTell] = []
    subscribe(PeopleToTell, "tests.malware", heard.append)
    use(scanner[0])

    assert scan_again(actor, now() + timedelta(hours=23)) == 0
    assert scan_again(actor, now() + timedelta(hours=25)) == 2
    assert scan_again(actor, now() + timedelta(hours=25)) == 0
    unsubscribe(PeopleToTell, "tests.malware")

    browser = sign_in(scope, "owner", **{"Accept-Language": "en"})
    assert b"".join(browser.get(f"/files/{good.file_id}").streaming_content) == b"good"
    refused = browser.get(f"/files/{bad.file_id}")
    assert (refused.status_code, "holds malware" in refused.text) == (422, True)
    assert "Malware: Test-Of-All-Scanners" in browser.get(f"/customers/{customer.pk}/files").text
    listed = api_client(scope, "owner").get(f"/api/v1/customers/{customer.pk}/files").json()["items"]
    assert {entry["name"]: bool(entry["malware"]) for entry in listed} == {"good.txt": False, "offer.txt": True}
    with organization_scope(scope.organization.pk):
        [entry] = Entry.objects.filter(kind="file.infected", record_id=bad.file_id, details__has_key="threat").exclude(
            details__has_key="path"
        )
    assert entry.details["file"] == "offer.txt"
    told = {person: notice.place for notice in heard for person in notice.user_ids}
    assert told == {
        scope.users["admin"].pk: "/settings/audit",
        scope.users["owner"].pk: f"/customers/{customer.pk}",
    }
    use("")
    assert browser.get(f"/files/{bad.file_id}").status_code == 422, "also without a scanner"


def test_file_taken_for_malware_by_mistake_is_handed_out_again(scope: Cast, customer, scanner, use) -> None:
    row = attach(scope, customer, "good.txt", b"good")
    long_ago = now() - timedelta(days=100)
    File.objects.update(scanned_at=now() - timedelta(days=2), uploaded_at=long_ago, threat="Mistaken.For.Malware")
    old = attach(scope, customer, "old.txt", b"old")
    File.objects.filter(pk=old.file_id).update(scanned_at=now() - timedelta(days=2), uploaded_at=long_ago)
    browser = sign_in(scope, "owner")
    assert browser.get(f"/files/{row.file_id}").status_code == 422
    use(scanner[1])

    assert scan_again(scope.actor("admin"), now()) == 1, "an old file is scanned again after a month"

    assert b"".join(browser.get(f"/files/{row.file_id}").streaming_content) == b"good"


def test_what_cannot_be_scanned_lets_others_have_their_turn(scope: Cast, customer, scanner, use, monkeypatch) -> None:
    monkeypatch.setattr(rescanning, "MOST_LOOKED_AT", 1)
    actor, at = scope.actor("admin"), now()
    gone, good = attach(scope, customer, "gone.txt", b"gone"), attach(scope, customer, "good.txt", b"good")
    File.objects.filter(pk=gone.file_id).update(key="of/no/file")
    use(scanner[0])

    tried = [scan_again(actor, at), scan_again(actor, at)]

    assert tried == [0, 1]
    assert File.objects.get(pk=good.file_id).scanned_at == at
    assert not due_files(at + timedelta(hours=23)).exists()
    assert due_files(at + timedelta(hours=24)).get().pk == gone.file_id


def test_nothing_is_scanned_again_without_an_answering_scanner(scope: Cast, customer, use) -> None:
    attach(scope, customer, "good.txt", b"good")

    assert scan_again(scope.actor("admin"), now()) == 0
    use(f"tcp://127.0.0.1:{free_port()}")
    assert scan_again(scope.actor("admin"), now()) == 0
    assert File.objects.get().scanned_at is None


def test_nothing_goes_around_a_silent_scanner_unless_that_was_chosen(scope: Cast, customer, scanner, use) -> None:
    before = attach(scope, customer, "before.txt", b"before")
    browser = sign_in(scope, "owner", **{"Accept-Language": "en"})
    use(f"tcp://127.0.0.1:{free_port()}")

    refused = browser.post(f"/customers/{customer.pk}/files", {"files": SimpleUploadedFile("new.txt", b"new")})
    assert (refused.status_code, "cannot be checked" in refused.text) == (503, True)
    assert browser.get(f"/files/{before.file_id}").status_code == 503
    use(f"tcp://127.0.0.1:{free_port()}", failure="open")
    row = attach(scope, customer, "new.txt", BAD)
    assert row.file.scanned_at is None
    assert browser.get(f"/files/{before.file_id}").status_code == 200
    use(scanner[0], failure="open")
    assert browser.get(f"/files/{row.file_id}").status_code == 422


def test_content_larger_than_the_scanner_takes_waits(scanner, use) -> None:
    use(scanner[0])

    with pytest.raises(NotScanned):
        scan("large.bin", lambda: (bytes(1024 * 1024) for _number in range(60)))
    with pytest.raises(Infected):
        scan("small.bin", lambda: [BAD])


def test_doctor_tries_the_scanner(scanner, use) -> None:
    use("")
    assert check_scanner().state == "ok"
    use(scanner[1])
    assert check_scanner().state == "ok"
    use(f"unix://{scanner[1]}.missing")
    assert check_scanner().state == "problem"
