"""Addresses of SCIM."""

from __future__ import annotations

from django.urls import path

from banyan.core.api.scim import bulk, views

urlpatterns = [
    path("ServiceProviderConfig", views.endpoint(get=views.service_provider_config), name="scim-config"),
    path("ResourceTypes", views.endpoint(get=views.resource_types), name="scim-resource-types"),
    path("Schemas", views.endpoint(get=views.schemas), name="scim-schemas"),
    path("Bulk", views.endpoint(post=bulk.bulk), name="scim-bulk"),
    path("Users", views.endpoint(get=views.list_users, post=views.create_user), name="scim-users"),
    path(
        "Users/<uuid:user_id>",
        views.endpoint(get=views.get_user, put=views.put_user, patch=views.patch_user, delete=views.delete_user),
        name="scim-user",
    ),
    path("Groups", views.endpoint(get=views.list_groups, post=views.create_group), name="scim-groups"),
    path(
        "Groups/<uuid:group_id>",
        views.endpoint(get=views.get_group, put=views.put_group, patch=views.patch_group, delete=views.delete_group),
        name="scim-group",
    ),
]
