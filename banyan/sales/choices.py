"""Fixed choices of opportunities."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: The module of what small teams do without: people of a deal, teams, competitors, signs of risk.
DEAL_WORK = "opportunity_teams"


class Outcome(models.TextChoices):
    """What a stage means for an opportunity, and how an opportunity stands."""

    OPEN = "open", pgettext_lazy("opportunity", "Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class ForecastCategory(models.TextChoices):
    """How firmly an opportunity may be counted on; what is won is closed, what is lost is left out."""

    PIPELINE = "pipeline", pgettext_lazy("forecast", "Pipeline")
    BEST_CASE = "best_case", pgettext_lazy("forecast", "Best case")
    COMMIT = "commit", pgettext_lazy("forecast", "Commit")
    OMITTED = "omitted", pgettext_lazy("forecast", "Left out")
    CLOSED = "closed", pgettext_lazy("forecast", "Closed")


class RiskSign(models.TextChoices):
    """What says that an opportunity stands still or may be lost."""

    STAGE_TOO_LONG = "stage_too_long", _("Too long in its stage")
    NO_NEXT_STEP = "no_next_step", _("No next step")
    NEXT_STEP_LATE = "next_step_late", _("Next step is overdue")
    NO_CLOSE_DATE = "no_close_date", _("No expected close")
    CLOSE_PASSED = "close_passed", _("Expected close has passed")
    CLOSE_PUSHED = "close_pushed", _("Close put off again and again")
    QUIET = "quiet", _("No follow-up for long")
    NO_DECISION_MAKER = "no_decision_maker", _("No decision maker known")
    AMOUNT_SHRANK = "amount_shrank", _("Amount shrank")


class BuyingRole(models.TextChoices):
    """What part a person plays in the customer's decision."""

    DECISION_MAKER = "decision_maker", _("Decision maker")
    BUDGET_HOLDER = "budget_holder", _("Holds the budget")
    INFLUENCER = "influencer", _("Influencer")
    USER = "user", pgettext_lazy("buying role", "User")
    CHAMPION = "champion", _("Champion")
    GATEKEEPER = "gatekeeper", _("Gatekeeper")
    BLOCKER = "blocker", _("Blocker")


#: Those who can say yes.
DECIDERS = (BuyingRole.DECISION_MAKER.value, BuyingRole.BUDGET_HOLDER.value)


class Influence(models.TextChoices):
    """How much somebody's word counts in the decision."""

    HIGH = "high", pgettext_lazy("influence", "High")
    MEDIUM = "medium", pgettext_lazy("influence", "Medium")
    LOW = "low", pgettext_lazy("influence", "Low")


class Attitude(models.TextChoices):
    """How somebody at the customer stands towards us, from 2 to -2."""

    SUPPORTS = "2", pgettext_lazy("attitude", "Supports us")
    LEANS = "1", pgettext_lazy("attitude", "Leans towards us")
    NEUTRAL = "0", pgettext_lazy("attitude", "Neutral")
    DOUBTS = "-1", pgettext_lazy("attitude", "Has doubts")
    OPPOSES = "-2", pgettext_lazy("attitude", "Against us")


class CompetitorState(models.TextChoices):
    """How it stands, or ended, with a competitor in an opportunity."""

    IN_PLAY = "in_play", _("In play")
    WON_AGAINST = "won_against", _("Won against")
    LOST_TO = "lost_to", _("Lost to")


class Threat(models.TextChoices):
    """How dangerous a competitor is in an opportunity."""

    HIGH = "high", pgettext_lazy("threat", "High")
    MEDIUM = "medium", pgettext_lazy("threat", "Medium")
    LOW = "low", pgettext_lazy("threat", "Low")
