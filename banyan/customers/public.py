"""The front door of the customers app for apps above it."""

from banyan.customers.kinds import SOURCES
from banyan.customers.models import Activity, Contact, Customer
from banyan.customers.references import (
    ComposerKind,
    CustomersOf,
    Figure,
    FigureSource,
    GroupFigure,
    composer_kinds,
    customer_figures,
    customer_finders,
    customers_behind,
    group_figures,
)
from banyan.customers.rules import match_keys

__all__ = [
    "SOURCES",
    "Activity",
    "ComposerKind",
    "Contact",
    "Customer",
    "CustomersOf",
    "Figure",
    "FigureSource",
    "GroupFigure",
    "composer_kinds",
    "customer_figures",
    "customer_finders",
    "customers_behind",
    "group_figures",
    "match_keys",
]
