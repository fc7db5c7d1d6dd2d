"""What moves and reserves stock: the ledger, the reservations, the promises."""
