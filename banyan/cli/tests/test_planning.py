"""What the capacity planner takes from a run of the bench."""

from __future__ import annotations

from pathlib import Path

from banyan.cli.bench import EVERYDAY, IDLE, planning
from banyan.demo.measuring.figures import Figure

RUNS = Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md"


def test_planner_takes_everyday_requests_and_idle_memory() -> None:
    figures = [Figure("list page", 10.0), Figure("my day", 30.0), Figure("board", 500.0), Figure(IDLE, 512, "MB")]
    assert planning(figures, 10_000) == {"request_milliseconds": 20.0, "idle_memory_gb": 0.5}
    assert planning([], 10_000) == {}


def test_bench_measures_what_the_planner_takes() -> None:
    runs = RUNS.read_text(encoding="utf-8")
    assert all(f"| {name} |" in runs for name in (*EVERYDAY, IDLE))
