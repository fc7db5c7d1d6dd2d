"""The front door of the sales app for apps above it."""

from banyan.sales.models import Opportunity, Pipeline, Stage
from banyan.sales.services import (
    StartingStage,
    create_pipeline,
    delete_pipeline,
    lose_opportunity,
    move_opportunity,
    win_opportunity,
)

__all__ = [
    "Opportunity",
    "Pipeline",
    "Stage",
    "StartingStage",
    "create_pipeline",
    "delete_pipeline",
    "lose_opportunity",
    "move_opportunity",
    "win_opportunity",
]
