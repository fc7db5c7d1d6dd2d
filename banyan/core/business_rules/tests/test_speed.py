"""A hundred rules cost a write next to nothing: processor time, as other work on the machine must not count."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.core.business_rules.models import ValidationRule
from banyan.core.objects.registry import forget, spec_for
from banyan.core.records import door
from tests.cast import Cast

RULES = 100


@pytest.mark.slow
def test_hundred_rules_cost_no_query(scope: Cast) -> None:
    admin = scope.actor("admin")

    def write(mark: str, count: int = 20) -> tuple[float, int]:
        spec, times = spec_for(admin.organization, "customer"), []
        record = door.create(admin, spec, {"name": mark})
        with CaptureQueriesContext(connection) as asked:
            door.update(admin, spec, record.pk, {"notes": mark})
        for number in range(count):
            begun = process_time()
            door.update(admin, spec, record.pk, {"notes": f"{mark} {number}"})
            times.append(process_time() - begun)
        return median(times) * 1000, len(asked)

    write("Warm up")
    before, queries = write("Without")
    ValidationRule.objects.bulk_create(
        ValidationRule(
            organization=admin.organization, object_name="customer", key=f"rule_{number}", name=f"Rule {number}",
            condition={"all": [{"field": "status", "op": "eq", "value": "prospect"},
                               {"field": "level", "op": "ne", "value": f"x{number}"}]}
            if number % 2 else {},
            requirement={"any": [{"field": "name", "op": "isnull", "value": False},
                                 {"field": "phone", "op": "isnull", "value": False}]},
            expression="", messages={"en": "No"},
        )
        for number in range(RULES)
    )  # fmt: skip
    forget(admin.organization)
    write("Read the rules")
    after, more = write("With")

    # The bound is 2 ms and measured by the bench; here only what would be ten rules' worth of queries is caught.
    print(f"{RULES} rules: {before:.2f} ms -> {after:.2f} ms")  # noqa: T201 the figure is what people want to see
    assert more == queries
    assert after - before < 20
