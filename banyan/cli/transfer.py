"""``banyan import`` and ``banyan export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from banyan.cli.administration import explained
from banyan.cli.people import answer, require_organization
from banyan.cli.starting import is_terminal, open_installation, say

if TYPE_CHECKING:
    from banyan.core.access.actor import Actor
    from banyan.core.tenancy.models import Organization
    from banyan.core.transfer.models import Import


@click.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--object", "plural", required=True, help="What the rows are: customers, contacts, opportunities ...")
@click.option("--organization", required=True, help="Name or id of the organization.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help='JSON file: {"column": "field"}, or {"column": {"field": ..., "values": {...}}}.',
)
@click.option(
    "--match",
    type=click.Choice(["update", "skip", "create", "ask"]),
    default="update",
    show_default=True,
    help="What to do with rows whose record is there already.",
)
@click.option("--match-by", multiple=True, help="Field that tells records apart; may be repeated.")
@click.option("--create-fields", is_flag=True, help="Make custom fields for columns that nobody knows.")
@click.option("--sheet", default="", help="The sheet of a workbook.")
@click.option("--dry-run", is_flag=True, help="Try everything and write nothing.")
@click.option("--json", "as_json", is_flag=True)
def import_file(path: Path, **options: Any) -> None:
    """Import a CSV or XLSX file; prints a balance that adds up and a file with the rejected rows."""
    installation = open_installation()
    from banyan.core.access.actor import Channel, system_actor  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415
    from banyan.core.transfer.importing import engine, services  # noqa: PLC0415

    organization = require_organization(options["organization"])
    with explained():
        with organization_scope(organization.pk):
            actor = system_actor(organization, channel=Channel.IMPORT)
            task = services.begin(
                actor, object_name=object_name(organization, options["plural"]), path=path, file_name=path.name
            )
            _apply_options(actor, task, options)
            services.make_ready(actor, task, is_dry_run=options["dry_run"])
        done = engine.work(actor, task.pk, path, progress=_show)
    if is_terminal():
        say("")
    if done.problem:
        raise click.ClickException(done.problem)
    folder = installation.configuration.home / "imports"
    with organization_scope(organization.pk):
        errors_file = _write_errors(done, folder) if done.rejected else None
    answer(
        options["as_json"],
        {
            "read": done.read,
            "created": done.created,
            "updated": done.updated,
            "unchanged": done.unchanged,
            "rejected": done.rejected,
            "errors_file": str(errors_file) if errors_file else None,
            "seconds": round(done.seconds, 2),
        },
    )


def _apply_options(actor: Actor, task: Import, options: dict[str, Any]) -> None:
    from banyan.core.transfer.importing import services  # noqa: PLC0415 needs Django
    from banyan.core.transfer.importing.plan import ImportPlan, creatable_links  # noqa: PLC0415

    plan = ImportPlan.from_json(task.plan)
    plan.match, plan.sheet = options["match"], options["sheet"] or plan.sheet
    plan.match_by = list(options["match_by"]) or plan.match_by
    if options["mapping"]:
        given = read_mapping(options["mapping"])
        for column in plan.columns:
            if column.column in given:
                chosen = given[column.column]
                column.field_name = chosen.get("field") or ""
                column.new_kind = ""
                column.values = {str(key): str(value) for key, value in chosen.get("values", {}).items()}
    from banyan.core.objects.registry import spec_for  # noqa: PLC0415

    spec = spec_for(actor.organization, task.object_name)
    plan.create_links = creatable_links(spec, [column.field_name for column in plan.columns])
    services.set_plan(actor, task, plan)
    if options["create_fields"]:
        services.create_fields(actor, task)


def read_mapping(path: Path) -> dict[str, dict[str, Any]]:
    """Return a mapping file: for each column what is done with it; end with a message when it is none."""
    try:
        given = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as problem:
        raise click.ClickException(f"{path} is not JSON: {problem}") from None
    if not isinstance(given, dict):
        raise click.ClickException(f"{path} must hold an object of columns.")
    return {column: chosen if isinstance(chosen, dict) else {"field": chosen} for column, chosen in given.items()}


def object_name(organization: Organization, plural: str) -> str:
    """Return the object's name for its path segment, or end with a message that lists those there are."""
    from banyan.core.objects.registry import specs_for  # noqa: PLC0415 needs Django

    specs = specs_for(organization)
    spec = next((spec for spec in specs.values() if spec.plural == plural), None) or specs.get(plural)
    if spec is None:
        known = ", ".join(spec.plural for spec in specs.values())
        raise click.ClickException(f"There is no object {plural}. Known: {known}.")
    return spec.name


def _show(task: Import) -> None:
    if is_terminal():
        click.echo(f"\r{task.read} rows read, {task.rejected} rejected ", nl=False, err=True)


def _write_errors(task: Import, folder: Path) -> Path:
    from banyan.core.transfer.importing import services  # noqa: PLC0415 needs Django

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{task.pk}-errors.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        services.write_errors(task, target)
    return path


@click.command("export")
@click.option("--object", "plural", default="", help="What to export: customers, contacts, opportunities ...")
@click.option("--everything", is_flag=True, help="All records, history, settings and files, as one ZIP file.")
@click.option("--organization", required=True, help="Name or id of the organization.")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; its ending says the format: .csv or .xlsx, and .zip with --everything.",
)
def export_file(plural: str, organization: str, target: Path, *, everything: bool) -> None:
    """Export all records of an object with their custom fields, or everything that an organization has."""
    if everything == bool(plural):
        raise click.UsageError("Say either --object customers (or another object) or --everything.")
    open_installation()
    found = require_organization(organization)
    with explained():
        count = _export_everything(found, target) if everything else _export_object(found, plural, target)
    say(f"{count} written to {target}.")


def _export_object(organization: Organization, plural: str, target: Path) -> str:
    from banyan.core.access.actor import system_actor  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415
    from banyan.core.transfer.exporting import export_to_path  # noqa: PLC0415

    with organization_scope(organization.pk):
        return f"{export_to_path(system_actor(organization), object_name(organization, plural), target)} records"


def _export_everything(organization: Organization, target: Path) -> str:
    from banyan.core.transfer.everything.writing import write_everything  # noqa: PLC0415 needs Django

    def show(step: str, done: int, total: int | None) -> None:
        if is_terminal():
            click.echo(f"\r{done} of {total} rows, {step}            ", nl=False, err=True)

    if target.suffix.lower() != ".zip":
        raise click.UsageError("Everything is written as a ZIP file: let its name end in .zip.")
    counts = write_everything(organization.pk, target, show)
    if is_terminal():
        say("")
    return f"{counts['rows']} rows and {counts['files']} files"
