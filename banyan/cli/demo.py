"""``banyan demo small|medium|large``."""

from __future__ import annotations

import click
import orjson

from banyan.cli.starting import migrate, open_installation, say


@click.command()
@click.argument("size", type=click.Choice(["small", "medium", "large"]))
@click.option("--customers", default=100_000, show_default=True, help="For large: how many customers.")
@click.option("--users", default=200, show_default=True, help="For large: how many people.")
@click.option("--json", "as_json", is_flag=True)
def demo(*, size: str, customers: int, users: int, as_json: bool) -> None:
    """Load a demo organization, if it is not there yet, and print who can sign in."""
    open_installation()
    migrate()
    from banyan.demo.large import load_large  # noqa: PLC0415 needs Django
    from banyan.demo.medium import load_medium  # noqa: PLC0415
    from banyan.demo.small import load_small  # noqa: PLC0415

    if size == "large":
        made = load_large(customers=customers, users=users, progress=say)
    else:
        made = {"small": load_small, "medium": load_medium}[size]()
    result = made.to_json()
    if as_json:
        click.echo(orjson.dumps(result).decode())
        return
    click.echo(f"{result['name']} ({result['organization']})")
    for account in result["users"][:12]:
        click.echo(f"  {account['email']}  {account['password']}")


def ensure_demo_organizations() -> None:
    """Load the small and the medium demo organization where they are missing."""
    from banyan.demo.medium import load_medium  # noqa: PLC0415 needs Django
    from banyan.demo.people import DEMO_PASSWORD  # noqa: PLC0415
    from banyan.demo.small import load_small  # noqa: PLC0415

    for load in (load_small, load_medium):
        made = load()
        if made.is_new:
            say(f"Loaded the demo organization {made.organization.name}.")
    say(f"Sign in as admin@small.demo or admin@medium.demo with the password {DEMO_PASSWORD}.")
