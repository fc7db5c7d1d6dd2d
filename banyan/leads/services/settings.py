"""What administrators choose about leads: settings, scoring rules, the checklist."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.listing.filters import parse_tree, to_q, tree_to_json
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.leads.models import MOST_POINTS, LeadQuestion, LeadTick, ScoreRule
from banyan.leads.setting import SETTING, LeadSetting, lead_setting

MOST_RULES, MOST_QUESTIONS = 50, 30


@transaction.atomic
def save_setting(actor: Actor, **values: Any) -> LeadSetting:
    """Change settings of leads and return all of them. Raises ``NotAllowed``, ``Invalid`` for what makes no sense."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = lead_setting(organization)
    after = replace(before, **values)
    _require_sense(after)
    organization.settings = {**organization.settings, SETTING: after.stored()}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    old, new = before.stored(), after.stored()
    changed = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)
    return after


def _require_sense(setting: LeadSetting) -> None:
    errors = []
    if setting.grade_b >= setting.grade_a:
        errors.append(FieldError("grade_b", "bad_order", _("Grade B begins below grade A.")))
    if setting.counts_working_time and (not setting.working_days or setting.works_from >= setting.works_until):
        message = _("Working time needs a day, and ends later than it begins.")
        errors.append(FieldError("works_until", "no_time", message))
    if errors:
        raise Invalid(errors)


@dataclass(frozen=True)
class RuleValues:
    """What an administrator says of a scoring rule."""

    condition: Mapping[str, Any]
    points: int
    name: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class QuestionValues:
    """What an administrator says of a question."""

    text: str
    hint: str = ""
    is_needed: bool = True
    is_active: bool = True


@transaction.atomic
def save_rule(actor: Actor, rule: ScoreRule | None, values: RuleValues, *, key: str = "") -> ScoreRule:
    """Add a scoring rule, or change one. Raises ``NotAllowed``, ``Invalid`` with what is wrong."""
    require_ability(actor, Ability.CUSTOMISE)
    points = values.points
    if not points or abs(points) > MOST_POINTS:
        message = _("Give points from %(least)d to %(most)d, but not 0.") % {"least": -MOST_POINTS, "most": MOST_POINTS}
        raise Invalid([FieldError("points", "out_of_range", message)])
    node = parse_tree(values.condition)
    to_q(node, spec_for(actor.organization, "lead"), system_actor(actor.organization))
    tree = tree_to_json(node) if values.condition else {}
    if not tree or tree in ({"all": []}, {"any": []}):
        raise Invalid([FieldError("condition", "required", _("Say which leads get the points."))])
    is_new = rule is None
    if is_new and ScoreRule.objects.count() >= MOST_RULES:
        raise Refused("too_many", _("There are at most %(most)d rules.") % {"most": MOST_RULES})
    row = rule or ScoreRule(
        organization=actor.organization, position=ScoreRule.objects.count(), key=key or secrets.token_hex(4)
    )
    before = row.points
    row.name, row.condition, row.points, row.is_active = values.name.strip(), tree, points, values.is_active
    row.save()
    tell_setup_changed(
        actor, "score_rule", row.pk, "create" if is_new else "update", values={"points": (before, points)}
    )
    return row


@transaction.atomic
def delete_rule(actor: Actor, rule_id: uuid.UUID) -> None:
    """Delete a scoring rule. Raises ``NotAllowed``, ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = ScoreRule.objects.filter(pk=rule_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such rule."))
    tell_setup_changed(actor, "score_rule", row.pk, "delete")
    row.delete()


@transaction.atomic
def save_question(
    actor: Actor, question: LeadQuestion | None, values: QuestionValues, *, key: str = ""
) -> LeadQuestion:
    """Add a question to the checklist, or change one."""
    require_ability(actor, Ability.CUSTOMISE)
    is_new = question is None
    if is_new and LeadQuestion.objects.count() >= MOST_QUESTIONS:
        raise Refused("too_many", _("There are at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    row = question or LeadQuestion(
        organization=actor.organization, position=LeadQuestion.objects.count(), key=key or secrets.token_hex(4)
    )
    row.text, row.hint = values.text.strip(), values.hint.strip()
    row.is_needed, row.is_active = values.is_needed, values.is_active
    row.save()
    tell_setup_changed(
        actor, "lead_question", row.pk, "create" if is_new else "update", values={"text": ("", row.text)}
    )
    return row


@transaction.atomic
def delete_question(actor: Actor, question_id: uuid.UUID) -> None:
    """Delete a question that nobody has ticked; one that was ticked is put out of use, so that the answers stay."""
    require_ability(actor, Ability.CUSTOMISE)
    row = LeadQuestion.objects.filter(pk=question_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such question."))
    tell_setup_changed(actor, "lead_question", row.pk, "delete")
    if LeadTick.objects.filter(question=row).exists():
        row.is_active = False
        row.save(update_fields=["is_active"])
    else:
        row.delete()


def _condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def starting_rules() -> list[tuple[str, dict[str, Any], int]]:
    """Return the rules to start with, in the language of now."""
    leads = {"any": [_condition("job_title", "contains", word) for word in _("director,manager,chief,head").split(",")]}
    return [
        (_("Decides or heads a department"), leads, 20),
        (_("Can be called"), {"all": [_condition("phone", "isnull", value=False)]}, 15),
        (_("Names the company"), {"all": [_condition("company", "isnull", value=False)]}, 10),
        (_("Says what is needed"), {"all": [_condition("needs", "isnull", value=False)]}, 15),
        (_("Comes by referral or from an exhibition"), {"all": [_condition("source", "in", ["referral", "exhibition"])]}, 20),
        (_("Somebody finds it hot"), {"all": [_condition("rating", "eq", "hot")]}, 20),
        (_("Somebody finds it cold"), {"all": [_condition("rating", "eq", "cold")]}, -20),
    ]  # fmt: skip


def starting_questions() -> list[tuple[str, str, bool]]:
    """Return the checklist to start with (BANT), in the language of now."""
    return [
        (_("Budget: there is money for it"), _("How much, and from which pot?"), True),
        (_("Authority: we talk to whoever decides"), _("Who decides, and who has a say?"), True),
        (_("Need: we know what it is for"), _("What happens when nothing is done?"), True),
        (_("Timing: there is a date"), _("Until when should it work?"), False),
    ]


def prepare_organization(organization: Organization) -> None:
    """Give an organization scoring rules and a checklist to start with, unless it has some."""
    with override(organization.language):
        if not ScoreRule.objects.exists():
            ScoreRule.objects.bulk_create(
                ScoreRule(
                    organization=organization,
                    key=f"usual_{place + 1}",
                    name=name,
                    condition=condition,
                    points=points,
                    position=place,
                )
                for place, (name, condition, points) in enumerate(starting_rules())
            )
        if not LeadQuestion.objects.exists():
            LeadQuestion.objects.bulk_create(
                LeadQuestion(
                    organization=organization,
                    key=f"usual_{place + 1}",
                    text=text,
                    hint=hint,
                    is_needed=needed,
                    position=place,
                )
                for place, (text, hint, needed) in enumerate(starting_questions())
            )
