"""``banyan migrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from banyan.cli.administration import explained
from banyan.cli.people import answer, require_organization
from banyan.cli.starting import is_terminal, open_installation, say

if TYPE_CHECKING:
    from banyan.core.tenancy.models import Organization
    from banyan.migration.public import Move, MoveTable


@click.command("migrate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Name or id of the organization.")
@click.option("--source", default="auto", show_default=True, help="The system that the files come from.")
@click.option("--dry-run", is_flag=True, help="Try everything and write nothing.")
@click.option("--json", "as_json", is_flag=True)
def migrate(paths: tuple[Path, ...], **options: Any) -> None:
    """Move in from another system: all files of its export together, also ZIP, workbooks with sheets, and JSON.

    Prints figures that add up, and the workbook of what did not fit.
    """
    installation = open_installation()
    from banyan.core.access.actor import Channel, system_actor  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415
    from banyan.migration.public import Delivery, begin, make_ready, work  # noqa: PLC0415

    organization = require_organization(options["organization"])
    actor = system_actor(organization, channel=Channel.IMPORT)
    with explained():
        with organization_scope(organization.pk):
            move = begin(actor, [Delivery(path.name, path) for path in paths], system=options["source"])
            make_ready(actor, move, is_dry_run=options["dry_run"])
        done = work(actor, move.pk, progress=_show)
    if is_terminal():
        say("")
    if done.problem:
        raise click.ClickException(done.problem)
    answer(options["as_json"], _figures(organization, done, installation.configuration.home / "imports"))


def _figures(organization: Organization, move: Move, folder: Path) -> dict[str, Any]:
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415 needs Django
    from banyan.migration.public import counts_of, file_counts_of, tables_of, write_report  # noqa: PLC0415

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{move.pk}-report.xlsx"
    with organization_scope(organization.pk):
        tables = tables_of(move)
        unread = [entry.name for entry in move.files.filter(problem__gt="")]
        unread += [table.name for table in move.tables.filter(object_name="", lists_people=False, lists_files=False)]
        counts = {**counts_of(tables), **file_counts_of(move)}
        write_report(move, path)
    by_object: dict[str, int] = {}
    for table in tables:
        if table.task is not None:
            by_object[table.object_name] = by_object.get(table.object_name, 0) + table.task.created
    return {"source": move.system, **counts, "objects": by_object, "not_recognised": unread, "report": str(path)}


def _show(move: Move, table: MoveTable) -> None:
    if is_terminal() and table.task is not None:
        click.echo(f"\r{table.name}: {table.task.read} rows read          ", nl=False, err=True)
