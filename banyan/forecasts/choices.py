"""Fixed choices of targets and forecasts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Measure(models.TextChoices):
    """What a target counts; ``banyan.forecasts.queries.measures`` knows how."""

    AMOUNT_WON = "amount_won", _("Amount won")
    NUMBER_WON = "number_won", _("Opportunities won")
    ORDERS_AMOUNT = "orders_amount", _("Amount ordered")
    NUMBER_OF_ORDERS = "number_of_orders", _("Number of orders")
    PAYMENTS_RECEIVED = "payments_received", _("Payments received")
    NEW_CUSTOMERS = "new_customers", _("New customers")


class Dimension(models.TextChoices):
    """By what a target is narrowed to a part of the business."""

    PRODUCT_CATEGORY = "product_category", _("Product category")
    PRODUCT = "product", _("Product")
    TERRITORY = "territory", _("Territory")
    CUSTOMER_LEVEL = "customer_level", _("Customer level")
    INDUSTRY = "industry", _("Industry")


class Category(models.TextChoices):
    """How sure it is that an open opportunity comes in, and what has come in."""

    PIPELINE = "pipeline", pgettext_lazy("forecast", "Pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", pgettext_lazy("forecast", "Commit")
    CLOSED = "closed", pgettext_lazy("forecast", "Won")


class SubmissionKind(models.TextChoices):
    """Whose judgement a submitted figure is: one's own, a manager's of one person, a manager's of a whole team."""

    OWN = "own", _("Own forecast")
    OF_PERSON = "of_person", _("Adjusted by a manager")
    OF_TEAM = "of_team", _("Forecast of the team")


class Weights(models.TextChoices):
    """By what a larger target is spread over smaller ones."""

    EQUAL = "equal", _("Equally")
    LAST_YEAR = "last_year", _("As last year's results")
    OWN = "own", _("By weights of my own")
