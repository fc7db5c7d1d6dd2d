"""What waits for those who look after the organization: a block of my day, each line a kind of thing that waits.

Apps register duties; a line shows while something waits and its reader may do something about it. All are counted by one
statement, so that the block costs a page the same however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.core.web.answers import macro
from banyan.core.web.menu import menu_objects

NAME = "duties"
#: Abilities of those who look after something beside records: to them the block also says that nothing waits.
KEEPERS = (Ability.MANAGE_PEOPLE, Ability.MANAGE_SECURITY, Ability.SEE_AUDIT, Ability.MANAGE_PRIVACY)


@dataclass(frozen=True)
class Duty:
    """A kind of thing that waits for somebody with an ability.

    ``rows`` are those that wait; ``says`` gets their number and returns the line, ``text`` says why it matters.
    """

    name: str
    abilities: tuple[Ability, ...]
    rows: Callable[[Actor], QuerySet[Any]]
    says: Callable[[int], str]
    text: Any
    url: str
    icon: str
    position: int = 100
    module: str = ""


duties: Registry[Duty] = Registry("duties")


def waiting(actor: Actor) -> list[tuple[Duty, int]]:
    """Return the duties of the actor for which something waits, with its number; one query for all of them."""
    mine = [
        duty
        for duty in sorted(duties, key=lambda duty: duty.position)
        if any(actor.has(ability) for ability in duty.abilities)
        and (not duty.module or module_is_on(actor.organization, duty.module))
    ]
    if not mine:
        return []
    counted = {duty.name: Coalesce(Subquery(_number(duty.rows(actor))), 0) for duty in mine}
    rows: list[Mapping[str, Any]] = list(Organization.objects.filter(pk=actor.organization_id).values(**counted))
    return [(duty, row[duty.name]) for row in rows for duty in mine if row[duty.name]]


def day_panel(actor: Actor) -> Markup | None:
    """Return what waits for somebody who looks after the organization; None for everybody else.

    Who sees no business records would have an empty page, and is told that nothing waits.
    """
    if actor.watched_by is not None:
        return None
    lines = [
        {"title": duty.says(count), "text": str(duty.text), "url": duty.url, "icon": duty.icon}
        for duty, count in waiting(actor)
    ]
    is_keeper = any(actor.has(ability) for ability in KEEPERS) and not menu_objects(actor)
    if not lines and not is_keeper:
        return None
    return macro("components/day.html", "duty_list", {"name": NAME, "title": _("To look after"), "icon": "clipboard-check",
                                                      "live": NAME, "lines": lines})  # fmt: skip


def _number(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return a statement that counts rows, as a part of another one."""
    counting = rows.order_by().annotate(one=Value(1, output_field=IntegerField())).values("one")
    return counting.annotate(number=Count("pk")).values("number")
