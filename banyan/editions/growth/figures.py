"""Gathering the figures of a day, once a night, and reading those of the last months."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from banyan.core.access.actor import Actor
from banyan.core.audit.models import Entry, Result
from banyan.core.kernel.clock import now, today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import EVERY_EDITION, edition_modules, modules_of, specs_on
from banyan.core.records.models import Change
from banyan.editions.cost.capacity import Demand, plan
from banyan.editions.cost.loading import free_modules, measured
from banyan.editions.growth.rules import Day, Known
from banyan.editions.licences.seats import count_seats
from banyan.editions.models import GrowthDay, ResponseTimes

#: How far back advice looks, and how long figures are kept for the chart.
LOOKED_AT, KEPT = timedelta(days=90), timedelta(days=800)


def gather(actor: Actor) -> GrowthDay:
    """Write down the figures of the day that ended last where the organization is; right to run twice."""
    day = today(actor.time_zone) - timedelta(days=1)
    figures = figures_of(actor, day)
    row, _is_new = GrowthDay.objects.update_or_create(
        organization=actor.organization, day=day, defaults={"figures": figures}
    )
    oldest = day - KEPT
    GrowthDay.objects.filter(day__lt=oldest).delete()
    ResponseTimes.objects.filter(day__lt=oldest).delete()
    return row


def figures_of(actor: Actor, day: date) -> dict[str, Any]:
    """Return the figures of a day, as JSON: counts of now, and what happened that day."""
    zone = ZoneInfo(actor.time_zone)
    begins = datetime.combine(day, time(), zone)
    ends = begins + timedelta(days=1)
    specs = {name: spec for name, spec in specs_on(actor.organization).items() if not spec.is_setting}
    records: Counter[str] = Counter()
    for spec in specs.values():
        records[spec.module] += live_rows(actor, spec).count()
    changes: Counter[str] = Counter()
    rows = Change.objects.filter(at__gte=begins, at__lt=ends, actor__isnull=False).order_by().values("object_name")
    for row in rows.annotate(count=Count("pk")):
        if row["object_name"] in specs:
            changes[specs[row["object_name"]].module] += row["count"]
    refusals = Entry.objects.filter(kind="access.refused", result=Result.REFUSED, at__gte=begins, at__lt=ends).count()
    users = count_seats().used
    needed = plan(Demand(max(1, users), records["customers"]), measured())
    return {
        "edition": actor.organization.edition,
        "users": users,
        "headcount": actor.organization.headcount,
        "modules": sorted(modules_of(actor.organization)),
        "records": dict(records),
        "changes": dict(changes),
        "refusals": refusals,
        "cores": os.cpu_count() or 0,
        "needed_cores": needed.cores,
    }


def days_of(actor: Actor, *, back: timedelta = LOOKED_AT) -> list[Day]:
    """Return the figures of the last days in order, counted in the nights; before the first night those of now."""
    first = now().date() - back
    waits = dict(ResponseTimes.objects.filter(day__gte=first).values_list("day", "counts"))
    found = [
        _day(row.day, row.figures, waits.get(row.day, ()))
        for row in GrowthDay.objects.filter(day__gte=first).order_by("day")
    ]
    if found:
        return found
    current = today(actor.time_zone)
    return [_day(current, figures_of(actor, current), waits.get(current, ()))]


def known_modules() -> Known:
    """Return which modules each edition has, and which are free on top of any."""
    return Known({edition: edition_modules(edition) for edition in EVERY_EDITION}, free_modules())


def _day(day: date, figures: dict[str, Any], waits: Any) -> Day:
    return Day(
        day=day,
        edition=figures["edition"],
        users=figures["users"],
        modules=tuple(figures["modules"]),
        records=figures["records"],
        changes=figures["changes"],
        refusals=figures["refusals"],
        waits=tuple(waits),
        cores=figures["cores"],
        needed_cores=figures["needed_cores"],
    )
