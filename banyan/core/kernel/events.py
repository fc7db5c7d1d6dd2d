"""The event bus: what happened, told in past tense to whoever subscribed.

Subscribers run inside the transaction of the change, in the order of their names, so the result
does not depend on import order. An event carries ids and values, never model instances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class Event:
    """Base of all events."""


EventType = TypeVar("EventType", bound=Event)
_subscribers: dict[type[Event], list[tuple[str, Callable[[Any], None]]]] = {}


def subscribe(event: type[EventType], name: str, receiver: Callable[[EventType], None]) -> None:
    """Call ``receiver`` for each event of this class; the name orders receivers and shows in the docs."""
    receivers = _subscribers.setdefault(event, [])
    if any(existing == name for existing, _ in receivers):
        raise RuntimeError(f"{name} already subscribes to {event.__name__}.")
    receivers.append((name, receiver))
    receivers.sort(key=lambda pair: pair[0])


def unsubscribe(event: type[Event], name: str) -> None:
    """Take a subscription back; for tests."""
    _subscribers[event] = [pair for pair in _subscribers.get(event, []) if pair[0] != name]


def publish(event: Event) -> None:
    """Tell every subscriber, in the current transaction; an exception undoes the whole change."""
    for _, receiver in _subscribers.get(type(event), []):
        receiver(event)


def subscriptions() -> dict[str, list[str]]:
    """Return event names with the names of their subscribers, for documentation and tests."""
    return {event.__name__: [name for name, _ in receivers] for event, receivers in _subscribers.items()}
