"""What the portal app registers; apps above add pages with ``register_portal_page``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, Stopping, modules, stopping_finders
from banyan.core.objects.presence import register_tables_at_records
from banyan.portal.models import PortalLink
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
        ),
    )
    stopping_finders.add(MODULE, stopping_links)
    register_tables_at_records(MODULE, PortalLink)


def stopping_links(_actor: Actor, _objects: frozenset[str], gone: frozenset[str]) -> list[Stopping]:
    """Return how many links people outside can open that would lead nowhere."""
    count = PortalLink.objects.filter(withdrawn_at=None, expires_at__gt=now()).count() if MODULE in gone else 0
    words = ngettext("%(count)d link that still opens", "%(count)d links that still open", count) % {"count": count}
    return [Stopping(_("Links for people outside"), words)] if count else []
