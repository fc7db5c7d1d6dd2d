"""Perform the twelve everyday tasks and write what each costs, beside two other products, to ``docs/ease.md``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.installation import installed  # noqa: E402 the tests are no installed package
from tests.journeys.ease import TASKS, Salesperson, log_call_after_search, prepare  # noqa: E402
from tests.journeys.meter import Cost  # noqa: E402
from tests.journeys.people import People, chromium  # noqa: E402

#: What the tasks cost in EspoCRM 8.4.2 and in an Odoo 17 fork, in seconds; measured by the same rules.
ESPO = (19.8, 37.0, 8.3, 48.0, 26.9, 8.6, 22.5, 28.8, 39.6, 25.9, 28.0, 49.6)
ODOO = (21.7, 39.1, 10.6, 41.6, 33.2, 6.5, 32.0, 25.5, 17.5, 23.2, 36.6, 44.8)
INTRODUCTION = """# Ease: what twelve everyday tasks cost

Performed by `make ease` in Chromium as an ordinary salesperson with the medium demo (8,800 opportunities), from the front
page, with the mouse and without shortcuts. Seconds by the keystroke-level model: 1.1 for a click, 0.4 for a hand that
changes between mouse and keyboard, 0.2 for a character, 1.35 for a decision; waiting is measured. The other two columns are
EspoCRM 8.4.2 and an Odoo 17 fork, counted by the same rules in November 2026. Differences under 3 seconds mean nothing.

| task | clicks | fields | chars | views | homings | decisions | wait s | KLM s | Banyan s | EspoCRM s | Odoo s |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def line(name: str, cost: Cost, espo: float | None, odoo: float | None) -> str:
    """Return one line of the table."""
    figures = [cost.clicks, cost.fields, cost.chars, cost.views, cost.homings, cost.decisions]
    others = [f"{value:.1f}" if value is not None else "" for value in (espo, odoo)]
    cells = [name, *map(str, figures), f"{cost.wait:.2f}", f"{cost.klm:.1f}", f"**{cost.total:.1f}**", *others]
    return f"| {' | '.join(cells)} |\n"


def together(costs: list[Cost]) -> Cost:
    """Return the sum of costs."""
    return Cost(**{name: sum(getattr(cost, name) for cost in costs) for name in Cost.__dataclass_fields__})


def measure(only: list[str]) -> tuple[dict[str, Cost], Cost | None]:
    """Perform the tasks, all or those whose names begin so, in an installation made for it."""
    costs: dict[str, Cost] = {}
    anywhere: Cost | None = None
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for installation in installed(Path(folder) / "home", "medium"):
            ben = Salesperson(People(browser, installation.url), prepare(installation, Path(folder)))
            ben.page()
            for name, perform in TASKS.items():
                if only and name.split()[0] not in only:
                    continue
                costs[name] = perform(ben)
                print(line(name, costs[name], None, None), end="", flush=True)
            if not only:
                anywhere = log_call_after_search(ben)
            ben.people.leave()
    return costs, anywhere


def main() -> None:
    """Measure; without arguments also write the page."""
    costs, anywhere = measure(sys.argv[1:])
    if anywhere is None:
        return
    lines = [
        line(name, cost, *others)
        for (name, cost), others in zip(costs.items(), zip(ESPO, ODOO, strict=True), strict=True)
    ]
    lines.append(line("**sum**", together(list(costs.values())), sum(ESPO), sum(ODOO)))
    lines.append(line("4 for a customer that is not due", anywhere, ESPO[3], ODOO[3]))
    (ROOT / "docs/ease.md").write_text(INTRODUCTION + "".join(lines), encoding="utf-8")
    print(lines[-2], end="")


if __name__ == "__main__":
    main()
