"""Names by which the products app is known to the rest of the product."""

PRODUCTS = "products"
PRICING = "pricing"
#: The key of what an organization has chosen about prices, in its settings.
SETTING = "pricing"
DISCOUNTS = "discounts"
