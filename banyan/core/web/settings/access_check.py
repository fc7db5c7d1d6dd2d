"""Why can, or cannot, somebody see or change a record? The rules that decide, in plain words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.explaining import Explanation, FieldReason, Ground, Reason, explain
from banyan.core.access.people import find_person
from banyan.core.access.rights import Reach
from banyan.core.access.scopes import Action, Scope
from banyan.core.access.standing import DEPUTY, POST, actor_for
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.labels import labels_of
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.locks import locked_among
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import names_of_people
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, settings_answer
from banyan.core.web.settings.role_fields import FIELD_LABELS
from banyan.core.web.settings.roles import ACTION_LABELS, YES_OR_NO
from banyan.core.web.views.base import signed_in

URL = "/settings/access"


@signed_in("GET")
def access_check(request: SignedInRequest) -> HttpResponse:
    """Ask for a person, a record and what they want to do; show which rules decide."""
    require_page(request.actor, "access")
    specs = {spec.name: spec for spec in specs_on(request.actor.organization).values() if spec.has_page}
    spec = specs.get(request.GET.get("object", ""), next(iter(specs.values())))
    person_id, record_id = parse_id(request.GET.get("person")), parse_id(request.GET.get("record"))
    asked = request.GET.get("action", Action.VIEW.value)
    action = Action(asked) if asked in {entry.value for entry in Action} else Action.VIEW
    context = {
        "url": URL,
        "objects": [{"value": entry.name, "label": str(entry.label_plural)} for entry in specs.values()],
        "object": spec.name,
        "actions_to_ask": [
            {"value": entry.value, "label": str(label)}
            for entry, label in ACTION_LABELS.items()
            if entry not in YES_OR_NO
        ],
        "action": action.value,
        "person": _selected(names_of_people([str(person_id)] if person_id else [])),
        "record": _selected(_record_name(request.actor, spec, record_id) if record_id else {}),
        "answer": _answer(request, spec, person_id, record_id, action) if person_id and record_id else None,
    }
    return settings_answer(request, "access", "settings/access_check.html", context)


def _selected(names: dict[str, str]) -> dict[str, str] | None:
    return next(({"value": value, "label": label} for value, label in names.items()), None)


def _record_name(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> dict[str, str]:
    """Return what the record is called, as far as the asker may see it."""
    label = labels_of({spec.name: {record_id}}, actor=actor).get(record_id, "")
    return {str(record_id): label or _("(not visible to you)")}


def _answer(
    request: SignedInRequest, spec: ObjectSpec, person_id: uuid.UUID, record_id: uuid.UUID, action: Action
) -> dict[str, Any]:
    user = find_person(person_id)
    found = explain(actor_for(user), spec, record_id, action)
    words = Words(request.actor, spec, user.name)
    is_locked = found.allowed and action is Action.EDIT
    return {
        "allowed": found.allowed,
        "headline": words.headline(found, action, is_active=user.is_active),
        "reasons": [{"helps": reason.helps, "text": words.reason(reason)} for reason in found.reasons],
        "fields": [words.field(entry) for entry in found.fields if entry.restricted_by],
        "locks": _locks(request.actor, actor_for(user), spec, record_id) if is_locked else [],
    }


def _locks(asker: Actor, actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> list[dict[str, str]]:
    """Return what keeps even those with the right from changing the record now: reasons with the fields they lock.

    They tell of the state of the record, so that only who may see it learns of them.
    """
    rows = spec.model._default_manager.filter(pk=record_id)  # noqa: SLF001 Django's own name for it
    if not restrict(rows, asker, spec).exists():
        return []
    by_reason: dict[str, list[str]] = {}
    for name, lock in locked_among(actor, spec, [record_id]).get(record_id, {}).items():
        if lock.of_record and name in spec.writable_fields:
            by_reason.setdefault(str(lock.message), []).append(str(spec.writable_fields[name].label))
    return [{"reason": reason, "fields": _(", ").join(labels)} for reason, labels in by_reason.items()]


@dataclass(frozen=True)
class Words:
    """Says reasons in the asker's language; of people and records only what the asker may know."""

    asker: Actor
    spec: ObjectSpec
    name: str

    def headline(self, found: Explanation, action: Action, *, is_active: bool) -> str:
        """Return the answer in one sentence."""
        values = {"name": self.name, "action": str(ACTION_LABELS[action])}
        if not is_active:
            return _("%(name)s is deactivated and cannot sign in. If they could:") % values
        if found.allowed:
            return _("Yes, %(name)s may do this: %(action)s.") % values
        return _("No, %(name)s may not do this: %(action)s.") % values

    def reason(self, reason: Reason) -> str:
        """Return one way that was tried, and whether it led there."""
        match reason.ground:
            case Ground.ROLE if reason.reach is not None:
                return self._by_role(reason.reach, helps=reason.helps)
            case Ground.SHARED if reason.share is not None:
                return self._by_share(reason)
            case Ground.RULE:
                return self._by_rule(reason)
            case Ground.PARENT:
                return self._by_parent(reason)
        return str(_plain()[reason.ground])

    def field(self, entry: FieldReason) -> dict[str, str]:
        """Return what a restricted field is to the person, and by which roles."""
        roles = _(", ").join(dict.fromkeys(role for role, _level in entry.restricted_by))
        label = str(FIELD_LABELS[entry.access])
        text = (
            _("%(access)s: restricted by %(roles)s, but open in this record") if entry.opened_by
            else _("%(access)s: restricted by %(roles)s, and no other role opens it")
        )  # fmt: skip
        return {
            "label": str(self.spec.all_fields[entry.name].label),
            "text": text % {"access": label, "roles": roles},
        }

    def _by_role(self, reach: Reach, *, helps: bool) -> str:
        values = {
            "role": reach.role.name,
            "from": self._standing(reach),
            "scope": str(_scopes()[reach.grant.scope]),
        }
        text = _("Role “%(role)s”%(from)s covers %(scope)s") % values
        if reach.grant.condition is not None:
            condition = condition_in_words(self.asker, self.spec, reach.grant.condition)
            text = _("%(reach)s, if %(condition)s") % {"reach": text, "condition": condition}
        return (
            _("%(text)s: this record is among them.") % {"text": text}
            if helps
            else _("%(text)s: this record is not.") % {"text": text}
        )

    def _standing(self, reach: Reach) -> str:
        if reach.standing.kind == POST:
            return _(" (by the post %(post)s)") % {"post": reach.standing.label}
        if reach.standing.kind == DEPUTY:
            return _(" (standing in for %(name)s)") % {"name": reach.standing.label}
        return ""

    def _by_share(self, reason: Reason) -> str:
        share = reason.share
        if share is None:
            return ""
        sharer = share.shared_by.name if share.shared_by else _("the system")
        values = {"name": sharer, "access": share.get_access_display()}
        if share.ends_on is not None:
            day = told_day(share.ends_on)
            return _("Shared by %(name)s (%(access)s) until %(day)s.") % {**values, "day": day}
        return _("Shared by %(name)s (%(access)s).") % values

    def _by_rule(self, reason: Reason) -> str:
        if reason.helps:
            return _("The sharing rule “%(rule)s” covers this record.") % {"rule": reason.name}
        return _("The sharing rule “%(rule)s” covers this record, but does not allow this.") % {"rule": reason.name}

    def _by_parent(self, reason: Reason) -> str:
        parent = self.spec.parent
        values = {"object": parent.noun if parent else reason.name}
        below = Words(self.asker, parent or self.spec, self.name)
        why = " ".join(below.reason(entry) for entry in reason.below if entry.helps is reason.helps)
        if reason.helps:
            return _("It belongs to a %(object)s that may be seen. %(why)s") % {**values, "why": why}
        return _("It belongs to a %(object)s that may not be seen. %(why)s") % {**values, "why": why}


def _plain() -> dict[Ground, str]:
    return {
        Ground.SYSTEM: _("The system itself may do everything."),
        Ground.SETTING: _("This is part of the set-up: everybody sees it, and those who may customise change it."),
        Ground.NAMED: _("The person is named in the record itself."),
        Ground.NO_ROLE: _("None of the person's roles allows this for any record of this kind."),
        Ground.OWN_CHILD: _("It belongs to no other record, so it is seen by its owner alone."),
        Ground.DELETED: _("The record lies in the recycle bin, or does not exist."),
    }


def _scopes() -> dict[Scope, str]:
    return {
        Scope.OWN: _("own records"),
        Scope.REPORTS: _("own records and those of people who report to them"),
        Scope.DEPARTMENT: _("records of the own department"),
        Scope.DEPARTMENT_AND_BELOW: _("records of the own department and those below it"),
        Scope.TERRITORY: _("own records and those in the own territories"),
        Scope.ALL: _("all records"),
    }
