"""What the editions register: ready configurations of industries."""

from __future__ import annotations

from pathlib import Path

from banyan.core.configuration.templates import IndustryTemplate, register_template

FOLDER = Path(__file__).with_name("industries")


def register() -> None:
    """Offer the templates that the product brings along."""
    register_template(
        IndustryTemplate("manufacturing", FOLDER / "manufacturing.yaml", "building-factory-2", ("manufacturing",))
    )
    register_template(IndustryTemplate("software", FOLDER / "software.yaml", "device-desktop", ("software",)))
