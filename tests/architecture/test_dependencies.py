"""What the product is made of is locked by hash, and looked at for known weaknesses whenever it is checked."""

from __future__ import annotations

import json
import re
import tomllib

from tests.architecture.layout import ROOT


def test_dependencies_are_locked_by_hash_and_audited() -> None:
    python = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    files = [file for package in python for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]]
    scripts = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert len(files) > len(python)
    assert [file["url"] for file in files if not str(file.get("hash", "")).startswith("sha256:")] == []
    outside = {name: package for name, package in scripts.items() if name and not package.get("link")}
    assert [name for name, package in outside.items() if not package.get("integrity", "").startswith("sha512-")] == []
    [checks] = re.findall(r"^CHECKS := ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    recipes = [
        recipe for name, recipe in re.findall(r"^(check-[\w-]+):.*\n\t(.+)$", makefile, re.MULTILINE) if name in checks
    ]
    assert any("tools/audit.py" in recipe for recipe in recipes)
