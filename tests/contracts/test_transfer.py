"""What import and export promise for every object: what was exported comes back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.listing.query import ListRequest
from banyan.core.objects.kinds import File
from banyan.core.objects.registry import objects
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.exporting import export_to_path
from banyan.core.transfer.importing import engine, services
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import, ImportStatus, RejectedRow
from banyan.core.transfer.reading import open_table
from tests.cast import Cast, found_again
from tests.contracts.samples import Maker

IMPORTABLE = [name for name in objects.keys() if objects[name].importable]  # noqa: SIM118  a registry is no mapping


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("name", IMPORTABLE)
def test_what_was_exported_gives_the_same_rows_in_another_organization(
    scope: Cast, tmp_path: Path, name: str, ending: str
) -> None:
    admin = scope.actor("admin")
    maker = Maker(admin)
    spec = maker.spec(name)
    for full in (True, False):
        maker.record(spec, **maker.values(spec, full=full))
    order = _needed_first(name)
    # What it needs comes by text: each of those objects has a case of its own for workbooks.
    files = {each: tmp_path / f"{each}{ending if each == name else '.csv'}" for each in order}
    filled = [each for each, path in files.items() if export_to_path(admin, each, path)]
    own = _rows(admin, files[name])

    other = found_again("Another Company", "another.test")
    for each in filled:
        _import(other, each, files[each])

    with organization_scope(other.organization.pk):
        theirs = other.actor("admin")
        copy = tmp_path / f"copy{ending}"
        export_to_path(theirs, name, copy)
        assert _comparable(spec, _rows(theirs, copy)) == _comparable(spec, own)


def test_an_export_has_the_columns_and_the_order_that_are_asked_for(scope: Cast, tmp_path: Path) -> None:
    admin = scope.actor("admin")
    maker = Maker(admin)
    customer = maker.spec("customer")
    for title in ("Beta", "Alpha"):
        maker.record(customer, name=title, phone="+8613800000000")
    path = tmp_path / "customers.csv"

    count = export_to_path(admin, "customer", path, ListRequest(columns=("name", "phone"), sort=("name",)))

    assert count == 2
    assert path.read_bytes() == (b"\xef\xbb\xbfCustomer name,Phone\r\nAlpha,+8613800000000\r\nBeta,+8613800000000\r\n")


def _needed_first(name: str) -> list[str]:
    """Return an object after the objects that its records point to."""
    found_names: list[str] = []

    def visit(each: str) -> None:
        if each in found_names or each not in objects:
            return
        found_names.append("")
        for entry in objects[each].links.values():
            target = getattr(entry.kind, "target", "")
            if target != each and target not in pending:
                pending.add(target)
                visit(target)
        found_names.append(each)

    pending = {name}
    # References in samples point to customers.
    visit("customer")
    visit(name)
    return [each for each in found_names if each and objects[each].importable]


def _import(cast: Cast, name: str, path: Path) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        task = services.begin(admin, object_name=name, path=path, file_name=path.name)
        plan = ImportPlan.from_json(task.plan)
        plan.match = "create"
        if objects[name].is_setting:
            plan.match, plan.match_by = "update", ["name"]
        services.set_plan(admin, task, plan)
        services.make_ready(admin, task)
    done = engine.work(admin, task.pk, path)
    with organization_scope(cast.organization.pk):
        problems = [row.errors for row in RejectedRow.objects.filter(source_id=done.pk)]
        assert (done.status, done.problem, problems) == (ImportStatus.DONE, "", [])
        assert Import.objects.get(pk=done.pk).is_balanced


def _rows(actor: Actor, path: Path) -> list[dict[str, Any]]:
    with open_table(path) as table:
        return [dict(zip(table.columns, cells, strict=True)) for cells in table.rows()]


def _comparable(spec: ObjectSpec, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without what each organization keeps by itself, in an order of their own."""
    with override("en"):
        kept = {str(each.label) for each in spec.all_fields.values() if each.read_only or isinstance(each.kind, File)}
    bare = [{heading: cell for heading, cell in row.items() if heading not in kept} for row in rows]
    return sorted(bare, key=lambda row: [str(cell) for cell in row.values()])
