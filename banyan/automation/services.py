"""What administrators do with rules, and what people do by them."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.automation.checking import Problem, problems_of
from banyan.automation.choices import MODULE, UNDER_WAY, DeliveryState, Priority, RuleState, RunState
from banyan.automation.engine.matching import definitions_of, insert_runs, run_row, watch_of
from banyan.automation.engine.waking import DELIVER, WORK, wake
from banyan.automation.models import AutomationRule, Delivery, RuleVersion, Run
from banyan.automation.rules.timing import next_time
from banyan.automation.setting import Setting
from banyan.automation.triggers.base import triggers
from banyan.automation.triggers.changes import since_when
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.access.trees import clean_name
from banyan.core.identity.models import UserRole
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, NotAllowed, Refused
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.listing.filters import Condition, live_rows, to_q
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import field_name_from_label, forget
from banyan.core.objects.spec import ObjectSpec

SUBJECT = "automation_rule"
MOST_RULES = 500
MOST_EXISTING = 50_000
CHUNK = 2_000


def find_rule(rule_id: uuid.UUID) -> AutomationRule:
    """Return a rule of the organization; raise ``Missing``."""
    rule = AutomationRule.objects.select_related("owner").filter(pk=rule_id).first()
    if rule is None:
        raise Missing("not_found", _("There is no such rule."))
    return rule


def require_editing(actor: Actor) -> None:
    """Raise ``NotAllowed`` unless the actor may make rules, ``Missing`` when the organization has none of its own."""
    require_ability(actor, Ability.CUSTOMISE)
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))


@transaction.atomic
def create_rule(  # noqa: PLR0913 everything that a rule is
    actor: Actor,
    *,
    name: str,
    spec: ObjectSpec,
    definition: Mapping[str, Any],
    description: str = "",
    recipe: str = "",
    key: str = "",
) -> AutomationRule:
    """Make a rule that is off, with what it shall do as its draft. Raises ``Invalid`` for a taken name."""
    require_ability(actor, Ability.CUSTOMISE)
    if AutomationRule.objects.count() >= MOST_RULES:
        raise Refused(
            "too_many_rules",
            _("There are %(count)d rules already. Delete those that nobody needs.") % {"count": MOST_RULES},
        )
    rule = AutomationRule(
        organization=actor.organization, object_name=spec.name, owner=actor.user, created_by=actor.user, recipe=recipe,
        trigger=str(definition["trigger"]["kind"]), draft=dict(definition), signing_secret=secrets.token_urlsafe(32),
        description=clean_text(description)[:300],
    )  # fmt: skip
    rule.name = _free_name(None, name)
    rule.key = key or _free_key(rule.name)
    rule.save()
    tell_setup_changed(actor, SUBJECT, rule.pk, "create", values={"name": (None, rule.name)})
    return rule


@transaction.atomic
def change_rule(actor: Actor, rule: AutomationRule, **values: Any) -> AutomationRule:
    """Change what is no part of a version: name, description, whose right it acts with, owner, most in an hour."""
    require_ability(actor, Ability.CUSTOMISE)
    before = _described(rule)
    if "name" in values:
        values["name"] = _free_name(rule, values["name"])
    for key, value in values.items():
        setattr(rule, key, value)
    rule.updated_at = now()
    rule.save()
    tell_setup_changed(actor, SUBJECT, rule.pk, "update", values=difference(before, _described(rule)))
    return rule


def change_draft(actor: Actor, rule: AutomationRule, definition: Mapping[str, Any]) -> AutomationRule:
    """Keep what is being worked on; the version in force stays as it is."""
    require_editing(actor)
    rule.draft = dict(definition)
    rule.updated_at = now()
    rule.save(update_fields=["draft", "updated_at"])
    return rule


def definition_in_force(rule: AutomationRule) -> dict[str, Any]:
    """Return the version in force; an empty one before the first."""
    return definitions_of([(rule.pk, rule.version)]).get((rule.pk, rule.version), {})


def is_changed(rule: AutomationRule) -> bool:
    """Say whether the draft differs from the version in force."""
    return bool(rule.draft) and rule.draft != definition_in_force(rule)


def require_sound(setting: Setting, rule: AutomationRule, definition: Mapping[str, Any]) -> None:
    """Raise ``Invalid`` with everything that is wrong with a definition, by its places."""
    found: list[Problem] = problems_of(setting, rule, definition)
    if found:
        raise Invalid([FieldError(problem.place, "bad_rule", problem.message) for problem in found])


@transaction.atomic
def save_version(actor: Actor, rule: AutomationRule, *, note: str = "") -> AutomationRule:
    """Put the draft into effect as the next version; runs under way stay on theirs. Raises ``Invalid``."""
    require_ability(actor, Ability.CUSTOMISE)
    locked = AutomationRule.objects.select_for_update().get(pk=rule.pk)
    require_sound(Setting(actor.organization), locked, rule.draft)
    if rule.version and rule.draft == definition_in_force(locked):
        return locked
    locked.version += 1
    locked.draft = rule.draft
    locked.trigger = str(rule.draft["trigger"]["kind"])
    locked.updated_at = now()
    _set_clock(actor, locked)
    locked.save()
    RuleVersion.objects.create(
        organization=actor.organization, rule=locked, number=locked.version, definition=rule.draft, note=clean_text(note)[:200],
        saved_by=actor.user,
    )  # fmt: skip
    tell_setup_changed(actor, SUBJECT, rule.pk, "update", values={"version": (locked.version - 1, locked.version)})
    if locked.state == RuleState.ON:
        forget(actor.organization)
    return locked


@transaction.atomic
def enable(actor: Actor, rule: AutomationRule) -> AutomationRule:
    """Switch a rule on, the draft put into effect if it is not; a paused one begins anew.

    Raises ``Invalid`` when something is wrong with it, ``Missing`` when only ready rules may be used and it is none.
    """
    require_ability(actor, Ability.CUSTOMISE)
    if not rule.recipe:
        require_editing(actor)
    if not rule.version:
        rule = save_version(actor, rule)
    require_sound(Setting(actor.organization), rule, definition_in_force(rule))
    was = rule.state
    rule.state, rule.paused_because, rule.counted_from = RuleState.ON, "", now()
    _set_clock(actor, rule)
    rule.updated_at = now()
    rule.save()
    if was != RuleState.ON:
        tell_setup_changed(actor, SUBJECT, rule.pk, "update", values={"state": (str(was), str(rule.state))})
        forget(actor.organization)
        _begin_existing(actor, rule)
    return rule


@transaction.atomic
def disable(actor: Actor, rule: AutomationRule) -> AutomationRule:
    """Switch a rule off: nothing new begins, and runs under way go to their end."""
    require_ability(actor, Ability.CUSTOMISE)
    if rule.state != RuleState.OFF:
        tell_setup_changed(actor, SUBJECT, rule.pk, "update", values={"state": (str(rule.state), str(RuleState.OFF))})
        rule.state, rule.updated_at = RuleState.OFF, now()
        rule.save(update_fields=["state", "updated_at"])
        forget(actor.organization)
    return rule


@transaction.atomic
def resume(actor: Actor, rule: AutomationRule, *, drop: bool) -> int:
    """Let a paused rule go on, with the runs that were held back or without them; return how many those were."""
    require_ability(actor, Ability.CUSTOMISE)
    held = Run.objects.filter(rule=rule, state=RunState.HELD)
    if drop:
        count = held.update(state=RunState.STOPPED, reason=_("Dropped after the rule was paused."), ended_at=now())
    else:
        count = held.update(state=RunState.READY, due_at=now())
        wake(actor.organization_id, WORK)
    enable(actor, rule)
    return count


@transaction.atomic
def end_runs(actor: Actor, rule: AutomationRule) -> int:
    """End all runs of a rule that are under way; return how many those were."""
    require_ability(actor, Ability.CUSTOMISE)
    under_way = Run.objects.filter(rule=rule, state__in=[RunState.READY, RunState.WAITING, RunState.HELD])
    ids = list(under_way.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Delivery.objects.filter(run_id__in=ids, state=DeliveryState.WAITING).update(
        state=DeliveryState.FAILED, ended_at=now()
    )
    reason = _("Ended by %(name)s.") % {"name": actor.user.name if actor.user else _("the system")}
    return Run.objects.filter(pk__in=ids).update(state=RunState.STOPPED, reason=reason, ended_at=now(), due_at=None)


@transaction.atomic
def delete_rule(actor: Actor, rule: AutomationRule) -> None:
    """Delete a rule with its versions and runs. Raises ``Refused`` while it is on."""
    require_ability(actor, Ability.CUSTOMISE)
    if rule.state == RuleState.ON:
        raise Refused("rule_is_on", _("Switch the rule off before you delete it."))
    end_runs(actor, rule)
    if Run.objects.filter(rule=rule, state__in=UNDER_WAY).exists():
        # A worker is at them this moment.
        raise Conflict("runs_under_way", _("Runs of this rule are just being worked on. Try again in a moment."))
    tell_setup_changed(actor, SUBJECT, rule.pk, "delete", values={"name": (rule.name, None)})
    rule.delete()
    forget(actor.organization)


def restore_version(actor: Actor, rule: AutomationRule, number: int) -> AutomationRule:
    """Make an earlier version the draft; it is in force again when it is saved."""
    found = RuleVersion.objects.filter(rule=rule, number=number).first()
    if found is None:
        raise Missing("not_found", _("There is no such version."))
    return change_draft(actor, rule, found.definition)


@transaction.atomic
def retry(actor: Actor, run_id: uuid.UUID) -> Run:
    """Let a failed run go on from the step at which it failed. Raises ``Conflict`` when it is not failed."""
    require_ability(actor, Ability.CUSTOMISE)
    run = Run.objects.select_for_update().select_related("rule").filter(pk=run_id).first()
    if run is None:
        raise Missing("not_found", _("There is no such run."))
    if run.state != RunState.FAILED:
        raise Conflict("not_failed", _("Only a run that failed can be tried again."))
    run.attempts, run.reason, run.ended_at, run.priority = 0, "", None, Priority.IMMEDIATE
    failed = Delivery.objects.filter(
        run=run, state=DeliveryState.FAILED, step_id=(run.memory.get("awaits") or {}).get("step", "")
    )
    if failed.exists():
        failed.update(state=DeliveryState.WAITING, attempts=0, due_at=now(), ended_at=None)
        run.state, run.due_at = RunState.WAITING, None
        wake(actor.organization_id, DELIVER)
    else:
        run.state, run.due_at = RunState.READY, now()
        wake(actor.organization_id, WORK)
    run.save()
    return run


def buttons_for(actor: Actor, object_name: str) -> list[Any]:
    """Return the buttons that somebody sees on records of an object: from memory, and one query for the roles."""
    watch = watch_of(actor.organization, object_name)
    if watch is None or not watch.buttons or actor.watched_by is not None:
        return []
    mine: set[str] | None = None
    found = []
    for button in watch.buttons:
        wanted = set(button.config.get("roles") or ())
        if wanted and mine is None:
            mine = {str(pk) for pk in UserRole.objects.filter(user=actor.user).values_list("role_id", flat=True)}
        if not wanted or wanted & (mine or set()):
            found.append(button)
    return found


@transaction.atomic
def press(actor: Actor, rule_id: uuid.UUID, spec: ObjectSpec, record_id: uuid.UUID) -> Run:
    """Begin the rule of a button for a record that the actor may change; it is worked off before all others.

    Raises ``Missing`` for a record that is not seen or a button that is not shown, ``NotAllowed`` without the right.
    """
    if rule_id not in {button.rule_id for button in buttons_for(actor, spec.name)}:
        raise Missing("not_found", _("There is no such button."))
    rule = find_rule(rule_id)
    rows = live_rows(actor, spec).filter(pk=record_id)
    if not restrict(rows, actor, spec, Action.VIEW).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    if not restrict(rows, actor, spec, Action.EDIT).exists():
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))
    cause = {"action": "button", "actor": str(actor.user_id), "channel": actor.channel.value}
    row = run_row(rule.pk, rule.version, spec.name, record_id, cause=cause, priority=Priority.IMMEDIATE)
    insert_runs(actor.organization_id, [row])
    return Run.objects.get(pk=row["id"])


def new_address(actor: Actor, rule: AutomationRule) -> str:
    """Return a fresh secret token for a rule that is called from outside; the one before ends."""
    require_editing(actor)
    secret = secrets.token_urlsafe(24)
    rule.secret_hash = hashlib.sha256(secret.encode()).hexdigest()
    rule.save(update_fields=["secret_hash"])
    tell_setup_changed(actor, SUBJECT, rule.pk, "update", values={"address": (None, "…")})
    return f"{actor.organization_id.hex}.{secret}"


def _set_clock(actor: Actor, rule: AutomationRule) -> None:
    """Let a rule look at the clock from now on."""
    definition = rule.draft if not rule.version else definition_in_force(rule) or rule.draft
    config = (definition.get("trigger") or {}).get("config") or {}
    rule.scanned_until = now() if rule.trigger == "date" else None
    rule.next_at = next_time(config, now(), actor.organization.time_zone) if rule.trigger == "schedule" else None


def _begin_existing(actor: Actor, rule: AutomationRule) -> None:
    """Begin a rule about staying for records that are there already, as if it had been on all the time."""
    trigger = definition_in_force(rule).get("trigger") or {}
    config = trigger.get("config") or {}
    if rule.trigger != "stayed" or not config.get("existing"):
        return
    setting = Setting(actor.organization)
    spec = setting.specs[rule.object_name]
    entry = spec.all_fields[config["field"]]
    condition, annotations = to_q(Condition(entry.name, "in", tuple(config["to"])), spec, setting.system)
    found = list(
        live_rows(setting.system, spec)
        .alias(**annotations)
        .filter(condition)
        .values_list("pk", "created_at")[:MOST_EXISTING]
    )
    delay = triggers["stayed"].delay(config) or timedelta()
    cause = {"action": "stayed", "actor": None, "channel": "automation"}
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        since = since_when(spec, entry, [pk for pk, _created in part])
        rows = []
        for pk, created in part:
            due = max(now(), since.get(pk, created) + delay)
            rows.append(run_row(rule.pk, rule.version, spec.name, pk, cause=cause, state=RunState.WAITING, due_at=due))
        insert_runs(actor.organization_id, rows)
    wake(actor.organization_id, WORK)


def _free_name(rule: AutomationRule | None, name: str) -> str:
    text = clean_name(name)
    others = AutomationRule.objects.filter(name=text)
    if (others.exclude(pk=rule.pk) if rule else others).exists():
        raise Invalid([FieldError("name", "taken", _("There is a rule of this name already."))])
    return text


def _free_key(name: str) -> str:
    base = field_name_from_label(name)[:50]
    taken = set(AutomationRule.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(
        key for number in range(1, MOST_RULES + 2) if (key := base if number == 1 else f"{base}_{number}") not in taken
    )


def _described(rule: AutomationRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "description": rule.description,
        "acts_as": str(rule.acts_as),
        "owner": str(rule.owner_id) if rule.owner_id else None,
        "most_per_hour": rule.most_per_hour,
    }


def count_enabled_rules() -> int:
    """Return how many rules are switched on in the organization of the current scope."""
    return AutomationRule.objects.filter(state=RuleState.ON).count()
