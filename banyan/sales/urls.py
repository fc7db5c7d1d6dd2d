"""Addresses of the sales app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.sales.views import changes, deal_work, moving

DEAL = "opportunities/<uuid:opportunity_id>"

urlpatterns = [
    path("opportunities/bulk/move", moving.move, name="opportunities-move"),
    path(f"{DEAL}/copy", deal_work.clone, name="opportunity-clone"),
    path(f"{DEAL}/deal-work/<slug:name>", deal_work.part_of_page, name="opportunity-part"),
    path(f"{DEAL}/people/new", deal_work.new_person, name="opportunity-person-new"),
    path(f"{DEAL}/people/<uuid:person_id>", deal_work.person, name="opportunity-person"),
    path(f"{DEAL}/team", deal_work.edit_team, name="opportunity-team"),
    path(f"{DEAL}/team/undo", deal_work.undo_team, name="opportunity-team-undo"),
    path(f"{DEAL}/competitors", deal_work.edit_competitors, name="opportunity-competitors"),
    path("pipeline/changes", changes.changes, name="pipeline-changes"),
    path("pipeline/competitors", changes.competitors, name="pipeline-competitors"),
]
