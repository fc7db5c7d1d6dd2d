"""The configuration as a file, through its pages and the interface."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.access.actor import system_actor
from banyan.core.configuration.models import Snapshot, TrialCopy
from banyan.core.identity.models import Role, User
from banyan.core.identity.services import create_token
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import spec_for
from banyan.core.records.models import Change
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, sign_in

URL = "/settings/configuration"
SIZE = "banyan: 1\nname: Sizes\nfields:\n  - key: customer.size\n    kind: text\n    label: {zh: 规模, en: Size}\n"


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def upload(client: Client, *texts: str) -> Any:
    files = [SimpleUploadedFile(f"layer{number}.yaml", text.encode()) for number, text in enumerate(texts, 1)]
    return client.post(f"{URL}/files", {"files": files})


def look(client: Client, *texts: str) -> tuple[str, Any]:
    """Bring files in and return the address of their difference with the page."""
    url = upload(client, *texts).headers["Location"]
    return url, client.get(url)


def steps(page: Any, *, chosen: bool = True) -> list[str]:
    found = re.findall(r'name="step" value="([^"]+)"( checked)?', page.text)
    return [name for name, is_chosen in found if bool(is_chosen) == chosen]


def apply(client: Client, url: str, page: Any, *names: str) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    return client.post(f"{url}/apply", {"step": names or steps(page), "seen": seen[1] if seen else ""})


def fields_of(cast: Cast) -> list[str]:
    with organization_scope(cast.organization.pk):
        return [row.name for row in CustomField.objects.filter(is_active=True).order_by("name")]


def test_file_is_shown_as_a_difference_before_it_is_applied(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)

    assert "1 new" in page_text(page)
    assert "Size customer.size" in page_text(page)
    assert fields_of(cast) == []
    apply(ada, url, page)
    assert fields_of(cast) == ["size"]
    assert "Size" in ada.get("/customers/new").text


def test_applied_file_can_be_taken_back(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)
    former = apply(ada, url, page).headers["Location"]

    assert "layer1.yaml" in page_text(ada.get(former))
    back = ada.post(f"{former}/restore").headers["Location"]
    difference = ada.get(back)
    assert steps(difference) == ["fields:customer.size"]
    apply(ada, back, difference)
    assert fields_of(cast) == []
    assert page_text(ada.get(f"{URL}/history")).count("1 change") == 2


def test_download_is_the_file_that_changes_nothing(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        draft = FieldDraft("choice", {"zh": "电池", "en": "Battery"}, options=("Li", "Na"))
        create_custom_field(system_actor(cast.organization), "customer", draft)
    answer = ada.get(f"{URL}/export")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    _url, page = look(ada, answer.text)
    assert "Nothing would change" in page_text(page)
    assert "roles:" not in ada.get(f"{URL}/export?part=fields").text


def test_layers_are_laid_over_one_another_in_the_order_that_is_chosen(cast: Cast, ada: Client) -> None:
    own = "banyan: 1\nfields:\n  - key: customer.size\n    label: {en: Headcount}\n    required: true\n"
    url, page = look(ada, own, SIZE)
    assert "label: Size" in page_text(page).replace("Label Size", "label: Size")

    ada.post(f"{url}/order", {"order": ["1", "0"]})
    apply(ada, url, ada.get(url))
    with organization_scope(cast.organization.pk):
        row = CustomField.objects.get()
    assert (row.labels, row.required) == ({"en": "Headcount"}, True)


def test_only_what_is_ticked_is_applied(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE + "  - key: customer.depth\n    kind: text\n    label: Depth\n")

    apply(ada, url, page, "fields:customer.depth")
    assert fields_of(cast) == ["depth"]


def test_what_the_file_does_not_mention_stays_unless_it_is_ticked(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        create_custom_field(system_actor(cast.organization), "customer", FieldDraft("text", {"en": "Old"}))
    url, page = look(ada, SIZE)

    assert steps(page, chosen=False) == ["fields:customer.old"]
    apply(ada, url, page)
    assert fields_of(cast) == ["old", "size"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("banyan: 9\n", "layer1.yaml, line 1, banyan: The file has format 9"),
        ("banyan: 1\nrobots: []\n", "line 2, robots: There is no part"),
        ("hello", "A configuration file begins with"),
    ],
)
def test_file_that_cannot_be_used_is_refused_at_once(ada: Client, text: str, told: str) -> None:
    answer = upload(ada, text)

    assert answer.status_code == 422
    assert told in page_text(answer)


def test_one_bad_entry_keeps_everything_from_being_applied(cast: Cast, ada: Client) -> None:
    bad = SIZE + "  - key: customer.maker\n    kind: link\n    label: Maker\n"
    url, page = look(ada, bad)

    assert "layer1.yaml, line 7, fields[customer.maker].settings" in page_text(page) or "line 7" in page_text(page)
    answer = apply(ada, url, page)
    assert answer.status_code == 422
    assert fields_of(cast) == []
    with organization_scope(cast.organization.pk):
        assert not Snapshot.objects.exists()
        assert "size" not in spec_for(Organization.objects.get(pk=cast.organization.pk), "customer").all_fields


def test_kind_that_differs_is_a_conflict(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        draft = FieldDraft("integer", {"en": "Size"}, name="size")
        create_custom_field(system_actor(cast.organization), "customer", draft)
    url, page = look(ada, SIZE)

    assert "line 5, fields[customer.size].kind: “kind” is integer here and text in the file" in page_text(page)
    assert apply(ada, url, page).status_code == 422


def test_difference_that_is_out_of_date_is_not_applied(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)
    with organization_scope(cast.organization.pk):
        create_custom_field(system_actor(cast.organization), "customer", FieldDraft("text", {"en": "Other"}))

    answer = apply(ada, url, page)
    assert "has changed since you looked" in page_text(answer)
    assert fields_of(cast) == ["other"]


def test_template_is_previewed_and_applied(cast: Cast, ada: Client) -> None:
    url = ada.post(f"{URL}/templates/software").headers["Location"]
    page = ada.get(url)

    assert "Subscription" in page_text(page)
    apply(ada, url, page)
    assert ada.get("/customer-subscriptions").status_code == 200
    assert "Subscription sales" in ada.get("/opportunities?display=board").text


def test_change_is_in_the_log_of_the_set_up(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)
    apply(ada, url, page)

    assert "layer1.yaml" in page_text(ada.get("/settings/changes"))


def test_roles_need_the_right_to_manage_people(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="manager").update(abilities=["customise"])
        before = Role.objects.count()
    mei = sign_in(cast, "manager")
    text = "banyan: 1\nroles:\n  - key: king\n    name: King\n    abilities: [manage_people]\n"
    url, page = look(mei, text)

    assert apply(mei, url, page).status_code in {403, 422}
    with organization_scope(cast.organization.pk):
        assert Role.objects.count() == before
    assert sign_in(cast, "viewer").get(URL).status_code == 403


def test_strangers_see_neither_proposals_nor_former_configurations(cast: Cast, strangers: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)
    stranger = sign_in(strangers, "admin")
    assert stranger.get(url).status_code == 404

    former = apply(ada, url, page).headers["Location"]
    assert stranger.get(former).status_code == 404
    assert stranger.get(f"{former}/file").status_code == 404


class Interface:
    """The interface as the administrator's program calls it."""

    def __init__(self, cast: Cast) -> None:
        with organization_scope(cast.organization.pk):
            token = create_token(User.objects.get(pk=cast.users["admin"].pk), name="t")
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/configuration{path}")

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/configuration{path}", body, content_type="application/json")


def test_interface_compares_applies_and_restores(cast: Cast) -> None:
    interface = Interface(cast)
    compared = interface.post("/compare", documents=[SIZE]).json()
    assert [step["name"] for step in compared["steps"]] == ["fields:customer.size"]
    assert compared["problems"] == []
    assert fields_of(cast) == []

    applied = interface.post("/apply", documents=[SIZE]).json()
    assert fields_of(cast) == ["size"]
    assert "customer.size" in interface.get("?parts=fields").json()["document"]
    assert interface.get("/snapshots").json()["items"][0]["id"] == applied["snapshot"]
    assert interface.post(f"/snapshots/{applied['snapshot']}/restore").status_code == 200
    assert fields_of(cast) == []


def test_interface_says_what_is_wrong_and_where(cast: Cast) -> None:
    answer = Interface(cast).post("/apply", documents=["banyan: 1\nfields:\n  - key: a\n    size: 1\n"])

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "fields[1].size"
    assert "documents[1], line 4" in error["message"]


def test_changes_are_logged_as_whoever_made_them(cast: Cast, ada: Client) -> None:
    url, page = look(ada, SIZE)
    apply(ada, url, page)

    with organization_scope(cast.organization.pk):
        made = Change.objects.filter(object_name="custom_field").first()
    assert made is not None
    assert made.actor_id == cast.users["admin"].pk


def test_trial_copy_is_asked_for_and_deleted_on_its_page(cast: Cast, ada: Client) -> None:
    assert "No trial copy yet" in page_text(ada.get(f"{URL}/trials"))
    ada.post(f"{URL}/trials/new", {"name": "Try it", "days": "7", "sample_rows": "5"})

    page = page_text(ada.get(f"{URL}/trials"))
    assert "Try it Being made" in page
    with organization_scope(cast.organization.pk):
        row = TrialCopy.objects.get()
    assert ada.post(f"{URL}/trials/{row.pk}/promote").status_code == 409
    ada.post(f"{URL}/trials/{row.pk}/delete")
    assert "Being deleted" in page_text(ada.get(f"{URL}/trials/list"))


def test_time_zone_that_does_not_exist_is_refused(cast: Cast, ada: Client) -> None:
    answer = upload(ada, "banyan: 1\norganization:\n  - key: organization\n    time_zone: Mars/Olympus\n")

    assert "line 4, organization[1].time_zone: “Mars/Olympus” is not possible here" in page_text(answer)
