"""What administrators and product managers set: discount limits, units, variants, bundles, what goes together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product as combinations
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.models import Organization
from banyan.products.choices import BundleMode, OverLimit, PairingKind
from banyan.products.models import LIVE, BundlePart, PriceBookEntry, Product, ProductPairing, ProductUnit
from banyan.products.preparation import MOST_QUANTITY
from banyan.products.references import DISCOUNTS, SETTING

MOST_VARIANTS, MOST_ATTRIBUTES, MOST_PARTS, DEEPEST = 200, 5, 50, 10
LONGEST_NAME, LONGEST_CODE = 200, 60


@transaction.atomic
def set_discount_limits(
    actor: Actor, *, limits: Sequence[Mapping[str, str]], over: str, flows: Mapping[str, str]
) -> None:
    """Set how much discount people may give in %, and what happens above; raises ``NotAllowed``, ``Invalid``."""
    require_ability(actor, Ability.CUSTOMISE)
    if over not in OverLimit.values:
        raise Invalid([FieldError("over", "unknown_choice", _("Choose what happens above the limit."))])
    if any(not 0 <= Decimal(limit["percent"]) <= 100 for limit in limits):
        raise Invalid([FieldError("percent", "out_of_range", _("A discount lies between 0 and 100 %."))])
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    values = organization.settings.get(SETTING, {})
    before = values.get(DISCOUNTS, {})
    after = {"limits": [dict(limit) for limit in limits], "over": over, "flows": dict(flows)}
    organization.settings = {**organization.settings, SETTING: {**values, DISCOUNTS: after}}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = {"discount_limits": (before, after)} if before != after else {}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)


def editable_product(actor: Actor, product_id: uuid.UUID) -> Product:
    """Return a product that the actor may change, locked; raise ``Missing`` or ``NotAllowed``."""
    spec = spec_for(actor.organization, "product")
    rows = Product.objects.filter(LIVE, pk=product_id)
    if not restrict(rows, actor, spec).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    row = restrict(rows, actor, spec, Action.EDIT).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))
    return row


@transaction.atomic
def add_unit(actor: Actor, product_id: uuid.UUID, *, name: str, factor: Decimal) -> ProductUnit:
    """Let a product be sold in a further unit that holds ``factor`` of its own; raises ``Invalid``."""
    product = editable_product(actor, product_id)
    if not 0 < factor <= MOST_QUANTITY:
        raise Invalid([FieldError("factor", "out_of_range", _("A unit holds more than 0 and at most 1,000,000,000."))])
    if name == product.unit or ProductUnit.objects.filter(product=product, name=name).exists():
        message = _("The product has the unit %(unit)s already.") % {"unit": name}
        raise Invalid([FieldError("name", "not_unique", message)])
    return ProductUnit.objects.create(organization_id=actor.organization_id, product=product, name=name, factor=factor)


@transaction.atomic
def remove_unit(actor: Actor, product_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    """Take a unit away; lines that use it stay as they are. Raises ``Invalid`` while prices are by that unit."""
    product = editable_product(actor, product_id)
    row = ProductUnit.objects.filter(product=product, pk=unit_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such unit."))
    if PriceBookEntry.objects.filter(LIVE, product=product, unit=row.name).exists():
        message = _("There are prices by %(unit)s in price books. Remove those first.") % {"unit": row.name}
        raise Invalid([FieldError("", "in_use", message)])
    row.delete()


@transaction.atomic
def set_bundle_mode(actor: Actor, product_id: uuid.UUID, mode: str) -> None:
    """Say how a bundle stands on documents; empty makes it a plain product again, whose parts are forgotten."""
    product = editable_product(actor, product_id)
    if mode and mode not in BundleMode.values:
        raise Invalid([FieldError("mode", "unknown_choice", _("Choose how the bundle stands on documents."))])
    if not mode:
        BundlePart.objects.filter(bundle=product).delete()
    Product.objects.filter(pk=product.pk).update(bundle_mode=mode)


@transaction.atomic
def add_part(actor: Actor, product_id: uuid.UUID, *, part_id: uuid.UUID, quantity: Decimal) -> BundlePart:
    """Put so many of a product into a bundle, or change how many; raises ``Invalid``, also for a bundle in itself."""
    bundle = editable_product(actor, product_id)
    lock_organization(actor)
    part = _seen_product(actor, part_id, "part")
    if not 0 < quantity <= MOST_QUANTITY:
        message = _("A bundle holds more than 0 and at most 1,000,000,000 of a part.")
        raise Invalid([FieldError("quantity", "out_of_range", message)])
    if part.pk == bundle.pk or bundle.pk in _parts_below({part.pk}):
        message = _("%(part)s is, or contains, %(bundle)s: a bundle cannot be in itself.")
        raise Invalid([FieldError("part", "circular", message % {"part": part.name, "bundle": bundle.name})])
    if Product.objects.filter(LIVE, variant_of=part).exists():
        message = _("This product comes in variants. Choose one of them.")
        raise Invalid([FieldError("part", "has_variants", message)])
    count = BundlePart.objects.filter(bundle=bundle).count()
    if count >= MOST_PARTS:
        raise Invalid(
            [FieldError("part", "too_many", _("A bundle has at most %(most)s parts.") % {"most": MOST_PARTS})]
        )
    row, _made = BundlePart.objects.update_or_create(
        organization_id=actor.organization_id, bundle=bundle, product=part,
        defaults={"quantity": quantity}, create_defaults={"quantity": quantity, "position": count},
    )  # fmt: skip
    if not bundle.bundle_mode:
        Product.objects.filter(pk=bundle.pk).update(bundle_mode=BundleMode.ONE)
    return row


@transaction.atomic
def remove_part(actor: Actor, product_id: uuid.UUID, part_id: uuid.UUID) -> None:
    """Take a product out of a bundle."""
    bundle = editable_product(actor, product_id)
    BundlePart.objects.filter(bundle=bundle, pk=part_id).delete()
    if not BundlePart.objects.filter(bundle=bundle).exists():
        Product.objects.filter(pk=bundle.pk).update(bundle_mode="")


@transaction.atomic
def add_pairing(actor: Actor, product_id: uuid.UUID, *, other_id: uuid.UUID, kind: str) -> ProductPairing:
    """Say that a product is only, or never, sold together with another; raises ``Invalid``."""
    product = editable_product(actor, product_id)
    other = _seen_product(actor, other_id, "other")
    if kind not in PairingKind.values:
        raise Invalid([FieldError("kind", "unknown_choice", _("Choose how the two go together."))])
    if other.pk == product.pk:
        raise Invalid([FieldError("other", "same", _("Choose another product than this one."))])
    row, _made = ProductPairing.objects.update_or_create(
        organization_id=actor.organization_id, product=product, other=other, defaults={"kind": kind}
    )
    return row


@transaction.atomic
def remove_pairing(actor: Actor, product_id: uuid.UUID, pairing_id: uuid.UUID) -> None:
    """Forget how two products go together."""
    product = editable_product(actor, product_id)
    ProductPairing.objects.filter(product=product, pk=pairing_id).delete()


@transaction.atomic
def make_variants(actor: Actor, product_id: uuid.UUID, attributes: Mapping[str, Sequence[str]]) -> int:
    """Make a variant for each combination of values that is not there yet, and return how many.

    ``attributes`` maps what tells variants apart, such as colour, to its values. Each variant is a product of its own
    that takes price, cost, unit and tax of this one until it has its own. Raises ``Invalid``; then none is made.
    """
    product = editable_product(actor, product_id)
    _check_attributes(product, attributes)
    variants = Product.objects.filter(LIVE, variant_of=product)
    known = {tuple(sorted(values.items())) for values in variants.values_list("variant_values", flat=True)}
    wanted = [dict(zip(attributes, values, strict=True)) for values in combinations(*attributes.values())]
    missing = [values for values in wanted if tuple(sorted(values.items())) not in known]
    if len(known) + len(missing) > MOST_VARIANTS:
        message = ngettext(
            "That would be %(num)d variant; a product has at most %(most)d.",
            "That would be %(num)d variants; a product has at most %(most)d.",
            len(known) + len(missing),
        )
        raise Invalid([FieldError("", "too_many", message % {"num": len(known) + len(missing), "most": MOST_VARIANTS})])
    rows = [
        {
            "name": ", ".join([product.name, *values.values()])[:LONGEST_NAME],
            "code": "-".join([product.code, *values.values()])[:LONGEST_CODE] if product.code else "",
            "category": product.category,
            "currency": product.currency,
            "variant_of": product.pk,
        }
        for values in missing
    ]
    context = WriteContext.for_actor(actor)
    outcome = door.create_many(actor, spec_for(actor.organization, "product"), rows, context=context)
    if outcome.rejected:
        raise Invalid([error for errors in outcome.rejected.values() for error in errors][:5])
    made = {row.name: row for row in Product.objects.filter(variant_of=product, name__in=[row["name"] for row in rows])}
    for row, values in zip(rows, missing, strict=True):
        Product.objects.filter(pk=made[str(row["name"])].pk).update(variant_values=values)
    return len(rows)


def _check_attributes(product: Product, attributes: Mapping[str, Sequence[str]]) -> None:
    if product.variant_of_id is not None:
        raise Invalid(
            [FieldError("", "is_variant", _("This is a variant itself. Open the product that it belongs to."))]
        )
    if product.bundle_mode:
        raise Invalid([FieldError("", "is_bundle", _("A bundle has no variants. Make a bundle of each."))])
    if not attributes or any(not values for values in attributes.values()):
        message = _("Name what tells the variants apart, such as Colour, and its values: red, blue.")
        raise Invalid([FieldError("", "empty", message)])
    if len(attributes) > MOST_ATTRIBUTES:
        message = _("Variants differ in at most %(most)s things.") % {"most": MOST_ATTRIBUTES}
        raise Invalid([FieldError("", "too_many", message)])
    if BundlePart.objects.filter(product=product).exists():
        message = _("This product is part of a bundle. Put one of its variants there first.")
        raise Invalid([FieldError("", "in_bundle", message)])


def _seen_product(actor: Actor, product_id: uuid.UUID, field: str) -> Product:
    rows = Product.objects.filter(LIVE, pk=product_id)
    row = restrict(rows, actor, spec_for(actor.organization, "product")).first()
    if row is None:
        raise Invalid([FieldError(field, "unknown_record", _("What was chosen here does not exist any more."))])
    return row


def _parts_below(ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Return everything that is in some products, at whatever depth."""
    found: set[uuid.UUID] = set()
    layer = ids
    for _level in range(DEEPEST):
        layer = set(BundlePart.objects.filter(bundle__in=layer).values_list("product_id", flat=True)) - found
        if not layer:
            break
        found |= layer
    return found


def read_attributes(rows: Sequence[tuple[str, str]]) -> dict[str, list[Any]]:
    """Return what tells variants apart from pairs of a name and its values, which commas separate."""
    found: dict[str, list[Any]] = {}
    for name, values in rows:
        parts = [part.strip()[:40] for part in values.replace("，", ",").replace("、", ",").split(",")]
        listed = list(dict.fromkeys(part for part in parts if part))
        if name.strip() or listed:
            found[name.strip()[:40] or "?"] = listed
    return found


class PricingSetup:
    """Sets up what products are sold in and with, one call for each thing; for programs that fill an organization."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def variants(self, product: Product, attributes: Mapping[str, Sequence[str]]) -> int:
        """Make variants; see ``make_variants``."""
        return make_variants(self.actor, product.pk, attributes)

    def unit(self, product: Product, name: str, factor: Decimal) -> ProductUnit:
        """Add a unit; see ``add_unit``."""
        return add_unit(self.actor, product.pk, name=name, factor=factor)

    def part(self, bundle: Product, part: Product, quantity: Decimal) -> BundlePart:
        """Add a part to a bundle; see ``add_part``."""
        return add_part(self.actor, bundle.pk, part_id=part.pk, quantity=quantity)

    def requires(self, product: Product, other: Product) -> ProductPairing:
        """Say that a product is only sold with another; see ``add_pairing``."""
        return add_pairing(self.actor, product.pk, other_id=other.pk, kind=PairingKind.REQUIRES)

    def limits(self, limits: Sequence[Mapping[str, str]], over: str = OverLimit.APPROVE) -> None:
        """Set the discount limits; see ``set_discount_limits``."""
        set_discount_limits(self.actor, limits=limits, over=over, flows={})
