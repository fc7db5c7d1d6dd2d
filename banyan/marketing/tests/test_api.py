"""Segments by the interface: their rule, who is in them, and what a fixed list takes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from banyan.core.tenancy.scope import organization_scope
from banyan.marketing.tests.conftest import make, person
from tests.cast import Cast, api_client

MANAGERS = {"field": "job_title", "op": "eq", "value": "Manager"}
TREE = {"all": [MANAGERS]}


@pytest.fixture
def ada(cast: Cast) -> Client:
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    return api_client(cast, "admin")


def send(client: Client, method: str, path: str, body: Any) -> Any:
    return getattr(client, method)(f"/api/v1/segments/{path}", body, content_type="application/json")


def test_rule_of_a_segment_is_set_and_read(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        ann = person(cast.actor("admin"), "Ann", job_title="Manager")
        bob = person(cast.actor("admin"), "Bob")
        made, rest = (make(cast.actor("admin"), "segment", name=name, object_name="contact") for name in ("M", "Rest"))

    assert ada.get(f"/api/v1/segments/{made.pk}/rule").json()["members"] == 2
    changed = send(ada, "patch", f"{made.pk}/rule", {"filter": TREE})
    assert changed.status_code == 200, changed.text
    assert changed.json() == {"object": "contact", "filter": TREE, "excluded": [], "members": 1}
    others = send(ada, "patch", f"{rest.pk}/rule", {"excluded": [str(made.pk)]})
    assert others.json()["members"] == 1
    assert ada.get(f"/api/v1/segments/{made.pk}/members").json() == {"items": [str(ann.pk)], "next": None}
    assert ada.get(f"/api/v1/segments/{rest.pk}/members").json()["items"] == [str(bob.pk)]

    wrong = send(ada, "patch", f"{made.pk}/rule", {"filter": {"all": [{**MANAGERS, "field": "shoe_size"}]}})
    assert wrong.status_code == 422
    circle = send(ada, "patch", f"{made.pk}/rule", {"excluded": [str(rest.pk)]})
    assert circle.json()["errors"][0]["code"] == "circle"
    assert ada.get(f"/api/v1/segments/{made.pk}/rule").json() == changed.json()


def test_fixed_list_takes_records_and_gives_them_back(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        people = [person(cast.actor("admin"), name) for name in ("Ann", "Bob", "Cleo")]
        listed = make(cast.actor("admin"), "segment", name="List", object_name="contact", kind="static")
        ruled = make(cast.actor("admin"), "segment", name="Rule", object_name="contact")
    ids = sorted(str(one.pk) for one in people)

    assert send(ada, "post", f"{listed.pk}/members", {"add": ids}).json() == {"added": 3, "removed": 0}
    first = ada.get(f"/api/v1/segments/{listed.pk}/members?limit=2").json()
    assert first["items"] == ids[:2]
    last = ada.get(f"/api/v1/segments/{listed.pk}/members?limit=2&cursor={first['next']}").json()
    assert last == {"items": ids[2:], "next": None}
    assert send(ada, "post", f"{listed.pk}/members", {"remove": ids[:1]}).json() == {"added": 0, "removed": 1}
    assert send(ada, "post", f"{ruled.pk}/members", {"add": ids}).json()["code"] == "not_a_list"
    assert send(ada, "post", f"{listed.pk}/members", {"add": ["nobody"]}).status_code == 422


def test_segments_of_others_are_not_there(cast: Cast, ada: Client, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        made = make(cast.actor("admin"), "segment", name="M", object_name="contact")
    strangers.organization.edition = "standard"
    strangers.organization.save(update_fields=["edition"])
    stranger, viewer = api_client(strangers, "admin"), api_client(cast, "viewer")

    for path in ("rule", "members"):
        assert stranger.get(f"/api/v1/segments/{made.pk}/{path}").status_code == 404
    assert send(viewer, "patch", f"{made.pk}/rule", {"filter": TREE}).status_code == 403
    assert send(viewer, "post", f"{made.pk}/members", {"add": []}).status_code == 403
