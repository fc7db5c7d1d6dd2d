from __future__ import annotations

from banyan.core.objects.registry import spec_for
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing.linking import LinkFinder
from banyan.core.transfer.importing.values import SourceRow
from banyan.sales.choices import Outcome
from banyan.sales.models import Pipeline, Stage
from banyan.sales.services.pipelines import StartingStage, create_pipeline
from tests.cast import Cast


def test_name_of_a_stage_in_a_file_means_the_usual_pipelines(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        older = Stage.objects.get(name="Won")
        Pipeline.objects.update(is_default=False)
        usual = create_pipeline(
            actor, name="Hardware", stages=(StartingStage("Won", 100, Outcome.WON),), is_default=True
        )
        field = spec_for(cast.organization, "opportunity").all_fields["stage"]
        finder = LinkFinder(actor, [field])

        finder.prepare([SourceRow(1, ["Won"], {"stage": "Won"})], WriteContext.for_actor(actor))

        found = finder.resolve("stage", "Won")
        assert found != older.pk
        assert found == Stage.objects.get(name="Won", pipeline=usual).pk
