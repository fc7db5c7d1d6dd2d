"""The event bus: what happened, told in past tense to whoever subscribed.

Subscribers run inside the transaction of the change, in the order of their names, so the result
does not depend on import order. An event carries ids and values, never model instances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class Event:
    """Base of all events."""


EventType = TypeVar("EventType", bound=Event)


@dataclass(frozen=True)
class Subscription:
    """A receiver under the name that orders it; ``together`` takes many events at the cost of one."""

    name: str
    receiver: Callable[[Any], None]
    together: Callable[[Sequence[Any]], None] | None = None


_subscribers: dict[type[Event], list[Subscription]] = {}


def subscribe(
    event: type[EventType],
    name: str,
    receiver: Callable[[EventType], None],
    *,
    together: Callable[[Sequence[EventType]], None] | None = None,
) -> None:
    """Call ``receiver`` for each event of this class; the name orders receivers and shows in the docs.

    Events that are published together go to ``together`` in one call, where there is such a receiver.
    """
    receivers = _subscribers.setdefault(event, [])
    if any(existing.name == name for existing in receivers):
        raise RuntimeError(f"{name} already subscribes to {event.__name__}.")
    receivers.append(Subscription(name, receiver, together))
    receivers.sort(key=lambda subscription: subscription.name)


def unsubscribe(event: type[Event], name: str) -> None:
    """Take a subscription back; for tests."""
    _subscribers[event] = [entry for entry in _subscribers.get(event, []) if entry.name != name]


def publish(event: Event) -> None:
    """Tell every subscriber, in the current transaction; an exception undoes the whole change."""
    for subscription in _subscribers.get(type(event), []):
        subscription.receiver(event)


def publish_all(events: Sequence[Event]) -> None:
    """Tell of events of one class that happened together, as ``publish`` does of each."""
    for subscription in _subscribers.get(type(events[0]), []) if events else ():
        if subscription.together is not None:
            subscription.together(events)
        else:
            for event in events:
                subscription.receiver(event)


def subscriptions() -> dict[str, list[str]]:
    """Return event names with the names of their subscribers, for documentation and tests."""
    return {event.__name__: [entry.name for entry in receivers] for event, receivers in _subscribers.items()}
