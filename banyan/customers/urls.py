"""Addresses of the customers app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.customers.views import duplicates, follow_ups, in_full, pools

urlpatterns = [
    path("follow-ups/quick", follow_ups.quick_follow_up, name="quick-follow-up"),
    path("pools", pools.pools, name="pools"),
    path("pools/claim", pools.claim_selected, name="pool-claim"),
    path("pools/release", pools.release_selected, name="pool-release"),
    path("pools/<uuid:pool_id>", pools.pool, name="pool"),
    path("pools/<uuid:pool_id>/rows", pools.rows, name="pool-rows"),
    path("pools/<uuid:pool_id>/figures", pools.figures, name="pool-figures"),
    path("pools/<uuid:pool_id>/log", pools.log, name="pool-log"),
    path("pools/<uuid:pool_id>/assign", pools.assign_selected, name="pool-assign"),
    path("pools/<uuid:pool_id>/move", pools.move_selected, name="pool-move"),
    path("pools/<uuid:pool_id>/customers/<uuid:customer_id>", pools.customer, name="pool-customer"),
    path("customers/<uuid:customer_id>/in-full", in_full.panel, name="customer-in-full"),
    path("<slug:plural>/duplicates-review", duplicates.review, name="duplicates-review"),
    path("<slug:plural>/duplicates-review/groups", duplicates.groups_part, name="duplicates-groups"),
    path("<slug:plural>/duplicates-review/distinct", duplicates.declare, name="duplicates-distinct"),
    path("<slug:plural>/<uuid:record_id>/duplicates", duplicates.hint_part, name="record-duplicates"),
]
