"""Names by which the money app is known to the rest of the product."""

CURRENCIES_MODULE = "currencies"
TAXES_MODULE = "taxes"
