"""The pages of the business rules among the settings."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.business_rules.assignment import applies
from banyan.core.business_rules.assignment_rules import is_assignable
from banyan.core.business_rules.definitions import has_rules
from banyan.core.business_rules.models import Assignment, AssignmentRule, DuplicateRule, ValidationRule
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.business_rules import assignment, duplicates, giving, people, validation
from banyan.core.web.panels import TimelineSource, timeline_sources
from banyan.core.web.settings.object_pages import ObjectPage, narrowed, register_object_page
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values, subjects

VALIDATION_ROUTES = (
    path("validation-rules", validation.rules, name="settings-validation-rules"),
    path("validation-rules/new/<slug:object_name>", validation.new_rule, name="settings-validation-rule-new"),
    path("validation-rules/<uuid:rule_id>", validation.edit_rule, name="settings-validation-rule"),
    path("validation-rules/<uuid:rule_id>/switch", validation.switch, name="settings-validation-rule-switch"),
    path("validation-rules/<uuid:rule_id>/delete", validation.remove_rule, name="settings-validation-rule-delete"),
    path("validation-rules/<uuid:rule_id>/check", validation.check, name="settings-validation-rule-check"),
    path("validation-rules/<uuid:rule_id>/check/part", validation.check_part, name="settings-validation-check-part"),
)
DUPLICATE_ROUTES = (
    path("duplicate-rules", duplicates.rules, name="settings-duplicate-rules"),
    path("duplicate-rules/new/<slug:object_name>", duplicates.new_rule, name="settings-duplicate-rule-new"),
    path("duplicate-rules/<uuid:rule_id>", duplicates.edit_rule, name="settings-duplicate-rule"),
    path("duplicate-rules/<uuid:rule_id>/switch", duplicates.switch, name="settings-duplicate-rule-switch"),
    path("duplicate-rules/<uuid:rule_id>/delete", duplicates.remove_rule, name="settings-duplicate-rule-delete"),
    path("duplicate-rules/<uuid:rule_id>/found", duplicates.found, name="settings-duplicates-found"),
    path("duplicate-rules/<uuid:rule_id>/distinct", duplicates.distinct, name="settings-duplicates-distinct"),
)
ASSIGNMENT_ROUTES = (
    path("assignment-rules", assignment.rules, name="settings-assignment-rules"),
    path("assignment-rules/people", people.people, name="settings-assignment-people"),
    path("assignment-rules/people/usual", people.usual, name="settings-assignment-usual"),
    path("assignment-rules/people/<uuid:user_id>", people.person, name="settings-assignment-person"),
    path("assignment-rules/people/<uuid:user_id>/forget", people.forget, name="settings-assignment-forget"),
    path("assignment-rules/new/<slug:object_name>", assignment.new_rule, name="settings-assignment-rule-new"),
    path("assignment-rules/<uuid:rule_id>", assignment.edit_rule, name="settings-assignment-rule"),
    path("assignment-rules/<uuid:rule_id>/switch", assignment.switch, name="settings-assignment-rule-switch"),
    path("assignment-rules/<uuid:rule_id>/delete", assignment.remove_rule, name="settings-assignment-rule-delete"),
    path("assignment-rules/<uuid:rule_id>/order", assignment.order, name="settings-assignment-order"),
    path("assignment-rules/<uuid:rule_id>/entries/new", assignment.new_entry, name="settings-assignment-entry-new"),
    path(
        "assignment-rules/<uuid:rule_id>/entries/<uuid:entry_id>",
        assignment.edit_entry,
        name="settings-assignment-entry",
    ),
    path(
        "assignment-rules/<uuid:rule_id>/entries/<uuid:entry_id>/delete",
        assignment.remove_entry,
        name="settings-assignment-entry-delete",
    ),
)


def _count(model: Any, spec: ObjectSpec) -> int:
    return int(model.objects.filter(object_name=spec.name).count())


def register() -> None:
    """Register the pages, and the words of the set-up log."""
    register_settings_page(
        SettingsPage(
            validation.PAGE, _("Validation rules"), validation.URL, "clipboard-check", "rules",
            _("What must hold of records, whoever writes them"), ability=Ability.CUSTOMISE,
            words=(_("Checks"), _("Required fields")), routes=VALIDATION_ROUTES,
            is_used=lambda actor: ValidationRule.objects.exists(),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            duplicates.PAGE, _("Duplicate rules"), duplicates.URL, "copy", "rules",
            _("By which fields two records are the same, and what happens then"), ability=Ability.CUSTOMISE,
            words=(_("Duplicates"), "查重", "撞单"), routes=DUPLICATE_ROUTES,
            is_used=lambda actor: DuplicateRule.objects.exists(),
        )
    )  # fmt: skip
    register_settings_page(
        SettingsPage(
            assignment.PAGE, _("Assignment rules"), assignment.URL, "user-check", "rules",
            _("Who gets new records by itself"), ability=Ability.CUSTOMISE,
            words=(_("Assign"), _("Skills"), _("Working hours"), "分配"), routes=ASSIGNMENT_ROUTES,
            is_used=lambda actor: AssignmentRule.objects.exists(),
        )
    )  # fmt: skip
    for page, label, url, icon, position, model, objects in (
        (validation.PAGE, _("Validation rules"), validation.URL, "clipboard-check", 40, ValidationRule, has_rules),
        (duplicates.PAGE, _("Duplicate rules"), duplicates.URL, "copy", 50, DuplicateRule, has_rules),
        (assignment.PAGE, _("Assignment rules"), assignment.URL, "user-check", 55, AssignmentRule, is_assignable),
    ):
        count = partial(_count, model)
        register_object_page(ObjectPage(page, label, icon, position, narrowed(url), count=count, fits=objects))
    _register_timeline()
    _register_words()


def _register_words() -> None:
    """Say what the rules and their values are called in the set-up log."""
    for subject, name in {
        "validation_rule": _("Validation rule"),
        "duplicate_rule": _("Duplicate rule"),
        "assignment_rule": _("Assignment rule"),
        "availability": _("Availability"),
    }.items():
        subjects.add(subject, name)
    name_values(
        {
            "moment": _("When it looks"),
            "fields": _("Fields"),
            "requirement": _("What must hold"),
            "expression": _("Formula"),
            "messages": _("What people read"),
            "field": _("Field"),
            "severity": _("When it is broken"),
            "excepted_roles": _("Not for these roles"),
            "matches": _("Fields that must agree"),
            "action": _("What happens"),
            "reach": _("Where it looks"),
            "sources": _("Comes by"),
            "fallback_id": _("Else"),
            "entries": _("Entries"),
            "skills": _("Skills"),
            "most_open": _("At most open"),
            "starts_at": _("Work begins"),
            "ends_at": _("Work ends"),
            "takes_nothing": _("Takes nothing"),
        }
    )


def _register_timeline() -> None:
    """Let a record tell to whom rules gave it."""
    register_tables_at_records("", Assignment)
    source = TimelineSource(
        "assignments",
        _("Assignments"),
        "user-check",
        giving.load_assignments,
        position=900,
        has_tab=applies,
        table=Assignment,
    )
    timeline_sources.add(source.name, source)
