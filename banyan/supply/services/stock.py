"""Setting up stock and booking goods by hand: which products, where, how much at least; moving, adjusting, taking over."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, NotAllowed
from banyan.core.tenancy.models import Organization
from banyan.products.public import Product
from banyan.supply.choices import MoveKind, Tracking
from banyan.supply.engine.allocation import allocate_waiting, release_beyond
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.models import Balance, Carrier, Place, StockedProduct, StockLevel, Warehouse
from banyan.supply.permissions import require_stock_work
from banyan.supply.rules import MOST, PLACES, ZERO
from banyan.supply.setting import SETTING, SupplySetting, as_stored, supply_setting

MOST_MIRRORED = 1_000


@transaction.atomic
def keep_stock(
    actor: Actor,
    product_id: uuid.UUID,
    *,
    tracking: str,
    warranty_months: int | None = None,
    is_stocked: bool = True,
) -> None:
    """Say how stock of a product is kept, or that none is kept any more.

    Raises ``Missing`` for the product, ``Conflict`` when the tracking would change while some of it is there.
    """
    require_stock_work(actor)
    if not Product.objects.filter(pk=product_id, deleted_at__isnull=True).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    known = lock_products(actor.organization_id, [product_id], adds=True)[product_id]
    is_there = Balance.objects.filter(product=product_id, on_hand__gt=0).exists()
    if is_there and (known.tracking != tracking or not is_stocked):
        raise Conflict(
            "in_stock",
            _("There is still stock of %(product)s. Book it out first, then change how it is kept.")
            % {"product": known.name},
        )
    if tracking not in Tracking.values:
        raise Invalid([FieldError("tracking", "unknown_choice", _("Choose one of the ways to tell pieces apart."))])
    values = {"tracking": tracking, "warranty_months": warranty_months, "is_stocked": is_stocked}
    StockedProduct.objects.filter(product=product_id).update(**values)


@transaction.atomic
def set_minimum(
    actor: Actor, product_id: uuid.UUID, warehouse_id: uuid.UUID, *, minimum: Decimal, target: Decimal
) -> None:
    """Say how much of a product a warehouse should have at least, and up to what it is filled when it has less."""
    require_stock_work(actor)
    for name, value in (("minimum", minimum), ("target", target)):
        if not value.is_finite() or not 0 <= value <= MOST or value != value.quantize(PLACES):
            message = _("Give a quantity from zero up, with at most three decimals.")
            raise Invalid([FieldError(name, "bad_quantity", message)])
    lock_products(actor.organization_id, [product_id], adds=True)
    warehouse = find_warehouse(warehouse_id)
    StockLevel.objects.update_or_create(
        organization_id=actor.organization_id, product_id=product_id, warehouse=warehouse,
        defaults={"minimum": minimum, "target": target},
    )  # fmt: skip


def find_warehouse(warehouse_id: uuid.UUID | None) -> Warehouse:
    """Return a warehouse in use; raise ``Missing``."""
    rows = Warehouse.objects.filter(is_active=True, deleted_at__isnull=True)
    found = rows.filter(pk=warehouse_id).first() if warehouse_id else None
    if found is None:
        raise Missing("not_found", _("There is no such warehouse."))
    return found


def book(actor: Actor, move: Move) -> None:
    """Move goods by hand: between places, in from outside, or out; see ``move_stock`` for refusals."""
    require_stock_work(actor)
    move_stock(actor, [move])


@transaction.atomic
def add_place(actor: Actor, warehouse_id: uuid.UUID, code: str, *, is_held: bool = False) -> Place:
    """Add a place to a warehouse; raises ``Invalid`` when its code is empty or taken."""
    require_stock_work(actor)
    warehouse = find_warehouse(warehouse_id)
    code = code.strip().upper()[:40]
    if not code:
        raise Invalid([FieldError("code", "required", _("Give the place a code, such as A-01-3."))])
    existing = Place.objects.filter(warehouse=warehouse, code=code).first()
    if existing is not None and existing.is_active:
        raise Invalid([FieldError("code", "not_unique", _("There is a place %(code)s already.") % {"code": code})])
    if existing is not None:
        Place.objects.filter(pk=existing.pk).update(is_active=True, is_held=is_held)
        return existing
    count = Place.objects.filter(warehouse=warehouse).count()
    return Place.objects.create(
        organization_id=actor.organization_id, warehouse=warehouse, code=code, is_held=is_held, position=count
    )


@transaction.atomic
def close_place(actor: Actor, place_id: uuid.UUID) -> None:
    """Take an empty place out of use; raises ``Conflict`` while something lies there."""
    require_stock_work(actor)
    place = Place.objects.select_for_update().filter(pk=place_id).first()
    if place is None:
        raise Missing("not_found", _("There is no such place in your warehouses."))
    if Balance.objects.filter(place=place, on_hand__gt=0).exists():
        message = _("Something still lies at %(code)s. Move it first.") % {"code": place.code}
        raise Conflict("not_empty", message)
    Place.objects.filter(pk=place.pk).update(is_active=False)


def first_place(warehouse_id: uuid.UUID, *, is_held: bool = False) -> Place:
    """Return the first place of a warehouse, or its first one for what is held back; raise ``Missing``."""
    found = Place.objects.filter(warehouse=warehouse_id, is_active=True, is_held=is_held).order_by("position").first()
    if found is None:
        raise Missing("no_place", _("This warehouse has no place for it. Add one in the settings of the supply chain."))
    return found


@transaction.atomic
def save_setting(actor: Actor, **changes: Any) -> SupplySetting:
    """Change what the organization chooses about its supply chain."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = supply_setting(organization)
    after = replace(before, **changes)
    if before == after:
        return after
    organization.settings = {**organization.settings, SETTING: as_stored(after)}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    old, new = as_stored(before), as_stored(after)
    told = {f"supply.{name}": (old[name], new[name]) for name in new if old[name] != new[name]}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=told)
    return after


@transaction.atomic
def save_carriers(actor: Actor, rows: Sequence[tuple[str, str]]) -> None:
    """Let the organization have exactly these carriers, each with its name and the address where parcels are followed."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    names = [name for name, _url in rows]
    if len(set(names)) < len(names):
        raise Invalid([FieldError("carriers", "not_unique", _("Each carrier is named once."))])
    for name, url in rows:
        if url and (not url.startswith("https://") or "{number}" not in url):
            message = _("%(name)s: the address begins with https:// and contains {number}.") % {"name": name}
            raise Invalid([FieldError("carriers", "bad_address", message)])
    Carrier.objects.exclude(name__in=names).delete()
    for position, (name, url) in enumerate(rows):
        Carrier.objects.update_or_create(
            organization_id=actor.organization_id, name=name, defaults={"tracking_url": url, "position": position}
        )


@dataclass(frozen=True)
class Mirrored:
    """What another system says lies at a place."""

    product_id: uuid.UUID
    place_id: uuid.UUID
    on_hand: Decimal
    lot: str = ""
    serial: str = ""


@transaction.atomic
def mirror_stock(actor: Actor, rows: Sequence[Mirrored]) -> int:
    """Take over how much there is from the system that keeps the stock; return how many moves that took.

    The only door while another system keeps the stock, for programs with the right to work with stock. What it says
    is so: where orders hold more than there is, those to be served last wait again. Raises ``Conflict`` when the stock
    is kept here, ``NotAllowed`` for people at pages.
    """
    require_stock_work(actor)
    if actor.channel is not Channel.API and not actor.is_system:
        message = _("Only the system that keeps the stock writes it, with an API token.")
        raise NotAllowed("for_programs", message)
    if not supply_setting(actor.organization).is_mirror:
        message = _("The stock is kept here. Choose in the settings that another system keeps it.")
        raise Conflict("stock_here", message)
    if len(rows) > MOST_MIRRORED:
        message = _("At most %(most)d rows go at once.") % {"most": MOST_MIRRORED}
        raise Invalid([FieldError("items", "too_many", message)])
    lock_products(actor.organization_id, {row.product_id for row in rows}, adds=True)
    present: Mapping[tuple[Any, ...], Decimal] = {
        key[:4]: key[4]
        for key in Balance.objects.filter(product__in={row.product_id for row in rows}).values_list(
            "product_id", "place_id", "lot", "serial", "on_hand"
        )
    }
    moves = []
    for position, row in enumerate(rows):
        if not row.on_hand.is_finite() or not 0 <= row.on_hand <= MOST:
            message = _("Give a quantity from zero up, with at most three decimals.")
            raise Invalid([FieldError(f"items.{position}.on_hand", "bad_quantity", message)])
        change = row.on_hand - present.get((row.product_id, row.place_id, row.lot, row.serial), ZERO)
        if change:
            source, target = (None, row.place_id) if change > 0 else (row.place_id, None)
            moves.append(Move(row.product_id, abs(change), MoveKind.MIRROR, source, target, row.lot, row.serial))
    again = release_beyond(_levels_after(moves))
    # What goes away goes first, so that a piece that has moved is not there twice.
    move_stock(actor, sorted(moves, key=lambda move: move.to_place is not None), is_mirror=True)
    allocate_waiting(actor.organization, again)
    return len(moves)


def _levels_after(moves: Sequence[Move]) -> dict[tuple[uuid.UUID, uuid.UUID], Decimal]:
    """Return how much of each product warehouses will have that is not held back, where moves change that."""
    ids = {place for move in moves for place in (move.from_place, move.to_place) if place}
    places = dict(Place.objects.filter(pk__in=ids, is_held=False).values_list("pk", "warehouse_id"))
    changes: dict[tuple[uuid.UUID, uuid.UUID], Decimal] = defaultdict(Decimal)
    for move in moves:
        for place_id, change in ((move.from_place, -move.quantity), (move.to_place, move.quantity)):
            if place_id in places:
                changes[move.product_id, places[place_id]] += change
    rows = StockLevel.objects.filter(product__in={product for product, _warehouse in changes})
    present = {(row.product_id, row.warehouse_id): row.on_hand for row in rows}
    return {key: present.get(key, ZERO) + change for key, change in changes.items()}
