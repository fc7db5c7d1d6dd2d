"""The front door of the sales app for apps above it."""

from banyan.sales.models import Opportunity, OpportunityLine, OpportunityMember, OpportunityState, Pipeline, Stage
from banyan.sales.queries import lines_to_take_over, splits_of, states_at
from banyan.sales.references import Goals, goals_of_people
from banyan.sales.rules import Split
from banyan.sales.services import (
    StartingStage,
    create_pipeline,
    delete_pipeline,
    lose_opportunity,
    move_opportunity,
    win_opportunity,
)

__all__ = [
    "Goals",
    "Opportunity",
    "OpportunityLine",
    "OpportunityMember",
    "OpportunityState",
    "Pipeline",
    "Split",
    "Stage",
    "StartingStage",
    "create_pipeline",
    "delete_pipeline",
    "goals_of_people",
    "lines_to_take_over",
    "lose_opportunity",
    "move_opportunity",
    "splits_of",
    "states_at",
    "win_opportunity",
]
