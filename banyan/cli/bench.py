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


@click.command()
@click.option("--customers", default=10_000, show_default=True, help="How many customers the data set has.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Add the table to a page.")
def bench(*, customers: int, as_json: bool, write: Path | None) -> None:
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
    memory = psutil.virtual_memory().total / GIGABYTE
    load = psutil.getloadavg()[0]
    return (
        f"{psutil.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}, Python {platform.python_version()}, "
        f"load {load:.1f} before the run."
    )
