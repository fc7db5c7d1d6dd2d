"""Addresses of the commissions app."""

from __future__ import annotations

from django.urls import path

from banyan.commissions.views import statements

urlpatterns = [
    path("commissions", statements.statements, name="commissions"),
    path("commissions/calculate", statements.calculate, name="commissions-calculate"),
    path("commissions/calculation", statements.calculation, name="commissions-calculation"),
    path("commissions/approve", statements.approve_all, name="commissions-approve"),
    path("commissions/pay", statements.pay_all, name="commissions-pay"),
    path("commissions/export", statements.export_period, name="commissions-export"),
    path("commissions/<uuid:statement_id>", statements.statement, name="commission-statement"),
    path("commissions/<uuid:statement_id>/approve", statements.approve, name="commission-approve"),
    path("commissions/<uuid:statement_id>/pay", statements.pay, name="commission-pay"),
    path("commissions/<uuid:statement_id>/export", statements.export_statement, name="commission-export"),
]
