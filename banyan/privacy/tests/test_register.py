"""The register of processing: what the product knows, what people add, and the file."""

from __future__ import annotations

import io

from django.utils.translation import override
from python_calamine import CalamineWorkbook

from banyan.core.access.actor import Actor
from banyan.core.audit.models import Entry
from banyan.core.objects.sensitivity import set_sensitive
from banyan.core.tenancy.scope import organization_scope
from banyan.privacy.services.register import register_of
from banyan.privacy.services.retention import save_rule
from tests.cast import Cast, sign_in

URL = "/settings/privacy/register"


def test_register_knows_fields_rights_encryption_and_rules(admin: Actor) -> None:
    set_sensitive(admin, "contact", "mobile", sensitive=True)
    rule = {
        "name": "Old contacts", "object_name": "contact", "condition": {}, "idle_since": "updated_at", "months": 36,
        "action": "delete", "is_active": True, "most_a_night": 100,
    }  # fmt: skip
    save_rule(admin, None, rule)

    with override("en"):
        entries = {entry.name: entry for entry in register_of(admin)}

    contact = entries["contact"]
    assert {"Name", "Mobile", "E-mail", "WeChat", "Birthday"} <= {field.label for field in contact.fields}
    assert [field.label for field in contact.fields if field.is_encrypted] == ["Mobile"]
    assert "Administrator" in contact.viewers
    assert "Read only" in contact.viewers
    assert "Read only" not in contact.exporters
    assert contact.retention == ["Old contacts: Put into the recycle bin after 36 months"]
    assert {"activity", "order", "consent"} <= entries.keys()
    assert "product" not in entries


def test_register_is_annotated_and_downloaded(cast: Cast) -> None:
    browser = sign_in(cast, "admin")
    given = {"purposes": "", "recipients": "Courier services", "abroad": "None", "remarks": "=1+1"}

    assert browser.post(f"{URL}/contact", given).status_code == 303
    assert "Courier services" in browser.get(URL).content.decode()
    answer = browser.get(f"{URL}/download")

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    line = next(row for row in sheet if row[0] == "Contacts")
    assert line[7:9] == ["Courier services", "None"]
    assert line[10] != "=1+1"
    assert "Advertising and events: Consent" in line[4]
    with organization_scope(cast.organization.pk):
        assert Entry.objects.filter(kind="privacy.register_exported").count() == 1
    assert browser.get(f"{URL}/product").status_code == 404
    assert sign_in(cast, "viewer").get(URL).status_code == 403
    assert sign_in(cast, "viewer").get(f"{URL}/download").status_code == 403
