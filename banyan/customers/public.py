"""The front door of the customers app for apps above it."""

from banyan.customers.health import buying_rhythm, trend_points
from banyan.customers.keys import keys_to_keep, keys_to_look_up
from banyan.customers.kinds import INDUSTRIES, SOURCES
from banyan.customers.models import Activity, Contact, Customer
from banyan.customers.pools.services import release as release_customers
from banyan.customers.queries import party_lines, records_by_key
from banyan.customers.references import (
    ComposerKind,
    CustomersOf,
    DealSource,
    Figure,
    FigureSource,
    GroupFigure,
    HealthReason,
    HealthSource,
    composer_kinds,
    customer_figures,
    customer_finders,
    customers_behind,
    deal_sources,
    group_figures,
    health_sources,
    lifetime_figures,
    pool_guards,
)
from banyan.customers.rules import LIKELY_DUPLICATE, POSSIBLE_DUPLICATE, match_keys, similarity
from banyan.customers.services import count_as_won

__all__ = [
    "INDUSTRIES",
    "LIKELY_DUPLICATE",
    "POSSIBLE_DUPLICATE",
    "SOURCES",
    "Activity",
    "ComposerKind",
    "Contact",
    "Customer",
    "CustomersOf",
    "DealSource",
    "Figure",
    "FigureSource",
    "GroupFigure",
    "HealthReason",
    "HealthSource",
    "buying_rhythm",
    "composer_kinds",
    "count_as_won",
    "customer_figures",
    "customer_finders",
    "customers_behind",
    "deal_sources",
    "group_figures",
    "health_sources",
    "keys_to_keep",
    "keys_to_look_up",
    "lifetime_figures",
    "match_keys",
    "party_lines",
    "pool_guards",
    "records_by_key",
    "release_customers",
    "similarity",
    "trend_points",
]
