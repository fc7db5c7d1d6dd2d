"""Reviewing likely duplicates: the warning on a record, and the page that goes through all of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Missing
from banyan.core.listing.fields import masked_names
from banyan.core.listing.masking import mask
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, is_partial, macro, markup, page
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter, short_instant
from banyan.core.web.views.base import given_ids, signed_in, spec_of_path
from banyan.core.web.wording import DUPLICATE_REASONS
from banyan.customers.duplicates import COMPARED, DuplicateGroup, duplicate_groups, duplicates_of
from banyan.customers.services import declare_distinct

GROUPS_SHOWN = 50
HINTS_SHOWN = 3
SHOWN = ("name", "phone", "mobile", "email", "tax_number", "address")
TEMPLATE = "customers/duplicates.html"


@signed_in("GET")
def hint_part(request: SignedInRequest, plural: str, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the warning on a record's page; with nothing when no other record is like it."""
    spec = _compared_spec(request, plural)
    entries = [
        {
            "url": f"/{spec.plural}/{candidate.record_id}",
            "title": candidate.title,
            "reasons": _reasons(candidate.reasons),
            "merge_url": f"/{spec.plural}/merge?ids={record_id}&ids={candidate.record_id}",
            "distinct_url": f"/{spec.plural}/duplicates-review/distinct?ids={record_id}&ids={candidate.record_id}",
        }
        for candidate in duplicates_of(request.actor, spec, record_id)[:HINTS_SHOWN]
    ]
    return markup(macro("customers/glance.html", "duplicates_found", entries))


@signed_in("GET")
def review(request: SignedInRequest, plural: str) -> HttpResponse:
    """Show the page on which likely duplicates are merged or told apart; the groups load after it."""
    spec = _compared_spec(request, plural)
    tabs = [
        {
            "label": str(other.label_plural),
            "url": f"/{other.plural}/duplicates-review",
            "active": other.name == spec.name,
        }
        for other in (spec_of_path(request, name) for name in ("customers", "contacts"))
        if may(request.actor, other, Action.VIEW)
    ]
    context = {
        "title": _("Duplicates"),
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
        "tabs": tabs,
        "groups_url": f"/{spec.plural}/duplicates-review/groups",
    }
    return page(request, "customers/duplicates_review.html", {"review": context})


@signed_in("GET")
def groups_part(request: SignedInRequest, plural: str) -> HttpResponse:
    """Answer with the groups of likely duplicates, the most certain first."""
    spec = _compared_spec(request, plural)
    groups = duplicate_groups(request.actor, spec, limit=GROUPS_SHOWN)
    people = {row["owner_id"] for group in groups for row in group.rows}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    presenter = Presenter(request.actor, spec, names)
    columns = [entry.name for entry in presenter.visible(name for name in SHOWN if name in COMPARED[spec.name])]
    shown = [_group(presenter, group, columns, names) for group in groups]
    labels = [str(spec.all_fields[name].label) for name in columns]
    return markup(
        macro(TEMPLATE, "groups", {"groups": shown, "columns": labels, "may_be_more": len(shown) == GROUPS_SHOWN})
    )


@signed_in("POST")
def declare(request: SignedInRequest, plural: str) -> HttpResponse:
    """Remember that records that look alike are different ones."""
    spec = _compared_spec(request, plural)
    ids = given_ids([*request.POST.getlist("ids"), *request.GET.getlist("ids")])
    for position, one in enumerate(ids):
        for other in ids[position + 1 :]:
            declare_distinct(request.actor, spec, one, other)
    if not is_partial(request):
        return done(request, _("Remembered."), next_url=f"/{spec.plural}/duplicates-review")
    return HttpResponse()


def _compared_spec(request: SignedInRequest, plural: str) -> ObjectSpec:
    spec = spec_of_path(request, plural)
    if spec.name not in COMPARED:
        raise Missing("not_found", _("There is no such page."))
    require(request.actor, spec, Action.VIEW)
    return spec


def _group(presenter: Presenter, group: DuplicateGroup, columns: list[str], names: Mapping[Any, str]) -> dict[str, Any]:
    spec, actor = presenter.spec, presenter.actor
    ids = "&".join(f"ids={row['id']}" for row in group.rows)
    may_merge = may(actor, spec, Action.EDIT) and may(actor, spec, Action.DELETE)
    return {
        "score": f"{group.score:.0%}",
        "reasons": _reasons(group.reasons),
        "merge_url": f"/{spec.plural}/merge?{ids}" if may_merge else "",
        "distinct_url": f"/{spec.plural}/duplicates-review/distinct?{ids}" if may(actor, spec, Action.EDIT) else "",
        "rows": [
            {
                "url": presenter.url(row["id"]),
                "cells": [presenter.text(spec.all_fields[name], as_seen(actor, spec, row)) for name in columns],
                "owner": names.get(row["owner_id"], ""),
                "changed": short_instant(row["updated_at"], actor),
            }
            for row in group.rows
        ],
    }


def as_seen(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the comparison with what the actor sees masked."""
    masked = masked_names(actor, spec) & row.keys()
    return {**row, **{name: mask(spec.all_fields[name].kind, row[name]) for name in masked}}


def _reasons(codes: tuple[str, ...]) -> list[str]:
    return [str(DUPLICATE_REASONS.get(code, code)) for code in codes]
