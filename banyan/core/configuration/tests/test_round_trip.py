"""What is exported and applied elsewhere is the same when it is exported there; each part by the services of its page."""

from __future__ import annotations

from typing import Any

import pytest

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.departments import department_tree
from banyan.core.access.founding import add_administrator, found_organization
from banyan.core.access.models import Post, SharingRule
from banyan.core.access.posts import save_level, save_post
from banyan.core.access.role_editing import change_role
from banyan.core.access.scopes import Scope
from banyan.core.access.security import change_policy
from banyan.core.access.sharing import Grantee, Terms, save_rule
from banyan.core.access.standing import actor_for
from banyan.core.access.territories import territory_tree
from banyan.core.approvals.documents import from_document
from banyan.core.configuration.applying import apply_document, plan_of, try_plan
from banyan.core.configuration.documents import BadDocument, current_document, read_document, write_document
from banyan.core.configuration.proposals import Layer, read_layers
from banyan.core.identity.models import Department, Role, User
from banyan.core.identity.services import add_user
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.listing.models import SavedView
from banyan.core.listing.views import ViewValues, save_view
from banyan.core.objects.custom_objects import ObjectDraft, create_custom_object
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field, order_custom_fields
from banyan.core.objects.models import CustomField
from banyan.core.objects.pick_lists import add_options, find_list, set_options
from banyan.core.objects.registry import spec_for
from banyan.core.objects.sensitivity import set_sensitive
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast


def shape(cast: Cast, admin: Actor) -> None:
    """Let the organization have something of everything."""
    organization = admin.organization
    territory_tree.create(admin, name="East", parent_id=territory_tree.create(admin, name="China").pk)
    director = Role.objects.get(key="manager")
    level = save_level(admin, None, name="M3", rank=7, roles=[director])
    post = save_post(admin, None, name="Regional director", level=level, roles=[director])
    change_policy(admin, {"min_length": 14})
    create_custom_object(admin, ObjectDraft({"zh": "项目", "en": "Project"}, main_object="customer"))
    create_custom_field(admin, "project", FieldDraft("date", {"en": "Due"}, required=True))
    size = create_custom_field(admin, "customer", FieldDraft("integer", {"zh": "规模", "en": "Size"}))
    change_custom_field(admin, size.pk, is_indexed=True, help_texts={"zh": "人数"})
    create_custom_field(admin, "customer", FieldDraft("choice", {"en": "Battery"}, options=("Li", "Na")))
    create_custom_field(admin, "contact", FieldDraft("link", {"en": "Maker"}, settings={"target": "customer"}))
    compute(admin)
    approvers = [{"kind": "role", "role": "manager"}, {"kind": "people", "people": [cast.users["owner"].email]}]
    flow = {"key": "discount", "object": "opportunity", "names": {"zh": "折扣审批", "en": "Discount"}}
    from_document(admin, [{**flow, "steps": [{"key": "boss", "names": {"en": "Boss"}, "approvers": approvers}]}])
    words = {"zh": "展会", "en": "Trade fair"}
    set_options(admin, "customer.source", [{"code": "fair", "label": words, "color": "blue"}])
    set_sensitive(admin, "contact", "wechat", sensitive=True)
    pool = {"name": "East pool", "departments": [str(cast.departments["sales"].pk)], "hold_limit": 50}
    door.create(admin, spec_for(organization, "pool"), pool)
    stage = spec_for(organization, "stage").model._default_manager.order_by("position").first()
    owned = {"all": [{"field": "owner", "op": "eq", "value": str(cast.users["manager"].pk)},
                     {"field": "stage", "op": "in", "value": [str(stage.pk)]}]}  # fmt: skip
    change_role(
        admin,
        Role.objects.get(key="salesperson").pk,
        name="Sales",
        grants={"opportunity": {"view": [{"scope": "all", "condition": owned}, "own"]}, "*": {"view": "own"}},
        field_grants={"customer.annual_revenue": {"level": "hidden", "except": "own"}},
        abilities=[],
    )
    condition = {"field": "owner", "op": "eq", "value": str(cast.users["owner"].pk)}
    grantees = [Grantee("post", post.pk), Grantee("person", cast.users["viewer"].pk)]
    save_rule(admin, None, grantees=grantees, terms=Terms("edit"), name="Key accounts", object_name="customer",
              condition=condition, is_active=True)  # fmt: skip
    view = ViewValues("Big ones", {"field": "size", "op": "gte", "value": 500}, sort=("-size",), columns=("name", "size"),
                      role_ids=(director.pk,), department_ids=(cast.departments["south"].pk,))  # fmt: skip
    save_view(admin, spec_for(organization, "customer"), view)
    save_view(admin, spec_for(organization, "customer"), ViewValues("Mine alone"))
    organization.modules_off = ["orders"]
    organization.save()


def compute(admin: Actor) -> None:
    """Let fields follow from others, be unique, have defaults, and depend on another choice."""
    rolled = {"object": "opportunity", "link": "customer", "function": "sum", "field": "amount",
              "filter": {"field": "outcome", "op": "eq", "value": "open"}}  # fmt: skip
    labels = {"en": "Open amount"}
    create_custom_field(admin, "customer", FieldDraft("", labels, name="a_sum", computed="rollup", definition=rolled))
    formula = {"formula": "size * 2"}
    create_custom_field(
        admin, "customer", FieldDraft("integer", {"en": "Twice"}, computed="formula", definition=formula)
    )
    pattern = {"pattern": "K-{year}-{number:05d}", "restart": "year"}
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Card"}, computed="number", definition=pattern))
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Plate"}, unique=True))
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Grade"}, default={"value": "plain"}))
    kind = create_custom_field(admin, "customer", FieldDraft("choice", {"en": "Cell"}, options=("LFP", "NMC", "Salt")))
    narrowed = {"by": "battery", "values": {"Li": ["LFP", "NMC"], "Na": ["Salt"]}}
    change_custom_field(admin, kind.pk, settings={"narrowed": narrowed})
    order_custom_fields(admin, "customer", list(CustomField.objects.order_by("name").values_list("pk", flat=True)))


def empty_copy(cast: Cast) -> Organization:
    """Found another organization with an administrator and the colleagues whom conditions name."""
    other = found_organization(name="Other", language="en")
    add_administrator(other, name="Zoe", email="zoe@other.test", password="correct horse battery")
    with organization_scope(other.pk):
        for name in ("manager", "owner", "viewer"):
            add_user(other, name=name, email=cast.users[name].email, roles=[])
    return other


def test_export_is_the_same_when_it_was_applied_to_an_empty_organization(scope: Cast, admin: Actor) -> None:
    shape(scope, admin)
    text = write_document(current_document(admin.organization))
    other = empty_copy(scope)
    with organization_scope(other.pk):
        actor = system_actor(other)
        apply_document(actor, read_document(text), removes_extra=True)
        again = write_document(current_document(other))
        assert plan_of(actor, read_document(text), removes_extra=True).is_empty

    assert again.replace("name: Other\n", "name: Banyan Test Company\n") == text


def test_file_holds_neither_ids_nor_people(scope: Cast, admin: Actor) -> None:
    shape(scope, admin)
    text = write_document(current_document(admin.organization))

    ids = [*User.objects.values_list("pk", flat=True), *Role.objects.values_list("pk", flat=True),
           *Department.objects.values_list("pk", flat=True), *Post.objects.values_list("pk", flat=True)]  # fmt: skip
    assert [pk for pk in ids if str(pk) in text] == []
    assert "Mine alone" not in text
    assert scope.users["teammate"].email not in text
    assert "value: manager@cast.test" in text
    assert "Sales / Sales South" in text


def apply(actor: Actor, text: str, **options: Any) -> None:
    apply_document(actor, read_document(f"banyan: 1\n{text}", source="f"), **options)


def refused(actor: Actor, text: str) -> str:
    with pytest.raises(BadDocument) as caught:
        apply(actor, text)
    return str(caught.value.message)


def test_filter_that_names_nobody_here_is_refused(admin: Actor) -> None:
    condition = "{field: owner, op: eq, value: nobody@else.where}"
    text = f"sharing_rules:\n  - key: R\n    object: customer\n    with: [{{kind: role, name: member}}]\n    condition: {condition}\n"

    assert "nobody@else.where" in refused(admin, text)
    assert not SharingRule.objects.exists()


def test_complaint_names_the_file_and_the_line_among_several_layers(admin: Actor) -> None:
    first = Layer("a.yaml", "banyan: 1\nfields:\n  - key: customer.size\n    kind: text\n    label: Size\n")
    second = Layer("b.yaml", "banyan: 1\nfields:\n  - key: customer.maker\n    kind: link\n    label: Maker\n")

    problems = try_plan(admin, plan_of(admin, read_layers([first, second])))
    assert [(problem.source, problem.line) for problem in problems] == [("b.yaml", 3)]


def test_values_that_a_file_does_not_mention_stay_in_a_list_that_nobody_has_shaped(admin: Actor) -> None:
    before = [option.code for option in find_list(admin.organization, "customer.source").options]
    apply(admin, "pick_lists:\n  - key: customer.source\n    options: [{code: fair, label: Fair}]\n")

    after = find_list(admin.organization, "customer.source").options
    assert [option.code for option in after if option.active] == [*before, "fair"]


def test_field_that_was_removed_comes_back_with_its_values(admin: Actor) -> None:
    size = "fields:\n  - {key: customer.size, kind: text, label: Size%s}\n"
    apply(admin, size % "")
    record = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Yard", "size": "XL"})
    apply(admin, size % ", remove: true")
    assert "size" not in spec_for(admin.organization, "customer").all_fields

    apply(admin, size % "")
    record.refresh_from_db()
    assert record.custom["size"] == "XL"
    assert "size" in spec_for(admin.organization, "customer").all_fields


def test_departments_are_made_from_the_top_down_whatever_their_order(admin: Actor) -> None:
    apply(
        admin, "departments:\n  - {key: A / B, name: B, parent: A}\n  - {key: A, name: A}\n"
    )  # fmt: skip

    assert [node.name for node, depth in department_tree.in_order() if depth == 1] == ["Sales South", "B"]


def test_set_up_in_use_is_not_removed(scope: Cast, admin: Actor) -> None:
    door.create(admin, spec_for(admin.organization, "opportunity"), {"name": "Deal", "amount": "1"})
    pipeline = spec_for(admin.organization, "pipeline").model._default_manager.get()

    assert "1" in refused(admin, f"pipelines:\n  - {{key: {pipeline.name}, remove: true}}\n")
    assert "departments[Sales]" in refused(admin, "departments:\n  - {key: Sales, remove: true}\n")


def test_trial_run_leaves_no_trace(admin: Actor) -> None:
    text = "banyan: 1\nfields:\n  - {key: customer.size, kind: text, label: Size}\n"
    assert try_plan(admin, plan_of(admin, read_document(text))) == []

    assert not CustomField.objects.exists()
    assert "size" not in spec_for(admin.organization, "customer").all_fields
    create_custom_field(admin, "customer", FieldDraft("text", {"en": "Depth"}))
    assert set(spec_for(admin.organization, "customer").all_fields) >= {"depth"}
    assert "size" not in spec_for(admin.organization, "customer").all_fields


def test_nobody_gives_more_than_they_have(scope: Cast, admin: Actor) -> None:
    Role.objects.filter(key="manager").update(abilities=["customise", "manage_people"])
    mei = actor_for(User.objects.select_related("organization").get(pk=scope.users["manager"].pk))
    text = "banyan: 1\nroles:\n  - {key: king, name: King, abilities: [manage_security]}\n"

    with pytest.raises(BadDocument):
        apply_document(mei, read_document(text))
    with pytest.raises(NotAllowed):
        apply(mei, "sign_in:\n  - {key: sign_in, min_length: 8, idle_minutes: 60}\n")
    assert not Role.objects.filter(key="king").exists()


def test_shared_view_of_a_file_is_for_the_roles_it_names(scope: Cast, admin: Actor) -> None:
    apply(admin, "views:\n  - {key: customer.Hot, object: customer, name: Hot, roles: [salesperson]}\n")

    view = SavedView.objects.get()
    assert view.role_ids == [Role.objects.get(key="salesperson").pk]
    apply(admin, "views:\n  - {key: customer.Hot, remove: true}\n")
    assert not SavedView.objects.exists()


def test_grants_of_a_file_hold(scope: Cast, admin: Actor) -> None:
    apply(admin, "roles:\n  - key: read_only\n    grants: {customer: {view: none}}\n")

    viewer = scope.actor("viewer")
    assert viewer.scope("customer", "view") is Scope.NONE
    assert viewer.scope("contact", "view") is Scope.ALL


def test_value_that_was_replaced_by_one_written_alike_comes_back_as_it_is(admin: Actor) -> None:
    create_custom_field(admin, "customer", FieldDraft("choice", {"en": "Pace"}, name="pace", options=["Slow", "Quick"]))
    set_options(admin, "customer.pace", [{"code": "slow", "label": "Slow"}, {"code": "quick", "label": "Quick"}])
    # Whoever writes the word gets the value that is offered, not the one that was taken out.
    assert add_options(admin, "customer", "pace", ["SLOW"]) == {"SLOW": "slow"}
    text = write_document(current_document(admin.organization))
    assert plan_of(admin, read_document(text), removes_extra=True).is_empty

    change = text.replace("label: Quick\n      - code: Slow", "label: Fast\n      - code: Slow")
    assert change != text
    apply_document(admin, read_document(change))
    options = find_list(admin.organization, "customer.pace").options
    assert [(option.code, str(option.label), option.active) for option in options] == [
        ("slow", "Slow", True), ("quick", "Fast", True), ("Slow", "Slow", False), ("Quick", "Quick", False),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        set_options(admin, "customer.pace", [{"code": "slow"}, {"code": "SLOW"}])
