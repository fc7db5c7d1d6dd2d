"""What goods moving looks like, and what is wrong with a wish to move them, before anything is touched."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.supply.choices import MoveKind, Tracking
from banyan.supply.engine.locking import Stocked
from banyan.supply.models import Place
from banyan.supply.rules import Shift, Spot, is_quantity

LONGEST_CODE = 60
MOST_MOVES = 5_000


@dataclass(frozen=True)
class Move:
    """A quantity of a product that goes from a place to another; without a place it comes from, or goes, outside.

    ``document`` is the record that it belongs to as ``<object>:<id>``, ``line_id`` the line of it.
    """

    product_id: uuid.UUID
    quantity: Decimal
    kind: MoveKind
    from_place: uuid.UUID | None = None
    to_place: uuid.UUID | None = None
    lot: str = ""
    serial: str = ""
    document: str = ""
    line_id: uuid.UUID | None = None
    note: str = ""

    @property
    def shift(self) -> Shift:
        """Return the move as the rules know it."""
        source = Spot(self.product_id, self.from_place, self.lot, self.serial) if self.from_place else None
        target = Spot(self.product_id, self.to_place, self.lot, self.serial) if self.to_place else None
        return Shift(self.quantity, source, target)


def problem(position: int, name: str, code: str, message: str) -> FieldError:
    """Return a complaint about one of several moves."""
    return FieldError(f"moves.{position}.{name}", code, message)


def check_moves(moves: Sequence[Move], stocked: Mapping[uuid.UUID, Stocked], places: Mapping[uuid.UUID, Place]) -> None:
    """Raise ``Invalid`` with everything that is wrong with the moves by themselves."""
    errors: list[FieldError] = []
    if len(moves) > MOST_MOVES:
        message = _("At most %(most)d moves go at once.") % {"most": MOST_MOVES}
        raise Invalid([FieldError("moves", "too_many", message)])
    for position, move in enumerate(moves):
        known = stocked.get(move.product_id)
        if known is None:
            message = _("No stock is kept of this product. Switch it on on the product's page.")
            errors.append(problem(position, "product", "not_stocked", message))
            continue
        errors += _wrong(position, move, known, places)
    if errors:
        raise Invalid(errors)


def _wrong(position: int, move: Move, known: Stocked, places: Mapping[uuid.UUID, Place]) -> list[FieldError]:
    found: list[FieldError] = []
    named = {"product": known.name}
    if not is_quantity(move.quantity):
        message = _("%(product)s: the quantity must be above zero, with at most three decimals and not huge.") % named
        found.append(problem(position, "quantity", "bad_quantity", message))
    if not move.from_place and not move.to_place:
        found.append(problem(position, "to_place", "required", _("Say where the goods come from or where they go.")))
    elif move.from_place == move.to_place:
        message = _("%(product)s: choose two different places.") % named
        found.append(problem(position, "to_place", "same_place", message))
    for name, place in (("from_place", move.from_place), ("to_place", move.to_place)):
        if place and place not in places:
            found.append(problem(position, name, "unknown_record", _("There is no such place in your warehouses.")))
    return found + _wrong_codes(position, move, known)


def _wrong_codes(position: int, move: Move, known: Stocked) -> list[FieldError]:
    found: list[FieldError] = []
    named = {"product": known.name}
    if len(move.lot) > LONGEST_CODE or len(move.serial) > LONGEST_CODE:
        message = _("Lot and serial numbers have at most %(most)d characters.") % {"most": LONGEST_CODE}
        found.append(problem(position, "lot", "too_long", message))
    if known.tracking == Tracking.SERIAL and not move.serial:
        message = _("%(product)s: each piece needs its serial number.") % named
        found.append(problem(position, "serial", "required", message))
    elif known.tracking == Tracking.SERIAL and move.quantity != 1:
        message = _("%(product)s: a serial number is one piece.") % named
        found.append(problem(position, "quantity", "one_piece", message))
    elif known.tracking != Tracking.SERIAL and move.serial:
        message = _("%(product)s is not tracked by serial number.") % named
        found.append(problem(position, "serial", "not_tracked", message))
    if known.tracking == Tracking.LOT and not move.lot:
        message = _("%(product)s: say which lot it is.") % named
        found.append(problem(position, "lot", "required", message))
    elif known.tracking == Tracking.NONE and move.lot:
        message = _("%(product)s is not tracked by lot.") % named
        found.append(problem(position, "lot", "not_tracked", message))
    return found
