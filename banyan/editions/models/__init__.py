"""What is kept of editions: advice, scenarios of cost, modules that are new, how an organization grows, and its licence."""

from banyan.editions.models.advice import KeptAdvice
from banyan.editions.models.cost import KeptScenario
from banyan.editions.models.growth import DismissedAdvice, GrowthDay, ResponseTimes
from banyan.editions.models.licences import Licence
from banyan.editions.models.modules import ModuleStart

__all__ = ["DismissedAdvice", "GrowthDay", "KeptAdvice", "KeptScenario", "Licence", "ModuleStart", "ResponseTimes"]
