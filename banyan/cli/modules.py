"""``banyan modules``: which edition and modules an organization uses, and choosing others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from banyan.cli.administration import explained
from banyan.cli.people import answer, require_organization
from banyan.cli.starting import open_installation

if TYPE_CHECKING:
    from banyan.editions.public import Preview


@click.command()
@click.option("--organization", required=True, help="Name or id of the organization.")
@click.option("--edition", default="", help="basic, standard or enterprise; what was chosen besides stays.")
@click.option("--plain", is_flag=True, help="Exactly as the edition has it.")
@click.option("--on", multiple=True, help="A module to switch on, with all that it needs; may be repeated.")
@click.option("--off", multiple=True, help="A module to switch off, with all that need it; may be repeated.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a document for programs.")
def modules(*, organization: str, is_dry_run: bool, as_json: bool, **choice: Any) -> None:
    """Show edition and modules of an organization, or choose others; nothing is ever deleted by it."""
    open_installation()
    from banyan.core.access.actor import Channel, system_actor  # noqa: PLC0415 needs Django
    from banyan.core.objects.choosing import choose  # noqa: PLC0415
    from banyan.core.objects.modules import mixture_of  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415
    from banyan.editions.public import chosen, preview, told, wished  # noqa: PLC0415

    found = require_organization(organization)
    with explained(), organization_scope(found.pk):
        actor = system_actor(found, channel=Channel.COMMAND)
        wanted = wished(mixture_of(found), **choice)
        changes = preview(actor, wanted)
        if not is_dry_run:
            choose(actor, wanted)
        if as_json:
            answer(True, {**chosen(found), "changes": told(changes), "applied": not is_dry_run})
        else:
            _print(chosen(found), changes, is_dry_run=is_dry_run)


def _print(found: dict[str, Any], changes: Preview, *, is_dry_run: bool) -> None:
    click.echo(found["edition"])
    for module in found["modules"]:
        click.echo(f"  {'+' if module['is_on'] else '-'} {module['name']}: {module['label']}")
    if changes.is_empty:
        return
    verb = "would come" if is_dry_run else "came", "would rest" if is_dry_run else "rest"
    click.echo(f"{verb[0]}: {', '.join(changes.comes) or 'nothing'}; {verb[1]}: {', '.join(changes.goes) or 'nothing'}")
    for entry in changes.stopping:
        click.echo(f"! {entry.kind}: {entry.label}")
    for kept in changes.kept:
        click.echo(f"  {kept.label}: {kept.count:,} kept")
