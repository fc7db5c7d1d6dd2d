"""Addresses of approvals; those of flows belong to the settings."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.approvals import acting, mail, pages

urlpatterns = [
    path("approvals", pages.approvals, name="approvals"),
    path("approvals/agree", pages.agree_to_many, name="approvals-agree"),
    path("approvals/mail/<str:secret>", mail.decide_by_mail, name="approval-mail"),
    path("approvals/start/<slug:plural>/<uuid:record_id>/<uuid:flow_id>", pages.start, name="approval-start"),
    path("approvals/<uuid:approval_id>", pages.approval_page, name="approval"),
    path("approvals/<uuid:approval_id>/print", pages.print_page, name="approval-print"),
    path("approvals/<uuid:approval_id>/<slug:name>", acting.act, name="approval-act"),
]
