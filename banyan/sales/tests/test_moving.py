"""Moving many opportunities, copying one, and the gates of a process over the stages of a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.errors import Invalid
from banyan.core.processes.rules import Gate
from banyan.core.processes.services import NewProcess, change_draft, create_process, draft_of, publish
from banyan.core.processes.tests.making import change_stages, settle_now
from banyan.products.public import lines_of, replace_lines
from banyan.sales.models import Opportunity, OpportunityCompetitor, OpportunityContact, OpportunityMember, Stage
from banyan.sales.services.pipelines import STARTING_STAGES, create_pipeline, win_opportunity
from banyan.sales.tests.conftest import Selling
from tests.cast import Cast, api_client, sign_in

PARTIAL = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def ada(selling: Selling, cast: Cast) -> Client:
    return sign_in(cast, "admin", **{"Accept-Language": "en"})


@pytest.fixture
def gated(selling: Selling) -> Callable[[], None]:
    """Put a process over the stages of the usual pipeline into force: what is quoted needs a next step."""

    def make() -> None:
        pipeline = selling.stages[0].pipeline_id
        condition = {"field": "pipeline", "op": "eq", "value": str(pipeline)}
        row = create_process(selling.actor, NewProcess("opportunity", "stage", {"en": "Selling"}, condition=condition))
        quoted = str(selling.stages[2].pk)
        definition = draft_of(row)
        gates = {quoted: {"entry": Gate(fields=("next_step",))}}
        change_draft(selling.actor, row, replace(change_stages(definition, gates)))
        publish(selling.actor, row)
        settle_now(selling.actor, row)

    return make


def test_a_move_is_tried_first_then_reported_row_by_row_and_undone(selling: Selling, ada: Client) -> None:
    lost = selling.stages[-1]
    with_reason = selling.opportunity(name="Knows why", reason="price")
    without = selling.opportunity(name="Knows not why")
    ids = [str(with_reason.pk), str(without.pk)]

    form = ada.get("/opportunities/bulk/move", {"ids": ids}, headers=PARTIAL).text
    assert "Move 2 opportunities" in form
    tried = ada.post("/opportunities/bulk/move", {"ids": ids, "step": "try", "stage": str(lost.pk)}, headers=PARTIAL)
    assert "1 opportunity can be moved." in tried.text
    assert "1 cannot be moved:" in tried.text
    assert "Say why it was lost" in tried.text
    assert not Opportunity.objects.filter(outcome="lost").exists()

    moved = ada.post("/opportunities/bulk/move", {"ids": ids, "step": "move", "stage": str(lost.pk)})
    assert "1 opportunity was moved." in moved.text
    assert "Knows not why" in moved.text
    with_reason.refresh_from_db()
    assert with_reason.outcome == "lost"
    undo = moved.text.split('action="/undo/')[1].split('"')[0]
    ada.post(f"/undo/{undo}")
    with_reason.refresh_from_db()
    assert with_reason.outcome == "open"


def test_a_move_changes_owner_day_and_pipeline_at_once(selling: Selling, cast: Cast, ada: Client) -> None:
    other: Any = create_pipeline(selling.actor, name="Partners", stages=STARTING_STAGES)
    stage = str(other_stage(other.pk))
    deal = selling.opportunity()
    sent = {"ids": [str(deal.pk)], "step": "move", "stage": stage, "owner": str(cast.users["owner"].pk)}

    answer = ada.post("/opportunities/bulk/move", {**sent, "expected_close_on": "2030-01-31"})

    assert answer.status_code == 303
    deal.refresh_from_db()
    assert (deal.pipeline_id, deal.owner_id) == (other.pk, cast.users["owner"].pk)
    assert deal.expected_close_on.isoformat() == "2030-01-31"
    empty = ada.post("/opportunities/bulk/move", {"ids": [str(deal.pk)], "step": "try"}, headers=PARTIAL)
    assert empty.status_code == 422
    with pytest.raises(Invalid):
        selling.change(deal, pipeline=other.pk, stage=selling.stages[1].pk)


def other_stage(pipeline: Any) -> Any:
    """The first stage of a pipeline."""
    return Stage.objects.filter(pipeline=pipeline).order_by("position").values_list("pk", flat=True).first()


def test_whoever_may_not_change_opportunities_moves_none(selling: Selling, cast: Cast) -> None:
    deal = selling.opportunity()
    viewer = sign_in(cast, "viewer")
    answer = viewer.post(
        "/opportunities/bulk/move", {"ids": [str(deal.pk)], "step": "move", "stage": str(selling.stages[1].pk)}
    )
    assert answer.status_code in {403, 404}
    deal.refresh_from_db()
    assert deal.stage_id == selling.stages[0].pk


def test_gates_of_a_process_hold_on_board_interface_and_mass_move(
    selling: Selling, cast: Cast, ada: Client, gated: Callable[[], None]
) -> None:
    gated()
    first, second, quoted = selling.stages[:3]
    deal = selling.opportunity(name="Bare", stage=first.pk)
    selling.change(deal, stage=second.pk)
    with pytest.raises(Invalid, match="Next step"):
        selling.change(deal, stage=quoted.pk)

    dragged = ada.post(
        "/opportunities/move", {"id": str(deal.pk), "to": str(quoted.pk), "version": str(deal.version)},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/opportunities?display=board"},
    )  # fmt: skip
    assert dragged.status_code == 422
    assert "/stage?" in dragged.json()["dialog"]
    patched = api_client(cast, "admin").patch(
        f"/api/v1/opportunities/{deal.pk}", {"stage": str(quoted.pk)}, content_type="application/json"
    )
    assert patched.status_code == 422
    tried = ada.post(
        "/opportunities/bulk/move", {"ids": [str(deal.pk)], "step": "try", "stage": str(quoted.pk)}, headers=PARTIAL
    )
    assert "0 opportunities can be moved." in tried.text
    assert "Next step" in tried.text
    inline = ada.post(
        f"/opportunities/{deal.pk}/cells/stage", {"stage": str(quoted.pk)}, headers={"HX-Request": "true"}
    )
    assert "Next step" in inline.text
    deal.refresh_from_db()
    assert deal.stage_id == second.pk

    selling.change(deal, stage=quoted.pk, next_step="Send the quote")
    assert deal.stage_id == quoted.pk


def test_a_process_of_one_pipeline_leaves_the_others_alone(selling: Selling, gated: Callable[[], None]) -> None:
    gated()
    other: Any = create_pipeline(selling.actor, name="Partners", stages=STARTING_STAGES)
    deal = selling.opportunity(pipeline=other.pk)
    win_opportunity(selling.actor, deal.pk)
    deal.refresh_from_db()
    assert deal.outcome == "won"


def test_a_copy_takes_what_was_ticked_and_begins_anew(selling: Selling, cast: Cast, ada: Client) -> None:
    customer = selling.make("customer", name="Acme")
    contact = selling.make("contact", name="Bo", customer=customer.pk)
    deal = selling.opportunity(customer=customer.pk, stage=selling.stages[2].pk, expected_close_on="2030-01-01")
    replace_lines(selling.actor, "opportunity", deal.pk, [{"name": "Machine", "quantity": "2", "unit_price": "10"}])
    selling.make("opportunity_contact", opportunity=deal.pk, contact=contact.pk, role="champion")
    ada.post(
        f"/opportunities/{deal.pk}/team",
        {"row_person": [str(cast.users["owner"].pk)], "row_role": [""], "row_share": ["25"], "row_overlay": [""]},
    )
    ada.post(
        f"/opportunities/{deal.pk}/competitors",
        {"row_name": ["Rival"], "row_state": ["in_play"], "row_threat": ["high"], "row_notes": [""]},
    )

    form = ada.get(f"/opportunities/{deal.pk}/copy", headers=PARTIAL).text
    assert "Deal (copy)" in form
    sent = {"name": "Again", "lines": "true", "people": "true", "team": "true", "competitors": "true"}
    assert ada.post(f"/opportunities/{deal.pk}/copy", sent).status_code == 303

    made = Opportunity.objects.get(name="Again")
    assert (made.stage_id, made.expected_close_on, made.customer_id) == (selling.stages[0].pk, None, customer.pk)
    assert made.amount == 20
    assert [line["name"] for line in lines_of("opportunity", made.pk)] == ["Machine"]
    assert OpportunityContact.objects.get(opportunity=made).role == "champion"
    assert OpportunityMember.objects.get(opportunity=made).share == 25
    assert OpportunityCompetitor.objects.get(opportunity=made).competitor.name == "Rival"

    bare = api_client(cast, "admin").post(
        f"/api/v1/opportunities/{deal.pk}/clone", {"name": "Bare", "parts": []}, content_type="application/json"
    )
    assert bare.status_code == 201
    assert not OpportunityContact.objects.filter(opportunity=bare.json()["id"]).exists()
