"""Payment plans, receipts, invoices, subscriptions."""
