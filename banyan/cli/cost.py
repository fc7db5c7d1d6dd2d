"""``banyan cost``: what the product costs a company, before anything is installed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import click

from banyan.cli.starting import open_installation, speak_as_the_terminal


@click.command()
@click.option("--headcount", type=int, required=True, help="How many people the company has.")
@click.option("--edition", default="", help="basic, standard or enterprise; the smallest that serves without it.")
@click.option("--years", type=int, default=3, show_default=True, help="How many years are looked at.")
@click.option("--growth", type=float, default=0.0, help="Growth of headcount a year in %.")
@click.option("--hosting", type=click.Choice(["cloud", "own"]), default="cloud", show_default=True)
@click.option("--departments", type=int, default=None)
@click.option("--integrations", type=int, default=None, help="Other systems to connect.")
@click.option("--customers", type=int, default=None, help="Customers that will be kept.")
@click.option("--currency", default="CNY", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a document for programs.")
def cost(*, headcount: int, edition: str, currency: str, as_json: bool, growth: float, **given: Any) -> None:
    """Print what the product costs a company a year, in all its parts, and how sure that is."""
    open_installation(start_database=False)
    speak_as_the_terminal()
    from banyan.core.kernel.errors import Invalid  # noqa: PLC0415 needs Django
    from banyan.editions.public import PART_LABELS, answer, scenario_of  # noqa: PLC0415

    values = {name: value for name, value in given.items() if value is not None}
    try:
        scenario = scenario_of(headcount, edition=edition, growth=Decimal(str(growth)) / 100, **values)
        found = answer(scenario, currency.upper())
    except Invalid as problem:
        raise click.ClickException("; ".join(str(error.message) for error in problem.errors)) from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    total = found["total_per_year"]
    click.echo(f"{found['edition']}, {headcount:,}: {total['likely']:,.0f} {found['currency']}")
    click.echo(f"  {total['low']:,.0f} - {total['high']:,.0f}")
    for name, amount in found["parts"].items():
        if amount:
            click.echo(f"  {PART_LABELS[name]}: {amount:,.0f}")
