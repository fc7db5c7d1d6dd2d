"""Perform the twelve everyday tasks and write what each costs, beside two other products, to ``docs/ease.md``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.installation import installed  # noqa: E402 the tests are no installed package
from tests.journeys.ease import (  # noqa: E402 as above
    TASKS,
    Salesperson,
    create_opportunity_from_chip,
    log_call_after_search,
    log_call_from_phone,
    move_stage_on_board,
    prepare,
)
from tests.journeys.ease_results import mistakes  # noqa: E402 as above
from tests.journeys.meter import Cost  # noqa: E402 as above
from tests.journeys.people import People, chromium  # noqa: E402 as above

#: What the tasks cost in EspoCRM 8.4.2 and in an Odoo 17 fork, in seconds; measured by the same rules.
ESPO = (19.8, 37.0, 8.3, 48.0, 26.9, 8.6, 22.5, 28.8, 39.6, 25.9, 28.0, 49.6)
ODOO = (21.7, 39.1, 10.6, 41.6, 33.2, 6.5, 32.0, 25.5, 17.5, 23.2, 36.6, 44.8)
#: What tasks may cost, in seconds; each besides at most what it costs in the cheaper of the two.
BOUNDS = {"4": 20.0, "8": 3.0, "12": 20.0}
SUM_BOUND = 150.0
#: The same task by other ways, for who has no such row on the front page.
OTHER_WAYS = {
    "4 found by search": (log_call_after_search, 3),
    "5 from the front page's chip": (create_opportunity_from_chip, 4),
    "6 on the whole board": (move_stage_on_board, 5),
    "12 from the front page's chip": (log_call_from_phone, 11),
}
INTRODUCTION = """# Ease: what twelve everyday tasks cost

Performed by `make ease` in Chromium as an ordinary salesperson with the medium demo (8,800 opportunities), from the front
page after sign-in, by the shortest way with the mouse, without shortcuts and without Tab. What each task should have left
behind is checked afterwards through the interface.

Seconds by the keystroke-level model: 1.1 for a click, 0.4 for a hand that changes between mouse and keyboard, 0.2 for a
character (Enter is one), 1.35 for a decision: one command, one field, or one pair such as a menu with its entry or a field
with its suggestion. A field costs a click unless the cursor is in it already. A file costs three clicks and two decisions.
Waiting is measured, one run per task. The other two products were measured by the same rules in November 2026;
differences under 3 seconds mean nothing.

The customer of tasks 2, 4, 5 and 12 was recorded shortly before, as in the other two, and stands on the front page among
the new ones, where a follow-up is logged and contacts and opportunities are added; the opportunity of task 6 stands there
among the largest of its stage. The last lines are the same tasks where they do not. Texts are the same everywhere; Banyan
takes a phone number and an e-mail address that are written behind a name apart by itself.

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


def measure(only: list[str]) -> tuple[dict[str, Cost], list[str]]:
    """Perform the tasks, all or those whose numbers are given, in an installation made for it.

    Returns what each costs and, after all of them, what they have not done as they should.
    """
    costs: dict[str, Cost] = {}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for installation in installed(Path(folder) / "home", "medium"):
            ben = Salesperson(People(browser, installation.url), prepare(installation, Path(folder)))
            ben.page()
            ways = {**TASKS, **{name: perform for name, (perform, _) in OTHER_WAYS.items()}}
            for name, perform in ways.items():
                if not only or name.split()[0] in only:
                    costs[name] = perform(ben)
                    print(line(name, costs[name], None, None), end="", flush=True)
            ben.people.leave()
            if not only:
                wrong = mistakes(installation, calls=4, deals=2)
    return costs, wrong


def missed(costs: list[Cost]) -> list[str]:
    """Return the bounds that the twelve tasks do not keep."""
    names = [name.split()[0] for name in TASKS]
    found = []
    for name, cost, espo, odoo in zip(names, costs, ESPO, ODOO, strict=True):
        bound = min(espo, odoo, BOUNDS.get(name, espo))
        if cost.total > bound:
            found.append(f"task {name} takes {cost.total:.1f} s, at most {bound:.1f} s are allowed")
    total = together(costs).total
    if total > SUM_BOUND:
        found.append(f"all together take {total:.1f} s, at most {SUM_BOUND:.0f} s are wanted")
    return found


def write(costs: dict[str, Cost]) -> None:
    """Write the page with the table."""
    twelve = [costs[name] for name in TASKS]
    peers = list(zip(ESPO, ODOO, strict=True))
    lines = [line(name, cost, *peer) for name, cost, peer in zip(TASKS, twelve, peers, strict=True)]
    lines.append(line("**sum**", together(twelve), sum(ESPO), sum(ODOO)))
    lines += [line(name, costs[name], *peers[position]) for name, (_, position) in OTHER_WAYS.items()]
    (ROOT / "docs/ease.md").write_text(INTRODUCTION + "".join(lines), encoding="utf-8")


def main() -> int:
    """Measure; without arguments also write the page. Returns 1 when a task failed or takes too long."""
    costs, problems = measure(sys.argv[1:])
    if not sys.argv[1:]:
        write(costs)
        problems += missed([costs[name] for name in TASKS])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
