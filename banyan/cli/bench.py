"""``banyan bench``."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson
import psutil

from banyan import __version__
from banyan.cli.starting import migrate, open_installation, say

if TYPE_CHECKING:
    from banyan.demo.measuring import Figure

GIGABYTE = 1024**3
#: ``--planner`` without a file: the figures count for this installation.
HERE = "."
#: What people do all day, for the time that a request takes.
EVERYDAY = frozenset({
    "API list of 50, sees all", "list page", "record page", "my day", "search, two Chinese characters", "create through the API",
})  # fmt: skip
IDLE = "idle installation, memory of all processes"
#: With fewer customers, what every installation has anyway would count as theirs.
LEAST_FOR_STORAGE = 100_000


@click.command()
@click.option("--customers", default=10_000, show_default=True, help="How many customers the data set has.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Add the table to a page.")
@click.option(
    "--planner",
    type=click.Path(dir_okay=False, path_type=Path),
    is_flag=False,
    flag_value=HERE,
    default=None,
    help="Let the capacity planner rest on these figures: those of this installation, or those in a file.",
)
def bench(*, customers: int, as_json: bool, write: Path | None, planner: Path | None) -> None:
    """Measure speed against raw SQL for the same rows; makes the large demo organization first."""
    open_installation()
    migrate()
    import logging  # noqa: PLC0415 only to keep warnings out of the figures

    from banyan.core.kernel.clock import now  # noqa: PLC0415 needs Django
    from banyan.demo.measuring import measure  # noqa: PLC0415

    logging.disable(logging.WARNING)
    figures = measure(customers=customers, progress=say)
    if as_json:
        click.echo(orjson.dumps([figure.to_json() for figure in figures]).decode())
    else:
        click.echo(table(figures))
    if write is not None:
        heading = f"## {customers:,} customers, {now():%Y-%m-%d}, version {__version__}\n\n{machine()}\n\n"
        previous = write.read_text(encoding="utf-8") if write.exists() else ""
        write.write_text(f"{previous.rstrip()}\n\n{heading}{table(figures)}\n", encoding="utf-8")

    if planner is not None:
        from banyan.editions.public import write_measured  # noqa: PLC0415 needs Django

        path = None if str(planner) == HERE else planner
        written = write_measured(path, hardware(), planning(figures, customers), now().date())
        say(f"The capacity planner rests on {written}.")


def planning(figures: list[Figure], customers: int) -> dict[str, float]:
    """Return what the capacity planner takes from a run: a request's time, memory, and storage where it was large enough."""
    from django.db import connection  # noqa: PLC0415 needs Django

    times = [figure.value for figure in figures if figure.name in EVERYDAY]
    found = {"request_milliseconds": round(sum(times) / len(times), 1)} if times else {}
    for figure in figures:
        if figure.name == IDLE:
            found["idle_memory_gb"] = round(figure.value / 1024, 2)
    if customers >= LEAST_FOR_STORAGE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            found["storage_kb_per_customer"] = round(cursor.fetchone()[0] / 1024 / customers, 1)
    return found


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| what | median | 95 % | unit | raw SQL | ratio | bound | kept |", "|---|---|---|---|---|---|---|---|"]
    return "\n".join([*lines, *map(_line, figures)])


def _line(figure: Figure) -> str:
    numbers = (figure.value, figure.p95, figure.raw, figure.ratio, figure.bound)
    value, p95, raw, ratio, bound = ("" if number is None else f"{number:,}" for number in numbers)
    kept = {None: "", True: "yes", False: "**no**"}[figure.keeps_bound]
    limit = f"≥ {bound}" if figure.more_is_better and bound else bound
    return f"| {figure.name} | {value} | {p95} | {figure.unit} | {raw} | {ratio} | {limit} | {kept} |"


def machine() -> str:
    """Return what the figures were measured on."""
    load = psutil.getloadavg()[0]
    return f"{hardware()}, Python {platform.python_version()}, load {load:.1f} before the run."


def hardware() -> str:
    """Return cores, memory and system of the machine."""
    memory = psutil.virtual_memory().total / GIGABYTE
    return f"{psutil.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}"
