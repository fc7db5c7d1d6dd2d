"""Pages ask tables only where they have rows: what is left out must have nothing to say."""

from __future__ import annotations

from banyan.core.objects.kinds import reference_to
from banyan.core.objects.presence import tables_at_records, tables_with_rows
from banyan.core.objects.registry import objects, spec_for
from banyan.core.records import door
from banyan.core.records.recycle import delete
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.panels import record_panels, timeline_sources
from banyan.customers.references import customer_figures
from banyan.quotes.models import Quote
from banyan.teamwork.models import Comment, Task
from tests.cast import Cast


def test_every_source_names_a_table_that_is_registered() -> None:
    named = [source for registry in (timeline_sources, record_panels, customer_figures) for source in registry]
    registered = {table.model for table in tables_at_records}

    assert {source.name for source in named if source.table is not None and source.table not in registered} == set()


def test_every_table_can_be_found_by_the_objects_of_its_sources(scope: Cast) -> None:
    for registry in (timeline_sources, record_panels):
        for source in registry:
            names = source.objects or tuple(spec.name for spec in objects)
            if source.table is not None:
                fields = {field.name for field in source.table._meta.fields}
                assert all(fields & {name, "about", "record_id"} for name in names), source.name


def test_rows_are_found_by_link_reference_and_id_until_they_are_deleted(scope: Cast) -> None:
    actor = scope.actor("admin")
    specs = {name: spec_for(scope.organization, name) for name in ("customer", "opportunity", "task", "comment")}
    customer = door.create(actor, specs["customer"], {"name": "Harbor Light"})
    opportunity = door.create(actor, specs["opportunity"], {"name": "Lamps", "customer": customer.pk})
    task = door.create(actor, specs["task"], {"name": "Call", "about": reference_to("opportunity", opportunity.pk)})

    def found(name: str, record_id: object) -> set[str]:
        return {model.__name__ for model in tables_with_rows(scope.organization.pk, name, record_id)}  # type: ignore[arg-type]

    assert found("customer", customer.pk) == {"Opportunity", "Task"}
    assert found("opportunity", opportunity.pk) == {"Task"}
    delete(actor, specs["task"], [task.pk])
    assert found("opportunity", opportunity.pk) == set()
    assert {Quote, Comment, Task} <= {table.model for table in tables_at_records}


def test_rows_of_another_organization_are_not_found(scope: Cast, strangers: Cast) -> None:
    with organization_scope(strangers.organization.pk):
        stranger, spec = strangers.actor("admin"), spec_for(strangers.organization, "customer")
        customer = door.create(stranger, spec, {"name": "Elsewhere"})
        task = {"name": "Call", "about": reference_to("customer", customer.pk)}
        door.create(stranger, spec_for(strangers.organization, "task"), task)

    assert tables_with_rows(scope.organization.pk, "customer", customer.pk) == frozenset()
