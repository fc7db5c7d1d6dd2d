"""What pyproject.toml says about the layers, for the tests that import-linter cannot do."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "banyan"
# These sit on top of the business apps and are nobody's neighbour.
NOT_BUSINESS = {"core", "demo"}


@cache
def contracts() -> list[dict[str, Any]]:
    """Return the import contracts."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["importlinter"]["contracts"]


def contract(identifier: str) -> dict[str, Any]:
    """Return one import contract by its id."""
    return next(entry for entry in contracts() if entry["id"] == identifier)


def _index(identifier: str, name: str) -> int:
    layers = [[part.strip("( )") for part in layer.split("|")] for layer in contract(identifier)["layers"]]
    return next(index for index, layer in enumerate(layers) if name in layer)


def depth(module: str) -> tuple[int, int]:
    """Return how deep a module of ours lies: the deeper, the larger; rooms of the core count within the core."""
    _package, app, *rest = module.split(".")
    return _index("apps", app), _index("rooms", rest[0]) if app == "core" else 0


def place(module: str) -> str:
    """Return the app or, in the core, the room that a module belongs to."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[1] == "core" else 2])


def business_apps() -> list[str]:
    """Return the names of the business apps that exist."""
    return sorted(
        path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent.name not in NOT_BUSINESS | {"cli"}
    )


def templates() -> list[Path]:
    """Return every template that a browser may get; e-mail programs know no content security policy."""
    return sorted(path for path in PACKAGE.rglob("templates/**/*.html") if not {"email", "mail"} & set(path.parts))


def name_of(path: Path) -> str:
    """Return the path inside the project, to name a test case."""
    return str(path.relative_to(ROOT))
