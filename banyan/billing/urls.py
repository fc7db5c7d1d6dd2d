"""Addresses of billing beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.billing.views import bank, customers, invoices, orders, payments, receivables, subscriptions

urlpatterns = [
    path("billing/orders/<uuid:order_id>/money", orders.money_part, name="billing-order-money"),
    path("billing/orders/<uuid:order_id>/plan", orders.plan, name="billing-order-plan"),
    path("billing/orders/<uuid:order_id>/invoice", orders.invoice, name="billing-order-invoice"),
    path("billing/orders/<uuid:order_id>/payment", orders.payment, name="billing-order-payment"),
    path("billing/orders/<uuid:order_id>/release", orders.release, name="billing-order-release"),
    path("payments/<uuid:payment_id>/confirm", payments.confirm, name="payment-confirm"),
    path("payments/<uuid:payment_id>/refuse", payments.refuse, name="payment-refuse"),
    path("payments/<uuid:payment_id>/allocate", payments.allocate_payment, name="payment-allocate"),
    path(
        "payments/<uuid:payment_id>/take-back/<uuid:allocation_id>",
        payments.take_allocation_back,
        name="payment-take-back",
    ),
    path("payments/<uuid:payment_id>/refund", payments.refund, name="payment-refund"),
    path("payments/<uuid:payment_id>/reverse", payments.reverse, name="payment-reverse"),
    path("invoices/<uuid:invoice_id>/lines", invoices.lines_part, name="invoice-lines"),
    path("invoices/<uuid:invoice_id>/approve", invoices.approve, name="invoice-approve"),
    path("invoices/<uuid:invoice_id>/refuse", invoices.refuse, name="invoice-refuse"),
    path("invoices/<uuid:invoice_id>/issue", invoices.issue, name="invoice-issue"),
    path("invoices/<uuid:invoice_id>/credit", invoices.credit, name="invoice-credit"),
    path("invoices/<uuid:invoice_id>/cancel", invoices.cancel, name="invoice-cancel"),
    path("subscriptions/<uuid:subscription_id>/change", subscriptions.change, name="subscription-change"),
    path("subscriptions/<uuid:subscription_id>/pause", subscriptions.pause, name="subscription-pause"),
    path("subscriptions/<uuid:subscription_id>/resume", subscriptions.resume, name="subscription-resume"),
    path("subscriptions/<uuid:subscription_id>/renew", subscriptions.renew, name="subscription-renew"),
    path("subscriptions/<uuid:subscription_id>/cancel", subscriptions.cancel, name="subscription-cancel"),
    path("recurring-revenue", subscriptions.figures, name="recurring-revenue"),
    path("receivables", receivables.receivables, name="receivables"),
    path("receivables/export", receivables.export, name="receivables-export"),
    path("billing/customers/<uuid:customer_id>/statement", receivables.statement, name="billing-statement"),
    path("billing/customers/<uuid:customer_id>/headers/new", customers.new_header, name="billing-header-new"),
    path("billing/customers/<uuid:customer_id>/headers/<uuid:header_id>", customers.edit_header, name="billing-header"),
    path("billing/customers/<uuid:customer_id>/terms", customers.terms, name="billing-terms"),
    path("billing/bank", bank.lines, name="billing-bank"),
    path("billing/bank/new", bank.take_in, name="billing-bank-new"),
    path("billing/bank/<uuid:line_id>/record", bank.record, name="billing-bank-record"),
    path("billing/bank/<uuid:line_id>/record-match", bank.record_match, name="billing-bank-match"),
    path("billing/bank/<uuid:line_id>/ignore", bank.ignore, name="billing-bank-ignore"),
]
