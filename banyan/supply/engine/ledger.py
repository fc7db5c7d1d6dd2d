"""The one action by which stock moves: the ledger, the balances and the levels change together or not at all."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id
from banyan.core.records.changelog import notify_live
from banyan.core.records.storage import insert_rows
from banyan.supply.choices import MoveKind
from banyan.supply.engine.allocation import allocate_waiting
from banyan.supply.engine.locking import Stocked, lock_products
from banyan.supply.engine.moves import Move, check_moves, problem
from banyan.supply.events import StockMoved
from banyan.supply.models import Place, StockLevel, StockMove
from banyan.supply.rules import ZERO, Spot, changes_of, plain
from banyan.supply.setting import supply_setting

#: What pages listen to that show stock.
LIVE_NAME = "stock"


@dataclass(frozen=True)
class Release:
    """What goods that leave take out of a reservation: they were kept for a need in the warehouse they leave."""

    demand_id: uuid.UUID
    product_id: uuid.UUID
    warehouse_id: uuid.UUID
    quantity: Decimal


@transaction.atomic
def move_stock(
    actor: Actor, moves: Sequence[Move], *, releases: Sequence[Release] = (), is_mirror: bool = False
) -> list[uuid.UUID]:
    """Move goods: write the ledger, the balances and the levels, and give what comes in to those who wait for it.

    Every change of stock goes through here, and nowhere else, so that another system can own it. Returns the ids of
    the moves. The caller has asked for the right.

    Raises:
        Invalid: A move makes no sense by itself, a serial number is already in stock, a lot or serial number is not
            where it is taken from, or there is less than is taken.
        Conflict: What is taken is reserved for orders, or another system keeps the stock.
    """
    if not is_mirror:
        refuse_while_mirrored(actor)
    if not moves:
        return []
    comes_in = {move.product_id for move in moves if move.to_place}
    stocked = lock_products(actor.organization_id, {move.product_id for move in moves}, adds=bool(comes_in))
    place_ids = {place for move in moves for place in (move.from_place, move.to_place) if place}
    places = {place.pk: place for place in Place.objects.filter(pk__in=place_ids)}
    check_moves(moves, stocked, places)
    changes = changes_of([move.shift for move in moves])
    _write_balances(actor, moves, changes, stocked, places)
    _write_levels(actor, changes, releases, stocked, places)
    if releases:
        _consume(releases)
    written = _write_moves(actor, moves)
    _write_serials(actor, moves)
    products = tuple(sorted(stocked))
    publish(StockMoved(actor.organization_id, products))
    allocate_waiting(actor.organization, [pk for pk in products if pk in comes_in])
    notify_live(actor.organization_id, {"object": LIVE_NAME, "plural": LIVE_NAME, "action": "update", "ids": []})
    return written


def refuse_while_mirrored(actor: Actor) -> None:
    """Raise ``Conflict`` while another system keeps the stock: whatever leads to a move is done there."""
    if supply_setting(actor.organization).is_mirror:
        raise Conflict(
            "stock_elsewhere",
            _("Another system keeps the stock: it is only shown here. Book the goods there."),
        )


def _write_balances(
    actor: Actor,
    moves: Sequence[Move],
    changes: Mapping[Spot, Decimal],
    stocked: Mapping[uuid.UUID, Stocked],
    places: Mapping[uuid.UUID, Place],
) -> None:
    present = _balances(changes)
    after = {spot: present.get(spot, ZERO) + change for spot, change in changes.items()}
    errors: list[FieldError] = []
    for position, move in enumerate(moves):
        source = move.shift.source
        if source is not None and after.get(source, ZERO) < 0:
            errors.append(_short(position, move, present.get(source, ZERO), stocked, places))
    pieces: dict[tuple[uuid.UUID, str], Decimal] = defaultdict(Decimal)
    for spot, quantity in {**present, **after}.items():
        if spot.serial:
            pieces[spot.product, spot.serial] += quantity
    for position, move in enumerate(moves):
        if move.serial and move.to_place and pieces[move.product_id, move.serial] > 1:
            named = {"product": stocked[move.product_id].name, "serial": move.serial}
            message = _("%(product)s: serial number %(serial)s is already in stock. Each piece has its own.") % named
            errors.append(problem(position, "serial", "twice", message))
    if errors:
        raise Invalid(errors)
    spots = sorted(after, key=lambda spot: (str(spot.product), str(spot.place), spot.lot, spot.serial))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO supply_balance (id, organization_id, product_id, place_id, lot, serial, on_hand)
            SELECT given.id, %s, given.product, given.place, given.lot, given.serial, given.on_hand
              FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::numeric[])
                AS given (id, product, place, lot, serial, on_hand)
                ON CONFLICT (organization_id, product_id, place_id, lot, serial) DO UPDATE SET on_hand = EXCLUDED.on_hand
            """,
            [
                actor.organization_id,
                [new_id() for _spot in spots],
                [spot.product for spot in spots],
                [spot.place for spot in spots],
                [spot.lot for spot in spots],
                [spot.serial for spot in spots],
                [after[spot] for spot in spots],
            ],
        )


def _balances(changes: Mapping[Spot, Decimal]) -> dict[Spot, Decimal]:
    """Return what lies at the spots, and wherever else the same serial numbers lie."""
    spots = list(changes)
    if not spots:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT kept.product_id, kept.place_id, kept.lot, kept.serial, kept.on_hand
              FROM supply_balance kept
              JOIN unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS given (product, place, lot, serial)
                ON kept.product_id = given.product AND kept.serial = given.serial
               AND (given.serial <> '' OR (kept.place_id = given.place AND kept.lot = given.lot))
             WHERE kept.on_hand > 0
            """,
            [
                [spot.product for spot in spots],
                [spot.place for spot in spots],
                [spot.lot for spot in spots],
                [spot.serial for spot in spots],
            ],
        )
        return {Spot(*row[:4]): row[4] for row in cursor.fetchall()}


def _short(
    position: int,
    move: Move,
    there: Decimal,
    stocked: Mapping[uuid.UUID, Stocked],
    places: Mapping[uuid.UUID, Place],
) -> FieldError:
    place = places[move.from_place].code if move.from_place else ""
    named = {
        "product": stocked[move.product_id].name,
        "place": place,
        "there": plain(there),
        "lot": move.lot,
        "serial": move.serial,
    }
    if move.serial:
        message = _("%(product)s: serial number %(serial)s does not lie at %(place)s.") % named
        return problem(position, "serial", "not_there", message)
    if move.lot and not there:
        message = _("%(product)s: there is no lot %(lot)s at %(place)s.") % named
        return problem(position, "lot", "not_there", message)
    message = _("%(product)s: only %(there)s lie at %(place)s.") % named
    return problem(position, "quantity", "not_there", message)


def _write_levels(
    actor: Actor,
    changes: Mapping[Spot, Decimal],
    releases: Sequence[Release],
    stocked: Mapping[uuid.UUID, Stocked],
    places: Mapping[uuid.UUID, Place],
) -> None:
    on_hand: dict[tuple[uuid.UUID, uuid.UUID], Decimal] = defaultdict(Decimal)
    held: dict[tuple[uuid.UUID, uuid.UUID], Decimal] = defaultdict(Decimal)
    released: dict[tuple[uuid.UUID, uuid.UUID], Decimal] = defaultdict(Decimal)
    for spot, change in changes.items():
        place = places[spot.place]
        (held if place.is_held else on_hand)[spot.product, place.warehouse_id] += change
    for release in releases:
        released[release.product_id, release.warehouse_id] += release.quantity
    keys = sorted({*on_hand, *held, *released})
    if not keys:
        return
    products, warehouses = [key[0] for key in keys], [key[1] for key in keys]
    rows = StockLevel.objects.filter(product__in=set(products), warehouse__in=set(warehouses))
    present = {(row.product_id, row.warehouse_id): row for row in rows}
    after = []
    for key in keys:
        row = present.get(key)
        there, back, kept = (row.on_hand, row.held, row.reserved) if row else (ZERO, ZERO, ZERO)
        there, back, kept = there + on_hand[key], back + held[key], kept - released[key]
        if there < kept:
            raise Conflict(
                "reserved",
                _("%(product)s: %(kept)s are reserved for orders; only %(free)s can be taken from this warehouse.")
                % {
                    "product": stocked[key[0]].name,
                    "kept": plain(kept),
                    "free": plain(max(ZERO, there - on_hand[key] - kept)),
                },
            )
        after.append((new_id(), *key, there, back, kept))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO supply_stocklevel (id, organization_id, product_id, warehouse_id, on_hand, held, reserved,
                                           minimum, target)
            SELECT given.id, %s, given.product, given.warehouse, given.on_hand, given.held, given.reserved, 0, 0
              FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[])
                AS given (id, product, warehouse, on_hand, held, reserved)
                ON CONFLICT (organization_id, product_id, warehouse_id) DO UPDATE
               SET on_hand = EXCLUDED.on_hand, held = EXCLUDED.held, reserved = EXCLUDED.reserved
            """,
            [actor.organization_id, *(list(column) for column in zip(*after, strict=True))],
        )


def _consume(releases: Sequence[Release]) -> None:
    """Let what was reserved count as sent."""
    needs = [release.demand_id for release in releases]
    warehouses = [release.warehouse_id for release in releases]
    quantities = [release.quantity for release in releases]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[]) AS given (demand, warehouse, quantity)),
                 gone AS (DELETE FROM supply_reservation kept USING given
                           WHERE kept.demand_id = given.demand AND kept.warehouse_id = given.warehouse
                             AND kept.quantity = given.quantity)
            UPDATE supply_reservation kept SET quantity = kept.quantity - given.quantity FROM given
             WHERE kept.demand_id = given.demand AND kept.warehouse_id = given.warehouse
               AND kept.quantity <> given.quantity
            """,
            [needs, warehouses, quantities],
        )
        cursor.execute(
            """
            UPDATE supply_demand kept SET reserved = kept.reserved - given.quantity, delivered = kept.delivered + given.quantity
              FROM (SELECT demand, sum(quantity) AS quantity FROM unnest(%s::uuid[], %s::numeric[]) AS one (demand, quantity)
                     GROUP BY demand) AS given
             WHERE kept.id = given.demand
            """,
            [needs, quantities],
        )


def _write_moves(actor: Actor, moves: Sequence[Move]) -> list[uuid.UUID]:
    at = now()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "organization_id": actor.organization_id,
            "product_id": move.product_id,
            "quantity": move.quantity,
            "from_place_id": move.from_place,
            "to_place_id": move.to_place,
            "lot": move.lot,
            "serial": move.serial,
            "kind": move.kind.value,
            "document": move.document,
            "line_id": move.line_id,
            "note": move.note[:200],
            "moved_by_id": actor.user_id,
            "at": at,
        }
        for move in moves
    ]
    insert_rows(StockMove, rows)
    return [row["id"] for row in rows]


def _write_serials(actor: Actor, moves: Sequence[Move]) -> None:
    """Keep where each piece lies; what leaves has no place. What comes back has no customer any more."""
    last: dict[tuple[uuid.UUID, str], Move] = {(move.product_id, move.serial): move for move in moves if move.serial}
    if not last:
        return
    found = list(last.values())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO supply_serialnumber (id, organization_id, product_id, code, lot, place_id)
            SELECT given.id, %s, given.product, given.code, given.lot, given.place
              FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[]) AS given (id, product, code, lot, place)
                ON CONFLICT (organization_id, product_id, code) DO UPDATE
               SET place_id = EXCLUDED.place_id,
                   customer_id = CASE WHEN EXCLUDED.place_id IS NULL THEN supply_serialnumber.customer_id END,
                   order_id = CASE WHEN EXCLUDED.place_id IS NULL THEN supply_serialnumber.order_id END
            """,
            [
                actor.organization_id,
                [new_id() for _move in found],
                [move.product_id for move in found],
                [move.serial for move in found],
                [move.lot for move in found],
                [move.to_place for move in found],
            ],
        )


def kind_named(name: str) -> MoveKind:
    """Return a kind of move by its name; raise ``Invalid`` when there is none."""
    if name not in MoveKind.values:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(MoveKind.values)}
        raise Invalid([FieldError("kind", "unknown_choice", message)])
    return MoveKind(name)
