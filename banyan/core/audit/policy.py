"""What an organization has chosen: how long the log is kept, which exports need approval, what is conspicuous."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.tenancy.models import Organization

KEY = "watch"
#: The least and the most of each number; zero switches a limit off where the least is zero.
BOUNDS = {
    "audit_months": (6, 1_200),
    "approval_rows": (0, 10_000_000),
    "most_rows": (0, 10_000_000),
    "approval_days": (1, 90),
    "views_per_hour": (0, 1_000_000),
    "rows_per_hour": (0, 100_000_000),
    "exported_rows_per_day": (0, 100_000_000),
    "refusals_per_hour": (0, 100_000),
    "day_begins": (0, 23),
    "day_ends": (1, 24),
}


@dataclass(frozen=True)
class Policy:
    """An organization's choices; a number of zero is no limit.

    ``approval_rows`` is how many rows may be exported without approval, ``most_rows`` how many at all;
    ``approval_days`` for how long an approved file may be taken, ``superiors_approve`` whether superiors decide about
    the exports of their people, too. Working hours are whole hours of the
    organization's time zone; outside of them, and on weekends if ``weekends_off``, an export is conspicuous.
    """

    audit_months: int = 36
    approval_rows: int = 0
    most_rows: int = 0
    approval_days: int = 7
    superiors_approve: bool = True
    views_per_hour: int = 300
    rows_per_hour: int = 100_000
    exported_rows_per_day: int = 20_000
    refusals_per_hour: int = 30
    day_begins: int = 6
    day_ends: int = 23
    weekends_off: bool = False

    @classmethod
    def of(cls, organization: Organization) -> Self:
        """Return an organization's choices; what it has not chosen is as usual."""
        stored: dict[str, Any] = organization.settings.get(KEY) or {}
        chosen = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        if "audit_months" in chosen:
            # Whatever stands in the row: no less than the law asks for.
            chosen["audit_months"] = max(BOUNDS["audit_months"][0], int(chosen["audit_months"]))
        return cls(**chosen)


@transaction.atomic
def change_policy(actor: Actor, **values: Any) -> Policy:
    """Choose anew what is given; raise ``NotAllowed`` without the right and ``Invalid`` for numbers out of bounds."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    errors = [
        FieldError(
            name,
            "out_of_range",
            _("Choose a number from %(least)s to %(most)s.") % {"least": least, "most": f"{most:,}"},
        )
        for name, (least, most) in BOUNDS.items()
        if name in values and not least <= values[name] <= most
    ]
    if errors:
        raise Invalid(errors)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    before = asdict(Policy.of(organization))
    after = {**before, **values}
    organization.settings = {**organization.settings, KEY: after}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = difference(before, after)
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
    return Policy.of(organization)
