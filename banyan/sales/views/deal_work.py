"""Pages of an opportunity's people, competitors and team: the parts of its page, and the dialogs that change them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, markup, page, part, refused, wants_dialog
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in, spec_named
from banyan.core.web.views.editing import copy as plain_copy
from banyan.sales.choices import DEAL_WORK, CompetitorState, Threat
from banyan.sales.forms import CloneForm, PersonForm
from banyan.sales.models import Competitor, OpportunityCompetitor, OpportunityContact, OpportunityMember
from banyan.sales.panels.deal_work import PARTS
from banyan.sales.services.cloning import clone_opportunity
from banyan.sales.services.deal_work import (
    MemberDraft,
    TeamBefore,
    read_members,
    read_rivals,
    save_competitors,
    save_team,
    take_back_team,
    team_of,
)

PERSON = "opportunity_contact"
MEMBER_FIELDS = ("person", "role", "share", "overlay")
RIVAL_FIELDS = ("name", "state", "threat", "notes")
EMPTY_ROWS = 3
CHANGED = ("opportunities",)
#: What was is taken back with the address of a message; nobody looks at that after an hour.
UNDO_TEAM, UNDO_SECONDS = "banyan.sales.team", 3_600


def deal_of(
    request: SignedInRequest, opportunity_id: uuid.UUID, action: Action = Action.VIEW
) -> tuple[ObjectSpec, Any]:
    """Return the specification and an opportunity that the person sees; raise ``Missing`` while the module is off."""
    spec = spec_named(request, "opportunity")
    if not module_is_on(request.actor.organization, DEAL_WORK):
        raise Missing("not_found", _("There is no such page."))
    require(request.actor, spec, action)
    return spec, fetch_row(request.actor, spec, opportunity_id)


@signed_in("GET")
def part_of_page(request: SignedInRequest, opportunity_id: uuid.UUID, name: str) -> HttpResponse:
    """Answer with a part of an opportunity's page, after something in it has changed."""
    spec, row = deal_of(request, opportunity_id)
    if name not in PARTS:
        raise Missing("not_found", _("There is no such page."))
    found = PARTS[name](request.actor, spec, row)
    return markup(found) if found is not None else HttpResponse(status=204)


@signed_in("GET", "POST")
def new_person(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Ask for somebody who has a say in the decision, and write it down."""
    _spec, row = deal_of(request, opportunity_id, Action.EDIT)
    form = PersonForm(
        request.POST or None,
        actor=request.actor,
        opportunity_id=opportunity_id,
        customer_id=row.get("customer"),
        initial={"role": "influencer", "influence": "medium", "attitude": "0"},
    )
    if request.method == "POST" and form.is_valid():
        context = WriteContext.for_actor(request.actor)
        values = {**form.cleaned_data, "opportunity": opportunity_id}
        try:
            door.create(request.actor, spec_for(request.actor.organization, PERSON), values, context=context)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _person_saved(request, opportunity_id, _("The person is on the map."), context)
    return form_answer(request, form, title=_("Add a person"), cancel_url=f"/opportunities/{opportunity_id}")


@signed_in("GET", "POST")
def person(request: SignedInRequest, opportunity_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponse:
    """Change what part somebody plays, or take them off the map."""
    _spec, row = deal_of(request, opportunity_id, Action.EDIT)
    spec = spec_for(request.actor.organization, PERSON)
    current = OpportunityContact.objects.filter(
        pk=person_id, opportunity_id=opportunity_id, deleted_at__isnull=True
    ).first()
    if current is None:
        raise Missing("not_found", _("This person is not on the map any more."))
    context = WriteContext.for_actor(request.actor)
    if request.method == "POST" and request.POST.get("remove"):
        recycle.delete(request.actor, spec, [person_id], context=context)
        return _person_saved(request, opportunity_id, _("The person is off the map."), context)
    initial = {
        name: getattr(current, name) for name in ("role", "influence", "attitude", "notes")
    } | {"reports_to": str(current.reports_to_id or "")}  # fmt: skip
    form = PersonForm(
        request.POST or None,
        actor=request.actor,
        opportunity_id=opportunity_id,
        customer_id=row.get("customer"),
        person=current,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            door.update(request.actor, spec, person_id, form.cleaned_data, context=context)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _person_saved(request, opportunity_id, _("The map is saved."), context)
    return form_answer(
        request, form, title=current.name, cancel_url=f"/opportunities/{opportunity_id}", second_label=_("Remove"),
        second_name="remove",
    )  # fmt: skip


def _person_saved(
    request: SignedInRequest, opportunity_id: uuid.UUID, text: str, context: WriteContext
) -> HttpResponse:
    return done(
        request, text, next_url=f"/opportunities/{opportunity_id}", changed=("opportunities", "opportunity-contacts"),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@signed_in("GET", "POST")
def edit_team(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Ask for the members of the team with their credit, and let the opportunity have exactly those."""
    _spec, row = deal_of(request, opportunity_id, Action.EDIT)
    if request.method == "POST":
        sent = rows_sent(request.POST, MEMBER_FIELDS, "person")
        try:
            before = team_of(opportunity_id)
            save_team(request.actor, opportunity_id, read_members(sent), version=_version(request))
        except Invalid as problem:
            return refused(_team_form(request, row, sent, problem.errors))
        kept = signing.dumps([_packed(before), _packed(team_of(opportunity_id))], salt=UNDO_TEAM, compress=True)
        undo_url = f"/opportunities/{opportunity_id}/team/undo?{urlencode({'was': kept})}"
        return _rows_saved(request, opportunity_id, _("The team is saved."), undo_url=undo_url)
    present = [
        {"person": entry.person_id, "role": entry.role, "share": _plain(entry.share), "overlay": _plain(entry.overlay)}
        for entry in OpportunityMember.objects.filter(opportunity_id=opportunity_id)
    ]
    return _team_form(request, row, present, ())


@signed_in("POST")
def undo_team(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Take a change of the team back: what it was travels signed in the address."""
    deal_of(request, opportunity_id, Action.EDIT)
    try:
        before, after = signing.loads(request.GET.get("was", ""), salt=UNDO_TEAM, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise Refused("too_late", _("This can be taken back no longer. Change the team by hand.")) from None
    take_back_team(request.actor, opportunity_id, TeamBefore(_unpacked(before), _unpacked(after)))
    return _rows_saved(request, opportunity_id, _("The team is as it was."))


def _packed(members: Sequence[MemberDraft]) -> list[list[str]]:
    return [[str(draft.person), draft.role, str(draft.share), str(draft.overlay)] for draft in members]


def _unpacked(rows: Sequence[Sequence[str]]) -> tuple[MemberDraft, ...]:
    return tuple(
        MemberDraft(uuid.UUID(person), role, Decimal(share), Decimal(overlay)) for person, role, share, overlay in rows
    )


@signed_in("GET", "POST")
def edit_competitors(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Ask for the competitors of an opportunity, and let it have exactly those."""
    _spec, row = deal_of(request, opportunity_id, Action.EDIT)
    if request.method == "POST":
        sent = rows_sent(request.POST, RIVAL_FIELDS, "name")
        try:
            save_competitors(request.actor, opportunity_id, read_rivals(sent), version=_version(request))
        except Invalid as problem:
            return refused(_rivals_form(request, row, sent, problem.errors))
        return _rows_saved(request, opportunity_id, _("The competitors are saved."))
    rows = OpportunityCompetitor.objects.filter(opportunity_id=opportunity_id).select_related("competitor")
    present = [
        {"name": entry.competitor.name, "state": entry.state, "threat": entry.threat, "notes": entry.notes}
        for entry in rows
    ]
    return _rivals_form(request, row, present, ())


def rows_sent(sent: QueryDict, names: Sequence[str], needed: str) -> list[dict[str, str]]:
    """Return the rows of a form whose inputs come once for each row; those without ``needed`` are not meant."""
    columns = [sent.getlist(f"row_{name}") for name in names]
    rows = [
        dict(zip(names, (value.strip() for value in values), strict=True)) for values in zip(*columns, strict=False)
    ]
    return [row for row in rows if row[needed]]


def _rows_saved(request: SignedInRequest, opportunity_id: uuid.UUID, text: str, *, undo_url: str = "") -> HttpResponse:
    url = f"/opportunities/{opportunity_id}"
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, undo_url=undo_url)


def _team_form(
    request: SignedInRequest, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], errors: Sequence[FieldError]
) -> HttpResponse:
    ids = [pk for entry in rows if (pk := parse_id(str(entry["person"]))) is not None]
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}
    shown = [{**entry, "person_name": names.get(str(entry["person"]), "")} for entry in rows]
    form = {
        "title": _("Team and credit"),
        "action": f"/opportunities/{row['id']}/team",
        "text": _(
            "Shares come to 100 % with the owner, who has the rest. Overlay credit comes besides, for specialists."
        ),
        "kind": "team",
    }
    return _rows_form(request, row, form, shown, errors, group="members")


def _rivals_form(
    request: SignedInRequest, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], errors: Sequence[FieldError]
) -> HttpResponse:
    form = {
        "title": _("Competitors"),
        "action": f"/opportunities/{row['id']}/competitors",
        "text": _("A new name is added to the list of competitors."),
        "kind": "competitors",
        "states": CompetitorState.choices,
        "threats": Threat.choices,
        "known": list(Competitor.objects.filter(is_active=True).values_list("name", flat=True)),
    }
    return _rows_form(request, row, form, rows, errors, group="competitors")


def _rows_form(
    request: SignedInRequest,
    row: Mapping[str, Any],
    form: dict[str, Any],
    rows: Sequence[Mapping[str, Any]],
    errors: Sequence[FieldError],
    *,
    group: str,
) -> HttpResponse:
    wrong: dict[int, list[str]] = {}
    general = []
    for error in errors:
        place = error.field.removeprefix(f"{group}.").partition(".")[0]
        if place.isdecimal():
            wrong.setdefault(int(place), []).append(str(error.message))
        else:
            general.append({"field": "", "label": "", "message": str(error.message)})
    filled = [{**entry, "errors": wrong.get(position, [])} for position, entry in enumerate(rows)]
    form |= {
        "rows": [*filled, *({"errors": []} for _place in range(EMPTY_ROWS))],
        "errors": general,
        "hidden": [{"name": "version", "value": request.POST.get("version") or row["version"]}],
        "cancel_url": f"/opportunities/{row['id']}",
    }
    status = 422 if errors else 200
    if wants_dialog(request):
        return part(request, "sales/rows_dialog.html", {"form": form}, status=status)
    return page(request, "sales/rows_page.html", {"form": form}, status=status)


def _version(request: SignedInRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else None


def _plain(share: Any) -> str:
    return f"{share.normalize():f}" if share else ""


@signed_in("GET", "POST")
def clone(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponseBase:
    """Ask what a copy takes over, and make it; without the module it is the plain copy of any record."""
    if not module_is_on(request.actor.organization, DEAL_WORK):
        return plain_copy(request, plural="opportunities", record_id=opportunity_id)
    _spec, row = deal_of(request, opportunity_id, Action.CREATE)
    name = _("%(name)s (copy)") % {"name": str(row.get("name") or "")[:190]}
    form = CloneForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        context = WriteContext.for_actor(request.actor)
        try:
            made = clone_opportunity(
                request.actor, opportunity_id, name=form.cleaned_data["name"], parts=form.parts, context=context
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"/opportunities/{made.pk}"
            text = _("“%(name)s” was created.") % {"name": form.cleaned_data["name"]}
            return done(
                request, text, next_url=url, changed=CHANGED, undo_url=f"/undo/{context.batch_id}", close_dialog=True,
                visit={"url": url},
            )  # fmt: skip
    return form_answer(
        request, form, title=_("Duplicate the opportunity"), submit_label=_("Duplicate"),
        text=_("The copy begins in the first stage and is yours. Choose what comes along."),
        cancel_url=f"/opportunities/{opportunity_id}",
    )  # fmt: skip
