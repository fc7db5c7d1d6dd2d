"""The board of opportunities: what a stage holds, adds up to and may be expected to bring, and its limit."""

from __future__ import annotations

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.sales.models import Stage
from tests.cast import Cast, sign_in


def test_board_heads_show_number_sum_weighted_sum_and_a_limit_that_is_passed(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        first, second = Stage.objects.filter(deleted_at=None).order_by("position")[:2]
        rows = [{"name": f"Deal {index}", "amount": "1000", "stage": second.pk} for index in range(3)]
        door.create_many(admin, spec_for(admin.organization, "opportunity"), rows)
        door.update(admin, spec_for(admin.organization, "stage"), second.pk, {"card_limit": 2})
    client = sign_in(cast, "admin", **{"Accept-Language": "en"})

    page = client.get("/opportunities?display=board").text

    head = page[page.index(f'id="list-board-head-{second.pk}"') :].split("</header>")[0]
    assert "board-count figures is-over" in head
    assert "At most 2 at a time" in head
    assert "too many" in head
    assert "3,000" in head
    assert "≈" in head
    assert "900" in head
    assert "at 30 %" in head
    other = page[page.index(f'id="list-board-head-{first.pk}"') :].split("</header>")[0]
    assert "is-over" not in other


def test_board_head_follows_when_a_card_is_moved_out_of_a_full_stage(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        first, second = Stage.objects.filter(deleted_at=None).order_by("position")[:2]
        made = door.create(admin, spec_for(admin.organization, "opportunity"), {"name": "Deal", "stage": first.pk})
        door.create(admin, spec_for(admin.organization, "opportunity"), {"name": "Other", "stage": first.pk})
        door.update(admin, spec_for(admin.organization, "stage"), first.pk, {"card_limit": 1})
    client = sign_in(cast, "admin")
    assert "is-over" in client.get("/opportunities?display=board").text

    moved = client.post(
        "/opportunities/move",
        {"id": str(made.pk), "to": str(second.pk), "version": "1"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/opportunities?display=board"},
    )

    assert moved.status_code == 200
    assert "is-over" not in moved.text
