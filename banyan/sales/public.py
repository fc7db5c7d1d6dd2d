"""The front door of the sales app for apps above it."""

from banyan.sales.models import Opportunity, OpportunityLine, OpportunityMember, OpportunityState, Pipeline, Stage
from banyan.sales.queries import lines_to_take_over, splits_of, states_at
from banyan.sales.references import Goals, goals_of_people
from banyan.sales.rules import Split
from banyan.sales.services.deal_work import MemberDraft, RivalDraft, save_competitor, save_competitors, save_team
from banyan.sales.services.pipelines import (
    StartingStage,
    create_pipeline,
    delete_pipeline,
    lose_opportunity,
    move_opportunity,
    win_opportunity,
)

__all__ = [
    "Goals",
    "MemberDraft",
    "Opportunity",
    "OpportunityLine",
    "OpportunityMember",
    "OpportunityState",
    "Pipeline",
    "RivalDraft",
    "Split",
    "Stage",
    "StartingStage",
    "create_pipeline",
    "delete_pipeline",
    "goals_of_people",
    "lines_to_take_over",
    "lose_opportunity",
    "move_opportunity",
    "save_competitor",
    "save_competitors",
    "save_team",
    "splits_of",
    "states_at",
    "win_opportunity",
]
