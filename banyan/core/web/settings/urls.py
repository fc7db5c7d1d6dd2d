"""Addresses of the settings; apps above add theirs by ``register_settings_page``."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.settings import (
    departments,
    devices,
    fields,
    home,
    lists,
    me,
    organization,
    people,
    roles,
    system,
    tokens,
)
from banyan.core.web.settings.pages import settings_pages

urlpatterns = [
    path("", home.home, name="settings"),
    path("me", me.profile, name="settings-me"),
    path("me/theme", me.theme, name="settings-theme"),
    path("me/language", me.language, name="settings-language"),
    path("me/password", me.password, name="settings-password"),
    path("me/devices", devices.devices, name="settings-devices"),
    path("me/devices/others", devices.sign_others_out, name="settings-devices-others"),
    path("me/devices/<str:session_id>/sign-out", devices.sign_device_out, name="settings-device-sign-out"),
    path("me/tokens", tokens.tokens, name="settings-tokens"),
    path("me/tokens/new", tokens.new_token, name="settings-token-new"),
    path("me/tokens/<uuid:token_id>/revoke", tokens.revoke_token, name="settings-token-revoke"),
    path("organization", organization.organization, name="settings-organization"),
    path("modules", organization.module_list, name="settings-modules"),
    path("modules/<slug:name>", organization.switch_module, name="settings-module"),
    path("people", people.people, name="settings-people"),
    path("people/invite", people.invite, name="settings-invite"),
    path("people/<uuid:user_id>", people.person, name="settings-person"),
    path("people/<uuid:user_id>/<slug:action>", people.act_on_person, name="settings-person-action"),
    path("departments", departments.departments, name="settings-departments"),
    path("departments/new", departments.new_department, name="settings-department-new"),
    path("departments/<uuid:department_id>", departments.edit_department, name="settings-department"),
    path("departments/<uuid:department_id>/delete", departments.remove_department, name="settings-department-delete"),
    path("roles", roles.roles, name="settings-roles"),
    path("roles/<uuid:role_id>", roles.role, name="settings-role"),
    path("roles/<uuid:role_id>/copy", roles.copy, name="settings-role-copy"),
    path("roles/<uuid:role_id>/delete", roles.remove_role, name="settings-role-delete"),
    path("roles/<uuid:role_id>/fields/<slug:object_name>", roles.role_fields, name="settings-role-fields"),
    path("changes", system.changes, name="settings-changes"),
    path("fields", fields.field_objects, name="settings-fields"),
    path("fields/<slug:object_name>", fields.fields, name="settings-fields-of"),
    path("fields/<slug:object_name>/new", fields.new_field, name="settings-field-new"),
    path("fields/<slug:object_name>/order", fields.order_fields, name="settings-fields-order"),
    path("fields/<slug:object_name>/<uuid:field_id>", fields.field, name="settings-field"),
    path("lists", lists.lists, name="settings-lists"),
    path("lists/<str:name>", lists.pick_list, name="settings-list"),
    path("jobs", system.jobs, name="settings-jobs"),
    path("jobs/<int:job_id>/repeat", system.repeat_job, name="settings-job-repeat"),
    path("backups", system.backups, name="settings-backups"),
    path("backups/now", system.back_up_now, name="settings-backup-now"),
    path("api", system.api, name="settings-api"),
    *(route for entry in settings_pages for route in entry.routes),
]
