"""Addresses of the marketing app: pages of people who run campaigns, and those that mails lead to."""

from __future__ import annotations

from django.urls import path

from banyan.marketing.views import campaigns, mailings, public, segments

CAMPAIGN, SEGMENT, MAILING = "campaigns/<uuid:campaign_id>", "segments/<uuid:segment_id>", "mailings/<uuid:mailing_id>"

urlpatterns = [
    path("m/<str:token>", public.way_out, name="mail-way-out"),
    path("m/<str:token>/<int:number>", public.link, name="mail-link"),
    path("segments/new", segments.new, name="segment-new"),
    path("segments/from/<slug:plural>", segments.from_list, name="segment-from-list"),
    path(f"{SEGMENT}/rule", segments.edit, name="segment-rule"),
    path(f"{SEGMENT}/members", segments.members, name="segment-members"),
    path(f"{SEGMENT}/members/<uuid:record_id>/remove", segments.remove, name="segment-member-remove"),
    path(f"{SEGMENT}/export", segments.export, name="segment-export"),
    path("campaigns/results", campaigns.comparison, name="campaign-comparison"),
    path("campaigns/add/<slug:plural>", campaigns.add_selected, name="campaign-add-selected"),
    path(f"{CAMPAIGN}/add", campaigns.add, name="campaign-add"),
    path(f"{CAMPAIGN}/members", campaigns.members, name="campaign-members"),
    path(f"{CAMPAIGN}/members/mark", campaigns.mark, name="campaign-members-mark"),
    path(f"{CAMPAIGN}/members/<uuid:member_id>/respond", campaigns.respond, name="campaign-respond"),
    path(f"{CAMPAIGN}/members/<uuid:member_id>/remove", campaigns.remove, name="campaign-member-remove"),
    path(f"{CAMPAIGN}/results", campaigns.results, name="campaign-results"),
    path(f"{CAMPAIGN}/mails", mailings.mailings, name="campaign-mails"),
    path(f"{CAMPAIGN}/mails/new", mailings.new, name="campaign-mail-new"),
    path(MAILING, mailings.mailing_page, name="mailing"),
    path(f"{MAILING}/edit", mailings.edit, name="mailing-edit"),
    path(f"{MAILING}/act", mailings.act, name="mailing-act"),
]
