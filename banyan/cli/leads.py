"""``banyan lead-mail``."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from banyan.cli.administration import explained
from banyan.cli.people import answer, require_organization
from banyan.cli.starting import open_installation


@click.command("lead-mail")
@click.argument("message", type=click.File("rb"))
@click.option("--organization", required=True, help="Name or id of the organization.")
@click.option("--json", "as_json", is_flag=True)
def lead_mail(message: BinaryIO, **options: Any) -> None:
    """Make a lead of a raw e-mail (RFC 5322), or add it to its sender's lead; "-" reads standard input."""
    open_installation()
    from banyan.core.access.actor import Channel, system_actor  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415
    from banyan.leads.public import LONGEST_MAIL, receive_mail  # noqa: PLC0415

    organization = require_organization(options["organization"])
    with explained(), organization_scope(organization.pk):
        actor = system_actor(organization, channel=Channel.API)
        captured = receive_mail(actor, message.read(LONGEST_MAIL + 1))
    answer(
        options["as_json"],
        {"lead": str(captured.lead.pk), "number": captured.lead.number, "is_new": captured.is_new},
    )
