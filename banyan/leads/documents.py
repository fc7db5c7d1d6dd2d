"""What administrators choose about leads, as parts of the configuration file: settings, scores, the checklist, forms.

A form is known by its name: its public address is a secret of the organization, and another one makes its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Property, Shape, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.leads.choices import MODULE, Destination
from banyan.leads.models import MOST_POINTS, LeadForm, LeadQuestion, ScoreRule
from banyan.leads.services import settings as services
from banyan.leads.services.forms import FormValues, delete_form, save_form
from banyan.leads.setting import KNOWN, LeadSetting, lead_setting
from banyan.privacy.public import Purpose

SINGLE = "leads"
USUAL = LeadSetting().stored()
FLAGS, TEXTS, OTHERS = ("counts_working_time",), ("works_from", "works_until"), ("working_days", "mapping")


def read_setting(organization: Organization) -> list[dict[str, Any]]:
    """Return the settings of leads; none where there are no leads."""
    return [{KEY: SINGLE, **lead_setting(organization).stored()}] if module_is_on(organization, MODULE) else []


def apply_setting(actor: Actor, change: Change) -> None:
    """Change the settings of leads."""
    wanted = {name: value for name, (_now, value) in change.changed().items() if value is not None}
    if "working_days" in wanted:
        wanted["working_days"] = tuple(wanted["working_days"])
    services.save_setting(actor, **wanted)


def read_rules(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the scoring rules in order."""
    if not module_is_on(organization, MODULE):
        return []
    spec = spec_for(organization, "lead")
    return [
        {
            KEY: rule.key, "name": rule.name, "points": rule.points, "is_active": rule.is_active,
            "condition": portable_filter(organization, spec, rule.condition),
        }
        for rule in ScoreRule.objects.all()
    ]  # fmt: skip


def apply_rule(actor: Actor, change: Change) -> None:
    """Make, change or delete a scoring rule."""
    rule = ScoreRule.objects.filter(key=change.key).first()
    if change.entry is None:
        if rule is not None:
            services.delete_rule(actor, rule.pk)
        return
    entry = change.entry
    condition = local_filter(actor.organization, spec_for(actor.organization, "lead"), entry["condition"])
    values = services.RuleValues(
        condition, int(entry["points"]), name=str(entry["name"] or ""), is_active=bool(entry["is_active"])
    )
    services.save_rule(actor, rule, values, key=change.key)


def read_questions(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the questions of the checklist in order."""
    if not module_is_on(organization, MODULE):
        return []
    names = ("text", "hint", "is_needed", "is_active")
    return [{KEY: row.key, **{name: getattr(row, name) for name in names}} for row in LeadQuestion.objects.all()]


def apply_question(actor: Actor, change: Change) -> None:
    """Make, change or delete a question."""
    question = LeadQuestion.objects.filter(key=change.key).first()
    if change.entry is None:
        if question is not None:
            services.delete_question(actor, question.pk)
        return
    entry = change.entry
    values = services.QuestionValues(
        str(entry["text"]), str(entry["hint"] or ""), bool(entry["is_needed"]), bool(entry["is_active"])
    )
    services.save_question(actor, question, values, key=change.key)


def read_forms(organization: Organization) -> Sequence[dict[str, Any]]:
    """Return the forms by name; who gets what is sent is named by the e-mail address, a purpose by its code."""
    if not module_is_on(organization, MODULE):
        return []
    purposes = {purpose.pk: purpose.code for purpose in Purpose.objects.all()}
    rows = LeadForm.objects.select_related("owner").order_by("name", "created_at")
    names = ("is_active", "fields", "texts", "source", "campaign", "destination", "consent_required", "thanks_url")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(
            row.name,
            {
                KEY: row.name, **{name: getattr(row, name) for name in names}, "sites": list(row.sites),
                "owner": row.owner.email if row.owner else "",
                "purpose": purposes.get(row.purpose_id, "") if row.purpose_id else "",
            },
        )  # fmt: skip
    return list(found.values())


def apply_form(actor: Actor, change: Change) -> None:
    """Make, change or delete a form; raise ``Invalid`` where nobody has the address or the purpose that it names."""
    form = LeadForm.objects.filter(name=change.key).order_by("created_at").first()
    if change.entry is None:
        if form is not None:
            delete_form(actor, form.pk)
        return
    entry = change.entry
    owner = User.objects.filter(email=entry["owner"], is_active=True).first() if entry["owner"] else None
    purpose = (
        Purpose.objects.filter(code=entry["purpose"], deleted_at__isnull=True).first() if entry["purpose"] else None
    )
    for name, found in (("owner", owner), ("purpose", purpose)):
        if entry[name] and found is None:
            message = _("There is no “%(name)s” here.") % {"name": str(entry[name])[:120]}
            raise Invalid([FieldError(name, "unknown_record", message)])
    values = FormValues(
        name=change.key, fields=list(entry["fields"]), texts=dict(entry["texts"]), is_active=bool(entry["is_active"]),
        source=str(entry["source"] or ""), campaign=str(entry["campaign"] or ""), destination=str(entry["destination"]),
        owner=owner.pk if owner else None, purpose_id=purpose.pk if purpose else None,
        consent_required=bool(entry["consent_required"]), sites=list(entry["sites"]), thanks_url=str(entry["thanks_url"] or ""),
    )  # fmt: skip
    save_form(actor, form, values)


def _register_forms() -> None:
    register_part(
        ConfigurationPart(
            name="lead_forms",
            label=gettext_lazy("Forms for leads"),
            key_help=gettext_lazy("the name"),
            properties={
                "is_active": Property(Flag(), gettext_lazy("In use"), default=True),
                "fields": Property(Items(), gettext_lazy("Fields"), needed=True),
                "texts": Property(Shape(), gettext_lazy("Texts"), default={}),
                "source": Property(Text(longest=100), gettext_lazy("Source"), default=""),
                "campaign": Property(Text(longest=200), gettext_lazy("Campaign"), default=""),
                "destination": Property(
                    Text(choices=tuple(Destination.values)), gettext_lazy("Goes to"), default=Destination.RULES.value
                ),
                "owner": Property(Text(longest=254), gettext_lazy("Owner"), default=""),
                "purpose": Property(Text(longest=120), gettext_lazy("Purpose"), default=""),
                "consent_required": Property(Flag(), gettext_lazy("Consent is needed"), default=True),
                "sites": Property(Items(Text(longest=200)), gettext_lazy("Web sites"), default=[]),
                "thanks_url": Property(Text(longest=500), gettext_lazy("Page afterwards"), default=""),
            },
            read=read_forms,
            apply=apply_form,
            after=("objects", "fields", "organization"),
        )
    )


def _of_setting(name: str) -> Property:
    shape: Shape = Number(least=-MOST_POINTS if name.startswith("grade") else 0)
    if name in FLAGS:
        shape = Flag()
    elif name in TEXTS:
        shape = Text(longest=5)
    elif name == "working_days":
        shape = Items(Number(least=1, most=7))
    elif name in OTHERS:
        shape = Shape()
    return Property(shape, name.replace("_", " "), default=USUAL[name])


def register() -> None:
    """Make the parts known."""
    _register_forms()
    register_part(
        ConfigurationPart(
            name="lead_settings",
            label=gettext_lazy("Settings of leads"),
            properties={name: _of_setting(name) for name in KNOWN},
            read=read_setting,
            apply=apply_setting,
            after=("objects", "fields", "organization"),
            removable=False,
        )
    )
    register_part(
        ConfigurationPart(
            name="lead_scores",
            label=gettext_lazy("Scoring rules of leads"),
            key_help=gettext_lazy("a short name"),
            properties={
                "name": Property(Text(longest=120), gettext_lazy("Name"), default=""),
                "points": Property(Number(least=-MOST_POINTS, most=MOST_POINTS), gettext_lazy("Points"), needed=True),
                "condition": Property(Filter(), gettext_lazy("Condition"), needed=True),
                "is_active": Property(Flag(), gettext_lazy("In force"), default=True),
            },
            read=read_rules,
            apply=apply_rule,
            after=("objects", "fields", "organization"),
            title=lambda entry: entry.get("name", ""),
        )
    )
    register_part(
        ConfigurationPart(
            name="lead_questions",
            label=gettext_lazy("Checklist of leads"),
            key_help=gettext_lazy("a short name"),
            properties={
                "text": Property(Text(longest=200, may_be_empty=False), gettext_lazy("Question"), needed=True),
                "hint": Property(Text(longest=255), gettext_lazy("Hint"), default=""),
                "is_needed": Property(Flag(), gettext_lazy("Needed to qualify"), default=True),
                "is_active": Property(Flag(), gettext_lazy("In use"), default=True),
            },
            read=read_questions,
            apply=apply_question,
            after=("organization",),
            title=lambda entry: entry.get("text", ""),
        )
    )
