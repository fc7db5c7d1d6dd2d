"""The document about who may do what: people, roles with objects and scopes, rules for signing in, what is shared."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from banyan.core.access.actor import Actor
from banyan.core.access.models import AccessReview, AccessReviewRow, GranteeKind, SharedAccess
from banyan.core.access.review_facts import Facts, facts_of
from banyan.core.access.review_snapshots import RightsState, ShareState, facts_of_row, kept_state, state_now
from banyan.core.access.rights import EVERY_OBJECT, Grant, read_grants
from banyan.core.access.scopes import FIELD_ACCESS, SCOPES, Ability, Action, FieldAccess, Scope
from banyan.core.identity.models import Role, User
from banyan.core.identity.providers.models import ProviderKind
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.formulas import escaped
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.settings.role_fields import EXCEPTION_LABELS, FIELD_LABELS, field_restriction
from banyan.core.web.settings.roles import ABILITY_LABELS, ACTION_LABELS, SCOPE_LABELS, YES_OR_NO
from banyan.core.web.settings.security import PolicyForm

SIGNALS = {
    "never": gettext_lazy("Never signed in"),
    "dormant": gettext_lazy("Not seen for 90 days"),
    "no_factor": gettext_lazy("Demanded second factor is missing"),
    "administers": gettext_lazy("Administers"),
    "several_duties": gettext_lazy("Several administrator duties"),
    "exports_all": gettext_lazy("Exports all records"),
    "token": gettext_lazy("Has an API token"),
}
Line = Sequence[Any]


def workbook(actor: Actor, review: AccessReview | None) -> bytes:
    """Return the document as an XLSX file: of a review as it ended, or of how things stand now."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True})
        for name, headings, lines in _sheets(actor, review):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, headings, bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(headings) - 1, 24)
            for number, line in enumerate(lines, 1):
                sheet.write_row(number, 0, [_cell(value) for value in line])
    return target.getvalue()


def _sheets(actor: Actor, review: AccessReview | None) -> Iterable[tuple[str, Line, Iterable[Line]]]:
    kept = kept_state(review) if review is not None else None
    state = kept or state_now(actor)
    yield _("Summary"), (_("Matter"), _("As it stands")), _summary(actor, review, state)
    yield _("People"), _people_headings(), _people(review, state)
    yield _("Roles"), (_("Role"), _("Object"), _("Right"), _("Extent"), _("Only some records")), _rights(actor, state)
    headings: Line = (_("Role"), _("Object"), _("Field"), _("What they may do"), _("Except"))
    yield _("Role fields"), headings, _field_rights(actor, state)
    yield _("Sign-in"), (_("Rule"), _("As it stands")), _sign_in(state)
    headings = (
        _("Object"),
        pgettext("one of many", "Record"),
        _("With"),
        _("What they may do"),
        _("Until"),
        _("Shared by"),
        _("Since"),
    )
    yield _("Sharing"), headings, _shares(actor, state)


def _summary(actor: Actor, review: AccessReview | None, state: RightsState) -> Iterable[Line]:
    yield _("Organization"), actor.organization.name
    yield _("Made on"), now()
    yield _("Made by"), actor.user.name if actor.user else ""
    if review is not None:
        yield _("Review began"), review.started_at
        yield _("Review began by"), review.started_by.name if review.started_by else ""
        yield _("Review finished"), review.finished_at
        yield _("Review finished by"), review.finished_by.name if review.finished_by else ""
    yield _("Roles, rules and sharing as they stood on"), state.at
    yield _("Active people"), state.counts["active"]
    yield _("Deactivated people"), state.counts["inactive"]
    yield _("People with a second factor here"), state.counts["factor"]
    for code, label in SIGNALS.items():
        yield label, state.signals.get(code, 0)
    yield _("Duties are separated"), _yes(state.are_separated)


def _people_headings() -> Line:
    return (
        _("Name"), _("E-mail"), _("Department"), _("Active"), _("Roles"), _("Roles by post and level"), _("Last seen"),
        _("Second factor here"), _("Unusual"), _("Decision"), _("Roles taken away"), _("Remark"), _("Decision by"), _("Decided on"),
    )  # fmt: skip


def _people(review: AccessReview | None, state: RightsState) -> Iterable[Line]:
    if review is None:
        people = list(User.objects.select_related("department"))
        facts = facts_of(people)
        return [_person(person, facts[person.pk], state) for person in people]
    rows = list(AccessReviewRow.objects.filter(review=review).select_related("user__department", "decided_by"))
    known = facts_of([row.user for row in rows if not row.facts])
    roles = {str(role.pk): role.name for role in Role.objects.all()} | {role.id: role.name for role in state.roles}
    return [
        (
            *_person(row.user, facts_of_row(row, known), state),
            row.get_decision_display() if row.decision else "",
            ", ".join(roles.get(one, _("(deleted role)")) for one in row.taken),
            row.remark,
            row.decided_by.name if row.decided_by else "",
            row.decided_at,
        )
        for row in rows
    ]


def _person(person: User, facts: Facts, state: RightsState) -> Line:
    now_there = {"department": person.department.name if person.department else "", "is_active": person.is_active}
    there = state.people.get(str(person.pk), now_there)
    return (
        person.name,
        person.email,
        there["department"],
        _yes(there["is_active"]),
        ", ".join(facts.roles),
        ", ".join(facts.brought),
        facts.last_seen,
        _yes(facts.has_factor),
        ", ".join(str(SIGNALS[code]) for code in facts.signals),
    )


def _rights(actor: Actor, state: RightsState) -> Iterable[Line]:
    specs = specs_on(actor.organization)
    for role in state.roles:
        yield role.name, "", _("People with it"), role.holders, ""
        for ability in role.abilities:
            if ability in {entry.value for entry in Ability}:
                yield role.name, "", ABILITY_LABELS[Ability(ability)], _("yes"), ""
        for name, actions in role.grants.items():
            if name != EVERY_OBJECT and name not in specs:
                continue
            label = _("All other objects") if name == EVERY_OBJECT else str(specs[name].label_plural)
            for action, label_of_action in ACTION_LABELS.items():
                for grant in read_grants(actions.get(action.value)):
                    yield (
                        role.name,
                        label,
                        label_of_action,
                        _reach(action, grant),
                        _condition(actor, specs.get(name), grant),
                    )


def _condition(actor: Actor, spec: ObjectSpec | None, grant: Grant) -> str:
    """Return for which records alone a right holds, in words; the paper names fields, so it may name them all."""
    if grant.condition is None or spec is None:
        return _yes(grant.condition is not None)
    return str(condition_in_words(replace(actor, is_system=True), spec, grant.condition))


def _reach(action: Action, grant: Grant) -> Any:
    return _("yes") if action in YES_OR_NO and grant.scope else SCOPE_LABELS[grant.scope]


def _field_rights(actor: Actor, state: RightsState) -> Iterable[Line]:
    """Yield what roles may not do with fields, and in which records all the same, in the words of the pages."""
    specs = specs_on(actor.organization)
    for role in state.roles:
        for path, given in role.field_grants.items():
            object_name, _mark, name = path.partition(".")
            spec = specs.get(object_name)
            entry = spec.all_fields.get(name) if spec is not None else None
            if spec is None or entry is None:
                continue
            told = field_restriction(actor, spec, given)
            level = FIELD_ACCESS.get(told["level"], FieldAccess.EDITABLE)
            if level is FieldAccess.EDITABLE:
                continue
            exception = told["words"] or EXCEPTION_LABELS.get(SCOPES.get(told["exception"], Scope.NONE), "")
            yield role.name, spec.label_plural, entry.label, FIELD_LABELS[level], exception


def _sign_in(state: RightsState) -> Iterable[Line]:
    for name, value in state.rules.items():
        yield PolicyForm.base_fields[name].label, value
    yield _("Only single sign-on"), _yes(state.only_single_sign_on)
    exempt = User.objects.filter(pk__in=state.emergency_ids).values_list("name", flat=True)
    yield _("For emergencies"), ", ".join(exempt)
    for role in state.roles:
        yield _("Second factor demanded of %(role)s") % {"role": role.name}, _yes(role.needs_second_factor)
        if role.networks:
            yield _("Networks of %(role)s") % {"role": role.name}, ", ".join(role.networks)
    for provider in state.providers:
        label = _("Provider of single sign-on: %(name)s") % {"name": provider["name"]}
        yield label, f"{ProviderKind(provider['kind']).label}, {_('on') if provider['is_on'] else _('off')}"


def _shares(actor: Actor, state: RightsState) -> Iterable[Line]:
    specs = specs_on(actor.organization)
    people = {str(person.pk): person.name for person in User.objects.all()}
    for share in state.shares:
        label = specs[share.object_name].label if share.object_name in specs else share.object_name
        if share.rule:
            yield label, _("Sharing rule “%(name)s”") % {"name": share.rule}, "", "", None, "", None
        elif share.object_name in specs:
            yield label, *_share(share, people)


def _share(share: ShareState, people: Mapping[str, str]) -> Line:
    named = people.get(share.grantee_id) or share.grantee or share.grantee_id
    return (
        share.record_id,
        f"{GranteeKind(share.grantee_kind).label}: {named}",
        SharedAccess(share.access).label,
        share.ends_on,
        people.get(share.shared_by, ""),
        datetime.fromisoformat(share.since),
    )


def _yes(value: object) -> str:
    return _("yes") if value else _("no")


def _cell(value: Any) -> Any:
    """Return a value as a cell takes it; texts that a spreadsheet would calculate are escaped."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else escaped(str(value))
