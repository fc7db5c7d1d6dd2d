"""What the room of business rules registers."""

from __future__ import annotations

from banyan.core.business_rules import assignment, configuration, duplicate_keys, duplicates, validation
from banyan.core.business_rules.models import AssignmentRule, DuplicateRule, ValidationRule
from banyan.core.business_rules.uses import stopping_rules, uses_in_rules
from banyan.core.kernel.events import subscribe
from banyan.core.objects.field_uses import field_uses
from banyan.core.objects.modules import stopping_finders
from banyan.core.objects.registry import shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.records.duplicates import OWN_RULES
from banyan.core.records.events import RecordsChanged, RecordsResealed
from banyan.core.records.policies import Phase, WritePolicy, register_policy


def register() -> None:
    """Let rules be read with the objects, and look at every write."""
    shapings.add(validation.SHAPING, Shaping(validation.load, (ValidationRule,)))
    shapings.add(duplicates.SHAPING, Shaping(duplicates.load, (DuplicateRule,)))
    shapings.add(OWN_RULES, Shaping(duplicates.load_own, (DuplicateRule,)))
    shapings.add(assignment.SHAPING, Shaping(assignment.load, (AssignmentRule,)))
    for policy in (
        WritePolicy("business_rules.assignment", Phase.ASSIGN, assignment.applies, run=assignment.assign),
        WritePolicy("business_rules.assignment_notes", Phase.SETTLE, assignment.applies, run=assignment.settle),
        WritePolicy("business_rules.validation", Phase.JUDGE, validation.applies, run=validation.judge),
        WritePolicy("business_rules.duplicates", Phase.JUDGE, duplicates.applies, run=duplicates.judge),
        WritePolicy("business_rules.keys", Phase.SETTLE, duplicates.applies, run=duplicate_keys.settle),
    ):
        register_policy(policy)
    stopping_finders.add("business_rules", stopping_rules)
    configuration.register()
    field_uses.add("business_rules", uses_in_rules)
    subscribe(RecordsChanged, "business_rules.forget_keys", duplicate_keys.forget_keys)
    subscribe(RecordsResealed, "business_rules.renew_keys", duplicate_keys.renew_keys)
