"""Tags in use, renamed, merged and removed everywhere, through their page and the interface."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.records.tags import find_tag_field, replace_tags, replaced, tags_in_use
from banyan.core.records.undo import undo
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from tests.cast import Cast, api_client, sign_in

TAGS = st.lists(st.sampled_from("abcde"), unique=True)


def customers(actor: Actor, *tags: list[str], **values: Any) -> list[Any]:
    rows = [{"name": f"Customer {index}", "tags": list(given), **values} for index, given in enumerate(tags)]
    return door.create_many(actor, spec_for(actor.organization, "customer"), rows).created


def tags_of(ids: list[Any]) -> list[list[str]]:
    found = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "tags"))
    return [found[pk] for pk in ids]


@given(TAGS, TAGS)
def test_replacing_never_leaves_an_old_tag_nor_a_tag_twice(tags: list[str], old: list[str]) -> None:
    found = replaced(tags, set(old), "new")
    assert not set(found) & set(old)
    assert len(found) == len(set(found))
    assert ("new" in found) == bool(set(tags) & set(old))


def test_tags_are_counted_by_frequency(admin: Actor) -> None:
    customers(admin, ["vip", "north"], ["vip"], [])
    found = tags_in_use(admin, find_tag_field(admin, "customer", "tags"))
    assert [(use.tag, use.count) for use in found] == [("vip", 2), ("north", 1)]


def test_renaming_changes_every_record_in_one_batch_that_can_be_undone(scope: Cast) -> None:
    admin, colleague = scope.actor("admin"), scope.actor("salesperson")
    ids = customers(admin, ["vip", "north"], ["north"]) + customers(colleague, ["vip"])

    done = replace_tags(admin, find_tag_field(admin, "customer", "tags"), ["vip"], by=" Key account ")

    assert done.changed == 2
    assert tags_of(ids) == [["Key account", "north"], ["north"], ["Key account"]]
    assert Change.objects.filter(batch_id=done.batch_id, action="update").count() == 2
    assert undo(admin, done.batch_id).undone == 2
    assert tags_of(ids) == [["vip", "north"], ["north"], ["vip"]]


def test_merging_leaves_each_record_one_of_the_tags_and_removing_none(admin: Actor) -> None:
    ids = customers(admin, ["vip", "VIP"], ["Vip", "north"])
    field = find_tag_field(admin, "customer", "tags")

    replace_tags(admin, field, ["vip", "VIP", "Vip"], by="VIP")
    assert tags_of(ids) == [["VIP"], ["VIP", "north"]]

    replace_tags(admin, field, ["VIP"], by=None)
    assert tags_of(ids) == [[], ["north"]]


def test_tags_of_a_custom_field_are_kept_in_order_too(admin: Actor) -> None:
    create_custom_field(admin, "customer", FieldDraft("tags", {"en": "Topics", "zh": "话题"}, name="topics"))
    ids = customers(admin, [], [], topics=["print", "sign"])
    field = find_tag_field(admin, "customer", "topics")
    assert [(use.tag, use.count) for use in tags_in_use(admin, field)] == [("print", 2), ("sign", 2)]

    assert replace_tags(admin, field, ["print"], by="printing").changed == 2

    assert set(Customer.objects.filter(pk__in=ids).values_list("custom__topics__0", flat=True)) == {"printing"}


def test_tags_are_kept_in_order_only_by_those_who_may_customise(scope: Cast) -> None:
    admin, member = scope.actor("admin"), scope.actor("owner")
    ids = customers(admin, ["vip"])
    with pytest.raises(NotAllowed):
        replace_tags(member, find_tag_field(member, "customer", "tags"), ["vip"], by="mine")
    for tags, by in (([], "new"), (["vip"], "  "), (["vip"], "x" * 61)):
        with pytest.raises(Invalid):
            replace_tags(admin, find_tag_field(admin, "customer", "tags"), tags, by=by)
    assert tags_of(ids) == [["vip"]]


def test_settings_page_lists_and_merges_tags(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        ids = customers(cast.actor("admin"), ["vip"], ["VIP"])
    client = sign_in(cast, "admin", **{"Accept-Language": "en"})
    assert "1 record" in client.get("/settings/tags").text

    sent = {"tag": ["vip", "VIP"], "by": "Key", "action": "replace"}
    assert client.post("/settings/tags/customer/tags", sent).status_code == 303

    with organization_scope(cast.organization.pk):
        assert tags_of(ids) == [["Key"], ["Key"]]
    assert sign_in(cast, "owner").get("/settings/tags").status_code == 403
    assert client.post("/settings/tags/customer/name", sent).status_code == 404


def test_interface_lists_and_replaces_tags(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        ids = customers(cast.actor("admin"), ["vip", "old"])
    client = api_client(cast, "admin")

    items = client.get("/api/v1/tags?object=customers").json()["items"]
    assert {"object": "customers", "field": "tags", "tag": "vip", "count": 1} in items
    body = {"object": "customers", "tags": ["old"], "by": None}
    answer = client.post("/api/v1/tags/replace", body, content_type="application/json")
    assert (answer.status_code, answer.json()["changed"]) == (200, 1)
    bad = client.post("/api/v1/tags/replace", {"object": 3, "tags": "x", "more": 1}, content_type="application/json")
    assert bad.status_code == 422
    assert sorted(error["field"] for error in bad.json()["errors"]) == ["by", "more", "object", "tags"]

    with organization_scope(cast.organization.pk):
        assert tags_of(ids) == [["vip"]]
