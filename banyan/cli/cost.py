"""``banyan cost``: what the product costs a company and brings it, before anything is installed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from banyan.cli.starting import open_installation, speak_as_the_terminal

if TYPE_CHECKING:
    from banyan.editions.public import Scenario

FILE = click.Path(dir_okay=False, path_type=Path)
READ = click.Path(dir_okay=False, exists=True, path_type=Path)
#: Options that a scenario takes as they are.
PLAIN = (
    "headcount", "edition", "years", "hosting", "departments", "integrations", "customers", "migrated", "sources", "replaced",
    "dirt", "training", "requests", "has_failover", "revenue", "currency", "name",
)  # fmt: skip


@click.command()
@click.option("--headcount", type=int, default=None, help="How many people the company has.")
@click.option("--edition", default=None, help="basic, standard or enterprise; the smallest that serves without it.")
@click.option("--years", type=int, default=None, help="How many years are looked at; 3 without it.")
@click.option("--growth", default=None, help="Growth of headcount a year in %.")
@click.option("--discount", default=None, help="Interest for coming years in %.")
@click.option("--hosting", type=click.Choice(["cloud", "own"]), default=None)
@click.option("--departments", type=int, default=None)
@click.option("--integrations", type=int, default=None, help="Other systems to connect.")
@click.option("--customers", type=int, default=None, help="Customers that will be kept.")
@click.option("--migrated", type=int, default=None, help="Records that are taken over.")
@click.option("--sources", type=int, default=None, help="From how many systems or files.")
@click.option("--replaced", type=int, default=None, help="Systems that are given up.")
@click.option(
    "--dirt", type=click.Choice(["clean", "usual", "dirty"]), default=None, help="State of the data taken over."
)
@click.option("--training", type=click.Choice(["none", "short", "normal", "deep"]), default=None)
@click.option(
    "--trained", multiple=True, metavar="DEPARTMENT:PEOPLE:DEPTH", help="Training of one department; repeatable."
)
@click.option("--requests", default=None, help="Requests of a person and hour.")
@click.option("--failover/--no-failover", "has_failover", default=None, help="A cluster that bears a failure.")
@click.option("--revenue", default=None, help="Revenue a year in CNY.")
@click.option("--currency", default=None, help="CNY without it.")
@click.option(
    "--rate", "rates", multiple=True, metavar="CURRENCY=UNITS", help="Units of a currency for one CNY; repeatable."
)
@click.option("--assume", multiple=True, metavar="KEY=LOW,LIKELY,HIGH", help="Replace an assumption; repeatable.")
@click.option(
    "--module",
    "modules",
    multiple=True,
    metavar="NAME",
    help="A module on top of the edition, such as quotes; repeatable.",
)
@click.option("--name", default=None, help="Name of the scenario.")
@click.option("--scenario", "file", type=READ, default=None, help="Begin with the file of a scenario (YAML or JSON).")
@click.option("--adviser", type=READ, default=None, help="Begin with the file of answers of “banyan advise”.")
@click.option("--compare", type=READ, multiple=True, help="The file of a scenario to compare with; up to three.")
@click.option("--save", type=FILE, default=None, help="Write the scenario to a file (.yaml or .json).")
@click.option("--xlsx", type=FILE, default=None, help="Write the result as a workbook.")
@click.option("--pdf", type=FILE, default=None, help="Write the result as a paper.")
@click.option("--assumptions", "lists_assumptions", is_flag=True, help="List the assumptions with ranges and sources.")
@click.option("--json", "as_json", is_flag=True, help="Print a document for programs.")
def cost(*, file: Path | None, compare: Sequence[Path], as_json: bool, lists_assumptions: bool, **given: Any) -> None:
    """Print what the product costs a company a year in all its parts, what it brings, and how sure that is."""
    open_installation(start_database=False)
    speak_as_the_terminal()
    from banyan.core.kernel.errors import DomainError, Invalid  # noqa: PLC0415 needs Django
    from banyan.editions import public  # noqa: PLC0415

    try:
        scenario = _scenario(file, given)
        if lists_assumptions:
            _list_assumptions(scenario)
            return
        others = [public.scenario_from_text(path.read_text(encoding="utf-8-sig")).scenario for path in compare]
        _write(scenario, given)
        found = [public.answer(one, scenario.currency) for one in (scenario, *others)]
    except Invalid as problem:
        lines = (f"{error.field}: {error.message}" if error.field else str(error.message) for error in problem.errors)
        raise click.ClickException("\n".join(lines) or str(problem.message)) from None
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from None
    except UnicodeDecodeError:
        raise click.ClickException("The file is no text in UTF-8.") from None
    if as_json:
        click.echo(json.dumps(found if others else found[0], ensure_ascii=False))
        return
    for one, answer in zip((scenario, *others), found, strict=True):
        _print(one, answer)


def _scenario(file: Path | None, given: dict[str, Any]) -> Scenario:
    """Return the scenario of a file and of the options, which count more."""
    from banyan.editions import public  # noqa: PLC0415 needs Django

    values: dict[str, Any] = {name: given[name] for name in PLAIN if given[name] is not None}
    for name in ("growth", "discount"):
        if given[name] is not None:
            values[name] = _share(name, given[name])
    if "currency" in values:
        values["currency"] = values["currency"].upper()
    if given["modules"]:
        values["modules"] = list(given["modules"])
    if given["trained"]:
        values["trained"] = [_group(text) for text in given["trained"]]
    pairs = (("rates", given["rates"]), ("assumptions", given["assume"]))
    values |= {name: dict(_pair(name, text) for text in texts) for name, texts in pairs if texts}
    kept = _begun(file, given["adviser"])
    if kept is None:
        if "headcount" not in values:
            raise click.UsageError("Give --headcount, or --scenario with the file of a scenario.")
        return public.scenario_from(values)
    before = public.values_of(kept)
    merged: dict[str, Any] = {
        name: {**before[name], **values[name]} for name in ("rates", "assumptions") if name in values
    }
    return public.scenario_from({**before, **values, **merged})


def _begun(file: Path | None, answers: Path | None) -> Scenario | None:
    """Return the scenario of a file, or what the adviser makes of a file of answers."""
    from banyan.editions import public  # noqa: PLC0415 needs Django

    if file is not None and answers is not None:
        raise click.UsageError("Give --scenario or --adviser, not both.")
    if answers is not None:
        return public.advise(public.answers_in_file(answers.read_text(encoding="utf-8-sig"))).scenario
    return None if file is None else public.scenario_from_text(file.read_text(encoding="utf-8-sig")).scenario


def _write(scenario: Scenario, given: dict[str, Any]) -> None:
    """Write the files that were asked for."""
    from django.utils.translation import get_language  # noqa: PLC0415 needs Django

    from banyan.editions import public  # noqa: PLC0415

    if given["save"] is not None:
        kind = "json" if given["save"].suffix == ".json" else "yaml"
        given["save"].write_text(public.to_text(scenario, kind), encoding="utf-8")
    if given["xlsx"] is not None:
        given["xlsx"].write_bytes(public.as_workbook(scenario))
    if given["pdf"] is not None:
        given["pdf"].write_bytes(public.as_pdf(scenario, get_language() or "en"))


def _print(scenario: Scenario, found: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _  # noqa: PLC0415 needs Django

    from banyan.editions.public import EDITION_LABELS, PART_LABELS, payback_words  # noqa: PLC0415

    total, currency, benefit = found["total_per_year"], found["currency"], found["benefit"]
    name = f"{scenario.name}: " if scenario.name else ""
    edition = " + ".join((str(EDITION_LABELS[found["edition"]]), *found["single_modules"]))
    click.echo(f"{name}{edition}, {found['headcount']:,}: {total['likely']:,.0f} {currency}")
    click.echo(f"  {total['low']:,.0f} - {total['high']:,.0f}")
    for part, amount in found["parts"].items():
        if amount:
            click.echo(f"  {PART_LABELS[part]}: {amount:,.0f}")
    gained = benefit["per_year"]
    click.echo(f"{_('Benefit a year, likely')}: {gained['likely']:,.0f} ({gained['low']:,.0f} - {gained['high']:,.0f})")
    click.echo(f"{_('Net present value')}: {benefit['net_present_value']:,.0f}")
    click.echo(f"{_('Pays back after')}: {payback_words(benefit['payback_months'], found['years'])}")


def _list_assumptions(scenario: Scenario) -> None:
    from banyan.editions.public import PREFIX, assumption_rows  # noqa: PLC0415 needs Django

    for row in assumption_rows(scenario, {}, PREFIX):
        click.echo(f"{row['key']}: {row['usual']} ({row['unit']}) · {row['label']} · {row['source']}")


def _share(name: str, text: str) -> str:
    try:
        return str(Decimal(text) / 100)
    except InvalidOperation:
        raise click.BadParameter(f"“{text}” is no number.", param_hint=f"--{name}") from None


def _group(text: str) -> dict[str, str]:
    parts = text.rsplit(":", 2)
    if len(parts) != 3:
        raise click.BadParameter(f"“{text}” is not DEPARTMENT:PEOPLE:DEPTH.", param_hint="--trained")
    return dict(zip(("department", "people", "depth"), parts, strict=True))


def _pair(name: str, text: str) -> tuple[str, Any]:
    key, is_given, value = text.partition("=")
    if not is_given:
        raise click.BadParameter(f"“{text}” has no “=”.", param_hint="--rate" if name == "rates" else "--assume")
    if name == "rates":
        return key.strip().upper(), value.strip()
    numbers = [number.strip() for number in value.split(",")]
    return key.strip(), numbers * 3 if len(numbers) == 1 else numbers
