"""Losing everything, and getting it back from a backup."""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from tests.faults.company import Company

CONTENT = "报价单 quotation\n".encode() * 5_000


@pytest.fixture
def filled(company: Company) -> Company:
    """The company with a customer that has a file."""
    customer = company.ask("customers", {"name": f"Kept {uuid.uuid4().hex[:8]}", "phone": "+8613812345678"})
    boundary = uuid.uuid4().hex
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="quotation.txt"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode()
        + CONTENT
        + f"\r\n--{boundary}--\r\n".encode()
    )
    content_type = f"multipart/form-data; boundary={boundary}"
    company.ask(f"customers/{customer['id']}/files", body, headers={"Content-Type": content_type})
    return company


def everything(company: Company) -> dict[str, object]:
    """Return what a company has, with the checksums of its files."""
    customers = {item["id"]: item for item in company.ask("customers?limit=1000&search=Kept")["items"]}
    files = {
        file["file"]: hashlib.sha256(download(company, file["file"])).hexdigest()
        for record_id in customers
        for file in company.ask(f"customers/{record_id}/files")["items"]
    }
    return {
        "customers": customers,
        "count": company.count("customers"),
        "files": files,
        "history": [company.ask(f"customers/{record_id}/history") for record_id in customers],
    }


def download(company: Company, file_id: str) -> bytes:
    """Return a file's content."""
    request = urllib.request.Request(  # noqa: S310 loopback
        f"{company.installation.url}/api/v1/files/{file_id}", headers={"Authorization": f"Bearer {company.token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 loopback
        content: bytes = answer.read()
    return content


def test_everything_comes_back_when_the_data_folder_was_destroyed(filled: Company, folder: Path) -> None:
    installation = filled.installation
    before = everything(filled)
    made = json.loads(installation.command("backup", "--json"))
    kept, copy, passphrase = folder / "safe.banyan", folder / "copy.txt", folder / "passphrase"
    shutil.copy(made["path"], kept)
    passphrase.write_text("four words of no meaning")
    copy.write_text(installation.command("keys", "export", "--passphrase-file", str(passphrase)))

    installation.stop()
    shutil.rmtree(installation.home)
    with pytest.raises(RuntimeError, match="its key is not here"):
        installation.command("restore", str(kept))
    installation.command("keys", "import", str(copy), "--passphrase-file", str(passphrase))
    installation.command("restore", str(kept))
    installation.start()

    assert before["files"]
    assert hashlib.sha256(CONTENT).hexdigest() in before["files"].values()
    assert everything(filled) == before


def test_damaged_backup_is_refused_and_a_good_one_needs_a_clear_word(filled: Company, folder: Path) -> None:
    before = everything(filled)
    good = Path(json.loads(filled.installation.command("backup", "--json"))["path"])
    damaged = folder / "damaged.banyan"
    content = bytearray(good.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)

    with pytest.raises(RuntimeError, match="damaged"):
        filled.installation.command("restore", str(damaged), "--replace")
    with pytest.raises(RuntimeError, match="--replace"):
        filled.installation.command("restore", str(good))

    assert everything(filled) == before


def test_one_organization_comes_back_and_the_others_stay(filled: Company, folder: Path) -> None:
    others = Company.found(filled.installation, "Neighbours Limited")
    stays = others.ask("customers", {"name": "Kept by the neighbours"})
    before = everything(filled)
    made = json.loads(filled.installation.command("backup", "--organization", filled.name, "--json"))
    kept = folder / "one.banyan"
    shutil.copy(made["path"], kept)
    for record_id in before["customers"]:
        filled.ask(f"customers/{record_id}", method="DELETE")
    filled.ask("customers", {"name": "Kept by mistake"})

    filled.installation.command("restore", str(kept), "--organization", "--replace")

    assert everything(filled) == before
    assert others.ask(f"customers/{stays['id']}") == stays
    with pytest.raises(urllib.error.HTTPError, match="404"):
        others.ask(f"customers/{next(iter(before['customers']))}")
