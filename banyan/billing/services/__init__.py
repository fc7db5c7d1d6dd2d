"""What people do with instalments, payments, invoices and subscriptions."""
