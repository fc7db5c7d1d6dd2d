"""Reports in the REST interface: those of the product, and those that an organization makes for itself."""

from banyan.analytics.api import own_reports, reports


def register() -> None:
    """Add the paths to the interface."""
    reports.register()
    own_reports.register()
