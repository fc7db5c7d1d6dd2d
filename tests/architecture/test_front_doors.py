"""A business app that nobody placed in the contracts would be open to all: every one must be there."""

from __future__ import annotations

import pytest

from tests.architecture.layout import PACKAGE, business_apps, contract, contracts

#: Pure arithmetic that the rules of other apps build on.
FURTHER_DOORS = {"money": ("rules",)}


@pytest.mark.parametrize("app", business_apps())
def test_business_app_is_entered_by_its_front_door_only(app: str) -> None:
    protections = [entry for entry in contracts() if f"banyan.{app}.*" in entry.get("protected_modules", ())]

    assert [entry["allowed_importers"] for entry in protections] == [[f"banyan.{app}.**"]]
    ours = {line for line in protections[0]["ignore_imports"] if "tests" not in line}
    doors = ("public", "choices", "events", *FURTHER_DOORS.get(app, ()))
    assert ours == {f"banyan.** -> banyan.{app}.{door}" for door in doors}


@pytest.mark.parametrize("app", business_apps())
def test_business_app_has_layered_files(app: str) -> None:
    assert f"banyan.{app}" in contract("files")["containers"]


def test_no_module_is_a_drawer_for_anything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}

    assert [str(path) for path in PACKAGE.rglob("*") if path.stem in drawers] == []
