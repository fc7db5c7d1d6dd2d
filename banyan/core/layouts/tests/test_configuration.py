"""Types and layouts travel in the configuration file, by names and codes."""

from __future__ import annotations

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.identity.models import Role
from banyan.core.layouts.content import Block, Part, Place, Plan, Tab
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.record_types import TypeDraft, save_record_type
from banyan.core.layouts.services import create_layout, publish_layout, take_step
from banyan.core.tenancy.scope import organization_scope

PARTS = ("record_types", "layouts", "fields", "pick_lists")


def test_export_means_the_same_in_another_organization(admin: Actor) -> None:
    role = Role.objects.get(key="manager")
    manager = [str(role.pk)]
    draft = TypeDraft({"zh": "大客户", "en": "Key"}, code="key", roles=manager, choices={"level": ["a"]})
    save_record_type(admin, "customer", None, draft)
    save_record_type(admin, "customer", None, TypeDraft({"en": "Dealer"}, code="dealer", default_for=manager))
    mine = {"field": "owner", "op": "eq", "value": str(admin.user_id)}
    places = (Place("name", wide=True), Place("level"), Place("website", show=mine, require=mine))
    plan = Plan(
        (Tab("t1", {"en": "All"}, (Part("s1", {"zh": "基本"}, 1, folded=True, show={}, places=places),)),),
        (Block("chart", object="contact", link="customer", by="created_at:month"),),
        left_out=("industry",),
        hidden=("panel:files",),
        columns=("name", "level"),
    )
    row = create_layout(admin, "customer", record_type="key", role_id=role.pk, device="phone")
    publish_layout(admin, take_step(admin, row, lambda _plan: plan))
    create_layout(admin, "customer")

    text = write_document(current_document(admin.organization, PARTS))
    other = found_organization(name="Other", language="en")
    with organization_scope(other.pk):
        actor = system_actor(other)
        # The person of the condition stands by name in the file, and is nobody elsewhere.
        assert admin.user
        assert str(admin.user_id) not in text
        local = read_document(text.replace(admin.user.email, "me"))
        apply_document(actor, local)

        assert plan_of(actor, local).is_empty
        assert [entry.code for entry in RecordType.objects.all()] == ["key", "dealer"]
        layout = Layout.objects.get()
        assert (layout.record_type, layout.role.key if layout.role else "", layout.device) == (
            "key",
            "manager",
            "phone",
        )
        assert layout.content["columns"] == ["name", "level"]
