"""Reactions to comments and follow-ups: given, taken back, seen by colleagues, told to the author; the inbox."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.teamwork.models import Notification, Reaction
from banyan.teamwork.reacting import react, reactions_to
from banyan.teamwork.services import comment
from tests.cast import Cast, api_client, sign_in


def customer(actor: Actor) -> Any:
    return door.create(actor, spec_for(actor.organization, "customer"), {"name": "Harbor Light"}).pk


def follow_up(actor: Actor, customer_id: Any, text: str = "Called them") -> Any:
    values = {"customer": customer_id, "type": "call", "text": text}
    return door.create(actor, spec_for(actor.organization, "activity"), values).pk


def given(actor: Actor, about: str) -> list[tuple[str, list[str], bool]]:
    return [(entry.emoji.value, entry.names, entry.is_mine) for entry in reactions_to(actor, [about]).get(about, [])]


def test_reaction_is_given_once_and_taken_back_by_a_second_click(scope: Cast) -> None:
    author, reader = scope.actor("owner"), scope.actor("teammate")
    made = follow_up(author, customer(author))
    about = reference_to("activity", made)

    assert react(reader, "activity", made, "like") is True
    assert react(reader, "activity", made, "like", is_on=True) is True
    assert react(author, "activity", made, "like") is True
    names = ["Olga Owner", "Tom Teammate"]
    assert [(emoji, sorted(people), mine) for emoji, people, mine in given(reader, about)] == [("like", names, True)]

    assert react(reader, "activity", made, "like") is False
    assert given(reader, about) == [("like", ["Olga Owner"], False)]


def test_author_is_told_once_in_their_language_and_never_of_their_own_reaction(scope: Cast) -> None:
    author, reader = scope.actor("owner"), scope.actor("teammate")
    written = comment(author, about=reference_to("customer", customer(author)), text="They want blue")

    react(author, "comment", written.pk, "like")
    for emoji in ("like", "celebrate", "like", "like"):
        react(reader, "comment", written.pk, emoji)

    notices = Notification.objects.filter(user=scope.users["owner"], kind="reaction")
    assert [notice.text for notice in notices] == ["Tom Teammate reacted 👍 to “They want blue”"]
    assert notices[0].about == written.about


def test_reaction_needs_that_the_record_is_seen_and_the_emoji_exists(scope: Cast) -> None:
    admin, stranger = scope.actor("admin"), scope.actor("salesperson")
    where = customer(admin)
    written, called = comment(admin, about=reference_to("customer", where), text="Aside"), follow_up(admin, where)

    for name, pk in (("comment", written.pk), ("activity", called), ("customer", where)):
        with pytest.raises(Missing):
            react(stranger, name, pk, "like")
    with pytest.raises(Invalid):
        react(admin, "comment", written.pk, "poop")
    assert not Reaction.objects.exists()


def test_timeline_shows_reactions_with_one_query_for_all_entries(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        author = cast.actor("owner")
        where = customer(author)
        made = [follow_up(author, where, f"Call {index}") for index in range(2)]
        react(cast.actor("teammate"), "activity", made[0], "celebrate")
    client = sign_in(cast, "owner", **{"Accept-Language": "en", "HX-Request": "true"})
    address = f"/customers/{where}/timeline?"

    page = client.get(address).text
    assert "Congratulations: Tom Teammate" in page

    counts = []
    for more in (0, 4):
        with organization_scope(cast.organization.pk):
            for index in range(more):
                react(cast.actor("teammate"), "activity", follow_up(author, where, f"More {index}"), "like")
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_click_answers_with_the_reactions_as_they_are_now(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        made = follow_up(cast.actor("owner"), customer(cast.actor("owner")))
    client = sign_in(cast, "teammate", **{"Accept-Language": "en"})

    answer = client.post(f"/reactions/activity/{made}/love", headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert 'aria-pressed="true" aria-label="Love it: Tom Teammate"' in answer.text
    assert client.post(f"/reactions/activity/{made}/nonsense", headers={"HX-Request": "true"}).status_code == 422


def test_interface_gives_lists_and_takes_back_reactions(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        made = follow_up(cast.actor("owner"), customer(cast.actor("owner")))
    client, address = api_client(cast, "teammate"), f"/api/v1/activities/{made}/reactions"

    for body, count in (({"emoji": "done"}, 1), ({"emoji": "done"}, 1), ({"emoji": "done", "on": False}, 0)):
        answer = client.post(address, body, content_type="application/json")
        assert (answer.status_code, sum(item["count"] for item in answer.json()["items"])) == (200, count)
    assert client.get(address).json() == {"items": []}
    assert client.post(address, {"emoji": "done", "on": "yes"}, content_type="application/json").status_code == 422
    assert api_client(strangers, "admin").get(address).status_code == 404


def test_inbox_marks_notices_read_and_unread(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        author = cast.actor("owner")
        react(cast.actor("teammate"), "activity", follow_up(author, customer(author)), "like")
        notice = Notification.objects.get(user=cast.users["owner"])
    client = sign_in(cast, "owner", **{"Accept-Language": "en"})
    toggle = f"/notifications/{notice.pk}/toggle"
    assert "Mark as read" in client.get("/notifications?unread=1").text

    assert client.post(toggle).status_code == 303
    assert "You are up to date." in client.get("/notifications?unread=1").text
    assert "Mark as unread" in client.get("/notifications").text

    client.post(toggle)
    assert "reacted" in client.get("/notifications?unread=1").text
    assert sign_in(cast, "teammate").post(toggle).status_code == 303
    assert "reacted" in client.get("/notifications?unread=1").text
