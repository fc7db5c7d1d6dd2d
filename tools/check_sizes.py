"""Check that files, classes, functions and templates stay small enough to be read at one go.

Prints a table of what is near or over a limit and fails on what is over a hard one. Docstrings do not count towards a
function: writing one must never be the reason to split it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# What is measured: lines from which it is mentioned, lines that it may not pass.
LIMITS = {
    "file": (400, 600),
    "class": (200, 400),
    "function": (40, 60),
    "template": (120, 200),
}

# Each entry is a debt with its reason: "path" or "path::Name" to the lines that are allowed there.
EXCEPTIONS: dict[str, int] = {}


class Size(NamedTuple):
    """How many lines something has."""

    kind: str
    name: str
    lines: int

    @property
    def is_over(self) -> bool:
        """Whether it passes its hard limit."""
        return self.lines > EXCEPTIONS.get(self.name, LIMITS[self.kind][1])

    @property
    def is_near(self) -> bool:
        """Whether it passes its soft limit."""
        return self.lines > LIMITS[self.kind][0]


def tracked_files() -> Iterator[Path]:
    """Yield the files of the project, new ones included, ignored ones not."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "banyan", "tests", "tools")
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    yield from (path for path in (ROOT / name for name in listing.splitlines()) if path.is_file())


def line_count(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Return the lines of a definition, for a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(node, ast.ClassDef) or ast.get_docstring(node, clean=False) is None:
        return lines
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1)


def definitions(tree: ast.AST, prefix: str) -> Iterator[Size]:
    """Yield the sizes of all classes and functions below a node, inner ones included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{prefix}{node.name}"
            yield Size("class" if isinstance(node, ast.ClassDef) else "function", name, line_count(node))
            yield from definitions(node, f"{name}.")
        else:
            yield from definitions(node, prefix)


def sizes(path: Path) -> Iterator[Size]:
    """Yield the sizes of a file and of what is defined in it."""
    name = str(path.relative_to(ROOT))
    if "migrations" in path.parts or path.suffix not in {".py", ".js", ".mjs", ".css", ".html"}:
        return
    text = path.read_text(encoding="utf-8")
    yield Size("template" if path.suffix == ".html" else "file", name, text.count("\n"))
    if path.suffix == ".py":
        yield from definitions(ast.parse(text), f"{name}::")


def main() -> int:
    """Print the table and return the exit code."""
    measured = [size for path in tracked_files() for size in sizes(path)]
    shown = sorted((size for size in measured if size.is_near), key=lambda size: (size.kind, -size.lines))
    if shown:
        print(f"{'':4} {'kind':10} {'lines':>6} {'limit':>6}  name")
    for size in shown:
        mark = "OVER" if size.is_over else ""
        print(f"{mark:4} {size.kind:10} {size.lines:6} {LIMITS[size.kind][1]:6}  {size.name}")
    over = sum(size.is_over for size in shown)
    print(f"{len(measured)} files, classes and functions measured, {len(shown)} long, {over} too long.")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
