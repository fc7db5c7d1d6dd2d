"""Calls from outside: a secret address takes JSON, and makes or finds a record."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.automation.choices import ActsAs, Priority, RuleState
from banyan.automation.engine.matching import active_rules, insert_runs, run_row
from banyan.automation.models import AutomationRule, Run
from banyan.automation.rules.texts import read_path
from banyan.automation.services import definition_in_force
from banyan.automation.setting import Setting
from banyan.core.access.actor import Actor, Channel
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, NotAllowed
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import Condition, live_rows, to_q
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.tenancy.models import Organization

LONGEST_KEY = 120


def split_token(token: str) -> tuple[uuid.UUID, str] | None:
    """Return the organization and the secret of an address; None when it cannot be one."""
    organization, dot, secret = token.partition(".")
    found = parse_id(organization)
    return (found, secret) if found is not None and dot and secret else None


@transaction.atomic
def receive(organization: Organization, secret: str, message: Mapping[str, Any], *, key: str = "") -> tuple[Run, bool]:
    """Take a message, and return the run that it begins, and whether it is new: the same ``key`` begins one run.

    Raises ``Missing`` for an address that there is not, ``Conflict`` while the rule is off, ``Invalid`` for values that
    the record does not take or a record that is not found.
    """
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    rule = AutomationRule.objects.filter(secret_hash=hashed, trigger="hook").first()
    if rule is None or not hmac.compare_digest(rule.secret_hash, hashed):
        raise Missing("not_found", _("There is nothing under this address."))
    if rule.state != RuleState.ON or not active_rules().filter(pk=rule.pk).exists():
        raise Conflict("rule_is_off", _("The rule behind this address is switched off."))
    once = f"hook:{key}"[: LONGEST_KEY + 5] if key else ""
    known = Run.objects.filter(rule=rule, once_key=once).first() if once else None
    if known is not None:
        return known, False
    setting = Setting(organization)
    actor = setting.owner(rule) if rule.acts_as == ActsAs.OWNER else setting.system
    if actor is None:
        raise NotAllowed("not_allowed", _("The rule's owner may no longer sign in."))
    config = definition_in_force(rule)["trigger"]["config"]
    record_id = _record(setting, actor.through(Channel.API), setting.specs[rule.object_name], config, message)
    cause = {"action": "hook", "actor": None, "channel": Channel.API.value}
    row = run_row(
        rule.pk, rule.version, rule.object_name, record_id, cause=cause, priority=Priority.USUAL, once_key=once
    )
    insert_runs(organization.pk, [row])
    return Run.objects.get(pk=row["id"]), True


def _record(
    setting: Setting, actor: Actor, spec: ObjectSpec, config: Mapping[str, Any], message: Mapping[str, Any]
) -> uuid.UUID:
    given = {row["field"]: read_path(message, row["path"]) for row in config["mapping"]}
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        raise Invalid(
            [FieldError("", "nothing_mapped", _("The message holds none of the parts that the rule looks for."))]
        )
    mode, match = config.get("mode", "find_or_create"), str(config.get("match") or "")
    if mode != "create":
        found = _found(setting, spec, match, values.get(match))
        if found is not None:
            door.update(actor, spec, found, values)
            return found
        if mode == "find":
            message_text = _("There is no record with this “%(label)s”.") % {"label": spec.all_fields[match].label}
            raise Invalid([FieldError(match, "unknown_record", message_text)])
    return door.create(actor, spec, values).pk


def _found(setting: Setting, spec: ObjectSpec, match: str, value: Any) -> uuid.UUID | None:
    if value in (None, ""):
        return None
    condition, annotations = to_q(Condition(match, "eq", (value,)), spec, setting.system)
    rows = live_rows(setting.system, spec).alias(**annotations).filter(condition)
    return rows.order_by("created_at").values_list("pk", flat=True).first()
