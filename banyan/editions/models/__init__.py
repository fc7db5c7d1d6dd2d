"""What is kept of editions: cost scenarios of an organization."""

from banyan.editions.models.cost import KeptScenario

__all__ = ["KeptScenario"]
