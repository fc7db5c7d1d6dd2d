"""``banyan configuration``: an organization's configuration as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from banyan.cli.administration import explained
from banyan.cli.people import answer, require_organization
from banyan.cli.starting import open_installation, say

if TYPE_CHECKING:
    from banyan.core.access.actor import Actor
    from banyan.core.configuration.differences import Plan
    from banyan.core.configuration.documents import Document

FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)  # fmt: skip
ORGANIZATION = click.option("--organization", required=True, help="Name or id of the organization.")
REMOVE = click.option("--remove", is_flag=True, help="Also remove what the files do not mention.")
JSON = click.option("--json", "as_json", is_flag=True)


@click.group()
def configuration() -> None:
    """Take the configuration out as a file, compare files with an organization, apply them."""


@configuration.command("export")
@ORGANIZATION
@click.option("--part", "parts", multiple=True, help="Only this part, such as fields; may be repeated.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file; else printed.")
def export(*, organization: str, parts: tuple[str, ...], output: Path | None) -> None:
    """Write the configuration of an organization as YAML."""
    open_installation()
    from banyan.core.configuration.documents import current_document, write_document  # noqa: PLC0415 needs Django
    from banyan.core.objects.configuration_parts import ordered_parts  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    known = [part.name for part in ordered_parts()]
    for name in parts:
        if name not in known:
            raise click.ClickException(f"There is no part {name}. There are: {', '.join(known)}.")
    found = require_organization(organization)
    with organization_scope(found.pk):
        text = write_document(current_document(found, parts))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"Written to {output}.")


@configuration.command("diff")
@FILES
@ORGANIZATION
@REMOVE
@JSON
def diff(files: tuple[Path, ...], *, organization: str, remove: bool, as_json: bool) -> None:
    """Show what one or more files, laid over one another, would change; nothing is changed."""
    _work(files, organization, removes=remove, is_dry_run=True, as_json=as_json)


@configuration.command("apply")
@FILES
@ORGANIZATION
@REMOVE
@click.option("--dry-run", is_flag=True, help="Try everything and change nothing.")
@JSON
def apply(files: tuple[Path, ...], *, organization: str, remove: bool, dry_run: bool, as_json: bool) -> None:
    """Apply one or more files, laid over one another: all of it or nothing."""
    _work(files, organization, removes=remove, is_dry_run=dry_run, as_json=as_json)


def _work(files: tuple[Path, ...], organization: str, *, removes: bool, is_dry_run: bool, as_json: bool) -> None:
    open_installation()
    from banyan.core.access.actor import Channel, system_actor  # noqa: PLC0415 needs Django
    from banyan.core.configuration.applying import apply_document, plan_of, try_plan  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    found = require_organization(organization)
    with explained(), organization_scope(found.pk):
        actor: Actor = system_actor(found, channel=Channel.COMMAND)
        document = _document(files)
        problems: list[str] = []
        if is_dry_run:
            plan = plan_of(actor, document, removes_extra=removes)
            problems = [str(problem) for problem in try_plan(actor, plan)] if not plan.is_empty else []
        else:
            plan = apply_document(actor, document, removes_extra=removes).plan
    if as_json:
        answer(True, {**_told(plan), "problems": problems, "applied": not is_dry_run})
    else:
        _print(plan, problems, is_dry_run=is_dry_run)
    if problems:
        raise click.exceptions.Exit(1)


def _document(files: tuple[Path, ...]) -> Document:
    from banyan.core.configuration.proposals import Layer, read_layers  # noqa: PLC0415 needs Django

    layers = []
    for path in files:
        try:
            layers.append(Layer(path.name, path.read_text(encoding="utf-8-sig")))
        except UnicodeDecodeError:
            raise click.ClickException(f"{path} is no text in UTF-8.") from None
    return read_layers(layers)


def _told(plan: Plan) -> dict[str, Any]:
    return {
        **plan.counts(),
        "unchanged": sum(plan.unchanged.values()),
        "steps": [{"name": step.name, "action": step.action, "title": step.title} for step in plan.steps],
        "not_in_files": [step.name for step in plan.extra],
    }


def _print(plan: Plan, problems: list[str], *, is_dry_run: bool) -> None:
    from banyan.core.configuration.differences import as_text  # noqa: PLC0415 needs Django

    marks = {"create": "+", "change": "~", "remove": "-"}
    for step in plan.steps:
        click.echo(f"{marks[step.action]} {step.name}")
        if step.action == "change":
            for name, (now, then) in step.change.changed().items():
                click.echo(f"    {name}: {as_text(now)} -> {as_text(then)}")
    if plan.extra:
        click.echo(f"Not in the files, and kept without --remove: {', '.join(step.name for step in plan.extra)}")
    counts = plan.counts()
    said = "Nothing was changed yet." if is_dry_run else "Done."
    click.echo(f"{counts['create']} new, {counts['change']} changed, {counts['remove']} removed. {said}")
    for problem in problems:
        click.echo(f"! {problem}")
