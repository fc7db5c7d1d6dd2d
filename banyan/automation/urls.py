"""Addresses of the automation app."""

from __future__ import annotations

from django.urls import path

from banyan.automation.views import conditions, editor, outside, overview, recipes, runs, steps, versions

RULE = "automation/<uuid:rule_id>"
STEP = f"{RULE}/steps/<slug:step_id>"
PLACE = f"{RULE}/conditions/<slug:place>"

urlpatterns = [
    path("automation", overview.rules, name="automation"),
    path("automation/new", overview.new_rule, name="automation-new"),
    path("automation/recipes", recipes.gallery, name="automation-recipes"),
    path("automation/recipes/<slug:key>", recipes.take_recipe, name="automation-recipe"),
    path("automation/failed", runs.failed, name="automation-failed"),
    path("automation/runs/<uuid:run_id>", runs.one_run, name="automation-run"),
    path("automation/runs/<uuid:run_id>/retry", runs.retry, name="automation-retry"),
    path("automation/buttons/<uuid:rule_id>/<slug:plural>/<uuid:record_id>", outside.press, name="automation-press"),
    path(RULE, editor.flow, name="automation-rule"),
    path(f"{RULE}/settings", overview.rule_settings, name="automation-settings"),
    path(f"{RULE}/switch", overview.switch, name="automation-switch"),
    path(f"{RULE}/resume", overview.resume, name="automation-resume"),
    path(f"{RULE}/end-runs", overview.end_runs, name="automation-end-runs"),
    path(f"{RULE}/delete", overview.remove, name="automation-delete"),
    path(f"{RULE}/save", editor.save, name="automation-save"),
    path(f"{RULE}/discard", editor.discard, name="automation-discard"),
    path(f"{RULE}/address", editor.make_address, name="automation-address"),
    path(f"{RULE}/trigger", steps.edit_trigger, name="automation-trigger"),
    path(f"{RULE}/trigger/filter", steps.trigger_filter, name="automation-trigger-filter"),
    path(f"{PLACE}/record", conditions.record, name="automation-condition"),
    path(f"{PLACE}/children/<int:number>", conditions.children, name="automation-children"),
    path(f"{PLACE}/who", conditions.who, name="automation-who"),
    path(f"{RULE}/steps/new", steps.new_step, name="automation-step-new"),
    path(f"{STEP}/edit", steps.edit_step, name="automation-step"),
    path(f"{STEP}/filter", steps.step_filter, name="automation-step-filter"),
    path(f"{STEP}/move", steps.move_step, name="automation-step-move"),
    path(f"{STEP}/delete", steps.delete_step, name="automation-step-delete"),
    path(f"{STEP}/branches/<slug:branch_id>", conditions.branch, name="automation-branch"),
    path(f"{STEP}/branches/<slug:branch_id>/delete", conditions.delete_branch, name="automation-branch-delete"),
    path(f"{RULE}/versions", versions.versions, name="automation-versions"),
    path(f"{RULE}/versions/<int:number>", versions.version, name="automation-version"),
    path(f"{RULE}/versions/<int:number>/restore", versions.restore, name="automation-restore"),
    path(f"{RULE}/test", versions.test, name="automation-test"),
    path(f"{RULE}/runs", runs.rule_runs, name="automation-rule-runs"),
    path("hooks/<str:token>", outside.hook, name="automation-hook"),
]
