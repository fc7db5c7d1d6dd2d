"""What the portal app registers; apps above add pages with ``register_portal_page``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.portal.services.links import MODULE


def register() -> None:
    """Register the module."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Links for people outside"),
            _("Customers and suppliers read, comment and answer without an account."),
            editions=(STANDARD, ENTERPRISE),
            needed_by=_("Companies whose customers answer offers by themselves."),
            spared_by=_("Companies that speak with each customer."),
            start="/settings/modules/portal",
        ),
    )
