"""Layouts: resolved for somebody, shown in forms and pages, and enforced on every write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.identity.services import create_token
from banyan.core.kernel.errors import Invalid
from banyan.core.layouts.content import Block, Part, Place, Plan, Tab
from banyan.core.layouts.models import Device, Layout
from banyan.core.layouts.record_types import TypeDraft, save_record_type
from banyan.core.layouts.resolution import layout_for
from banyan.core.layouts.services import (
    create_layout,
    discard_draft,
    product_plan,
    publish_layout,
    take_back,
    take_step,
)
from banyan.core.layouts.steps import add_tab, change_place, drop_part, put_field, shift_field, take_field
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from tests.cast import Cast, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
IS_KEY = {"field": "level", "op": "eq", "value": "a"}


def plan_of(*places: Place, **more: Any) -> Plan:
    names = {place.name for place in places}
    others = [name for name in ("industry", "source", "website", "phone", "email", "tags") if name not in names]
    return Plan(
        (Tab("t1", {}, (Part("s1", {"en": "Basics", "zh": "基本"}, places=places),)),), left_out=(*others,), **more
    )


def put_in_effect(actor: Actor, plan: Plan, object_name: str = "customer", **whose: Any) -> Layout:
    row = create_layout(actor, object_name, **whose)
    return publish_layout(actor, take_step(actor, row, lambda _plan: plan))


def spec_of(actor: Actor, name: str = "customer") -> ObjectSpec:
    return spec_for(actor.organization, name)


def test_closest_layout_holds_type_before_role_before_device(admin: Actor, scope: Cast) -> None:
    save_record_type(admin, "customer", None, TypeDraft({"zh": "大客户"}, code="key"))
    role = Role.objects.get(key="salesperson")
    whose: list[dict[str, Any]] = [{}, {"device": "phone"}, {"role_id": role.pk}, {"record_type": "key"}]
    marks = ("website", "phone", "email", "industry")
    for mark, given in zip(marks, whose, strict=True):
        put_in_effect(admin, plan_of(Place("name"), Place(mark)), **given)
    salesperson = scope.actor("salesperson")

    def first(actor: Actor, record_type: str, device: str) -> str:
        plan = layout_for(actor, spec_of(admin), record_type, device)
        return plan.names()[1] if plan else ""

    assert first(admin, "", Device.DESKTOP) == "website"
    assert first(admin, "", Device.PHONE) == "phone"
    assert first(salesperson, "", Device.PHONE) == "email"
    assert first(salesperson, "key", Device.PHONE) == "industry"


def test_layout_costs_no_query_and_others_keep_the_products_own(admin: Actor, django_assert_num_queries: Any) -> None:
    put_in_effect(admin, plan_of(Place("name")))
    spec = spec_of(admin)

    with django_assert_num_queries(0):
        assert layout_for(admin, spec) is not None
        assert layout_for(admin, spec_of(admin, "contact")) is None


def test_form_shows_sections_and_tabs_in_order_and_new_fields_at_the_end(admin: Actor, scope: Cast) -> None:
    tabs = (
        Tab("t1", {"en": "Who", "zh": "谁"}, (Part("s1", {"en": "Basics"}, places=(Place("phone"), Place("name"))),)),
        Tab("t2", {"en": "More"}, (Part("s2", places=(Place("website", wide=True),)),)),
    )
    put_in_effect(admin, Plan(tabs, left_out=("industry",)))

    form = sign_in(scope, "admin").get("/customers/new", headers=DIALOG).content.decode()

    assert form.index('data-field="phone"') < form.index('data-field="name"') < form.index('data-field="website"')
    assert 'role="tab"' in form
    assert "Basics" in form
    assert 'data-field="industry"' not in form
    assert form.index('data-field="website"') < form.index('data-field="source"')


def test_needed_field_is_refused_in_form_and_interface_alike(admin: Actor, scope: Cast) -> None:
    put_in_effect(admin, plan_of(Place("name"), Place("level"), Place("website", require=IS_KEY), Place("phone")))
    assert admin.user
    client = Client(headers={"Authorization": f"Bearer {create_token(admin.user, name='x')}"})

    def post(**values: str) -> Any:
        return client.post("/api/v1/customers", json.dumps(values), content_type="application/json")

    refused = post(name="Key", level="a")
    page = sign_in(scope, "admin").post("/customers/new", {"name": "Key", "level": "a", "website": ""}, headers=DIALOG)

    assert refused.status_code == 422
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("website", "required")]
    assert page.status_code == 422
    assert "“Website” is needed." in page.content.decode()
    assert post(name="Small", level="c").status_code == 201
    assert post(name="Key", level="a", website="https://key.example").status_code == 201


def test_record_without_a_needed_value_can_be_changed_elsewhere(admin: Actor) -> None:
    made = door.create(admin, spec_of(admin), {"name": "Old", "level": "a"})
    put_in_effect(admin, plan_of(Place("name"), Place("level"), Place("website", require=IS_KEY)))

    door.update(admin, spec_of(admin), made.pk, {"name": "Renamed"})
    with pytest.raises(Invalid):
        door.update(admin, spec_of(admin), made.pk, {"level": "a", "website": ""})


def test_hidden_field_keeps_its_value_whatever_the_browser_sends(admin: Actor, scope: Cast) -> None:
    made = door.create(admin, spec_of(admin), {"name": "Kept", "level": "a", "website": "https://kept.example"})
    put_in_effect(admin, plan_of(Place("name"), Place("level"), Place("website", show=IS_KEY, required=True)))
    browser = sign_in(scope, "admin")

    form = browser.get(f"/customers/{made.pk}/edit", headers=DIALOG).content.decode()
    sent = {"name": "Kept", "level": "c", "website": "", "fields": "name,level,website"}
    answer = browser.post(f"/customers/{made.pk}/edit", sent, headers=DIALOG)

    assert "data-layout-rules" in form
    assert answer.status_code == 204, answer.content.decode()[:500]
    made.refresh_from_db()
    assert (made.level, made.website) == ("c", "https://kept.example")
    facts = browser.get(f"/customers/{made.pk}/facts").content.decode()
    assert 'data-fact="website"' not in facts
    assert 'data-fact="level"' in facts


def test_field_that_is_only_shown_is_not_changed_by_the_form(admin: Actor, scope: Cast) -> None:
    made = door.create(admin, spec_of(admin), {"name": "Fixed", "website": "https://fixed.example"})
    put_in_effect(admin, plan_of(Place("name"), Place("website", read_only=True)))
    browser = sign_in(scope, "admin")

    form = browser.get(f"/customers/{made.pk}/edit", headers=DIALOG).content.decode()
    browser.post(f"/customers/{made.pk}/edit", {"name": "Fixed", "website": "https://other.example"}, headers=DIALOG)

    made.refresh_from_db()
    assert made.website == "https://fixed.example"
    assert 'name="website"' not in form
    assert "fixed.example" in form
    assert "facts/website/edit" not in browser.get(f"/customers/{made.pk}/facts").content.decode()


def test_rights_to_fields_win_over_layouts(admin: Actor, scope: Cast) -> None:
    Role.objects.filter(key="salesperson").update(field_grants={"customer.website": "hidden"})
    put_in_effect(admin, plan_of(Place("name"), Place("website"), Place("level")))

    form = sign_in(scope, "salesperson").get("/customers/new", headers=DIALOG).content.decode()

    assert 'name="website"' not in form
    assert 'name="level"' in form


def test_record_page_has_blocks_where_the_layout_puts_them(admin: Actor, scope: Cast) -> None:
    made = door.create(admin, spec_of(admin), {"name": "Placed"})
    for name in ("One", "Two"):
        door.create(admin, spec_of(admin, "contact"), {"name": name, "customer": str(made.pk)})
    blocks = (
        Block("chart", "main", object="contact", link="customer"),
        Block("child", "side", object="contact", link="customer", columns=("phone",)),
        Block("chart", "side", object="contact", link="customer", by="created_at:month"),
    )
    put_in_effect(admin, plan_of(Place("name"), blocks=blocks, hidden=("panel:files", "panel:team")))
    browser = sign_in(scope, "admin")

    page = browser.get(f"/customers/{made.pk}").content.decode()
    side = browser.get(f"/customers/{made.pk}/children").content.decode()
    middle = browser.get(f"/customers/{made.pk}/children?place=main").content.decode()

    assert f"/customers/{made.pk}/children?place=main" in page
    assert side.index('id="children-contact-customer"') < side.index("data-chart")
    assert '<span class="stat-value figures">2</span>' in middle
    assert 'id="files' not in side


def test_lists_have_the_columns_of_the_layout_and_others_on_the_phone(admin: Actor, scope: Cast) -> None:
    door.create(admin, spec_of(admin), {"name": "Listed", "phone": "+8613800138000"})
    put_in_effect(admin, plan_of(Place("name"), columns=("name", "phone", "level")))
    put_in_effect(admin, plan_of(Place("name"), columns=("name", "level")), device=Device.PHONE)

    desktop = sign_in(scope, "admin").get("/customers?display=table").content.decode()
    phone = Client(headers={"User-Agent": PHONE})
    phone.cookies = sign_in(scope, "admin").cookies
    on_phone = phone.get("/customers?display=table").content.decode()

    assert 'data-cell="phone"' in desktop
    assert 'data-cell="phone"' not in on_phone
    assert 'data-cell="level"' in on_phone


def test_layout_without_a_needed_field_is_refused_naming_it(admin: Actor) -> None:
    row = create_layout(admin, "customer")
    row = take_step(admin, row, lambda plan: take_field(plan, "name"))

    with pytest.raises(Invalid) as refused:
        publish_layout(admin, row)

    assert str(spec_of(admin).all_fields["name"].label) in str(refused.value.errors[0].message)
    assert Layout.objects.get(pk=row.pk).content is None
    hidden = take_step(admin, row, lambda plan: change_place(put_field(plan, "name"), "name", show=IS_KEY))
    with pytest.raises(Invalid):
        publish_layout(admin, hidden)


@pytest.mark.parametrize(
    "plan",
    [
        plan_of(Place("name"), Place("website", show={"field": "nothing", "op": "eq", "value": "x"})),
        plan_of(Place("name"), Place("website", show={"field": "level", "op": "eq", "value": "zzz"})),
        plan_of(Place("name"), Place("website", show={"field": "owner.name", "op": "eq", "value": "x"})),
        plan_of(Place("name"), Place("website", required=True, read_only=True)),
        plan_of(Place("name"), blocks=(Block("child", object="order", link="owner"),)),
        plan_of(Place("name"), blocks=(Block("chart", object="contact", link="customer", measure="sum:name"),)),
        Plan(),
    ],
)
def test_layouts_that_cannot_work_are_refused(admin: Actor, plan: Plan) -> None:
    row = take_step(admin, create_layout(admin, "customer"), lambda _plan: plan)

    # A step may be unfinished; only what is put into effect has to be whole.
    if plan.tabs:
        with pytest.raises(Invalid):
            publish_layout(admin, row)


def test_steps_are_taken_back_one_by_one_and_drafts_change_nothing_for_others(admin: Actor, scope: Cast) -> None:
    row = create_layout(admin, "customer")
    before = row.draft
    first = take_step(admin, row, lambda plan: shift_field(plan, "name", 1))
    after_first = first.draft
    second = take_step(admin, first, lambda plan: add_tab(plan, {"en": "New"}))

    assert layout_for(admin, spec_of(admin)) is None
    assert take_back(admin, second).draft == after_first
    assert take_back(admin, second).draft == before
    assert discard_draft(admin, second) is None
    assert not Layout.objects.exists()


def test_removed_section_leaves_its_fields_to_be_placed_again(admin: Actor) -> None:
    plan = product_plan(spec_of(admin))
    part = list(plan.parts())[1]

    dropped = drop_part(plan, part.key)
    name = part.places[0].name

    assert name in dropped.left_out
    assert put_field(dropped, name).names()[-1] == name


def test_fields_that_work_themselves_out_are_shown_and_can_be_placed(admin: Actor, scope: Cast) -> None:
    twice = FieldDraft("text", {"en": "Twice"}, name="twice", computed="formula", definition={"formula": "name & name"})
    create_custom_field(admin, "customer", twice)
    made = door.create(admin, spec_of(admin), {"name": "Ab"})
    browser = sign_in(scope, "admin")

    as_it_comes = browser.get(f"/customers/{made.pk}/facts").content.decode()
    put_in_effect(admin, plan_of(Place("name"), Place("twice")))
    laid_out = browser.get(f"/customers/{made.pk}/facts").content.decode()
    form = browser.get("/customers/new", headers=DIALOG).content.decode()

    assert "AbAb" in as_it_comes
    assert "AbAb" in laid_out
    assert 'name="twice"' not in form
