"""Addresses of Settings > Leads."""

from __future__ import annotations

from django.urls import path

from banyan.leads.views import form_settings, settings

SETTINGS_ROUTES = (
    path("leads", settings.general, name="settings-leads"),
    path("leads/begin", settings.begin, name="settings-leads-begin"),
    path("leads/scores", settings.scores, name="settings-lead-scores"),
    path("leads/scores/new", settings.new_rule, name="settings-lead-score-new"),
    path("leads/scores/<uuid:rule_id>", settings.edit_rule, name="settings-lead-score"),
    path("leads/scores/<uuid:rule_id>/delete", settings.remove_rule, name="settings-lead-score-delete"),
    path("leads/checklist", settings.checklist, name="settings-lead-checklist"),
    path("leads/checklist/new", settings.new_question, name="settings-lead-question-new"),
    path("leads/checklist/<uuid:question_id>", settings.edit_question, name="settings-lead-question"),
    path("leads/checklist/<uuid:question_id>/delete", settings.remove_question, name="settings-lead-question-delete"),
    path("leads/mapping", settings.mapping, name="settings-lead-mapping"),
    path("leads/forms", form_settings.form_list, name="settings-lead-forms"),
    path("leads/forms/new", form_settings.new_form, name="settings-lead-form-new"),
    path("leads/forms/<uuid:form_id>", form_settings.edit_form, name="settings-lead-form"),
    path("leads/forms/<uuid:form_id>/delete", form_settings.remove_form, name="settings-lead-form-delete"),
)
