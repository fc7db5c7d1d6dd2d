"""An organization for practising: founded for one person, and given what its courses begin with."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.access.ready_roles import make_ready_role, ready_roles
from banyan.core.access.scopes import Ability
from banyan.core.configuration.copying import shape_of, take_shape
from banyan.core.identity.models import Account, Role, User, UserRole
from banyan.core.identity.services import add_user, connect
from banyan.core.kernel.clock import now, today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.models import PRACTICE, Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.supply.choices import MoveKind
from banyan.supply.public import Move, book, first_place, keep_stock, set_conditions, warehouses
from banyan.training.courses import Course, Seed, common_course, filled
from banyan.training.models import Sandbox
from banyan.training.queries import BEGUN, Learner, begun_courses

#: The role in which people practise what administrators do: nothing that reaches beyond the organization.
PARTICIPANT = "course_participant"
ABILITIES = (Ability.CUSTOMISE, Ability.MANAGE_PEOPLE, Ability.SHARE_VIEWS)
MEMBER, ADMINISTRATOR = "member", "administrator"
ADDRESSES = "practice.example"
_DAY = re.compile(r"^today(?P<days>[+-]\d+)?$")


@transaction.atomic
def found_sandbox(learner: Learner) -> Sandbox:
    """Make an organization for practising: shaped as the real one, with the person and the records that courses need."""
    home = learner.home
    user = home.user
    if user is None or user.account_id is None:
        raise TypeError("Only somebody with an account practises.")
    real = home.organization
    details: dict[str, Any] = {
        name: getattr(real, name) for name in ("currency", "time_zone", "country", "industry", "headcount", "edition",
                                               "modules_on", "modules_off")
    }  # fmt: skip
    with learner.at_home():
        shape = shape_of(real)
    with override(home.language):
        name = _("Practising: %(name)s") % {"name": user.name}
    made = found_organization(
        name=name,
        language=home.language,
        setup_finished_at=now(),
        settings={PRACTICE: {"of": str(real.pk), "user": str(user.pk), BEGUN: []}},
        **details,
    )
    with organization_scope(made.pk):
        take_shape(system_actor(made, channel=Channel.JOB), shape)
        made.refresh_from_db()
        _add_learner(made, user)
        _sow(made, common_course())
    with learner.at_home():
        return Sandbox.objects.create(organization=real, user=user, sandbox_id=made.pk)


def begin_course(organization: Organization, course: Course) -> None:
    """Give an organization for practising what a course begins with, once, and note that it is the one under way."""
    with organization_scope(organization.pk), transaction.atomic():
        row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        begun = begun_courses(row)
        if course.name not in begun:
            if course.for_administrators:
                _add_participant(row)
            if course.role:
                _give_role(row, course.role)
            _sow(row, course)
        # Preparing may have changed the organization itself, such as its catalogue's version.
        row.refresh_from_db()
        told = {**row.settings[PRACTICE], BEGUN: [*(name for name in begun if name != course.name), course.name]}
        row.settings = {**row.settings, PRACTICE: told}
        row.save(update_fields=["settings"])


def _add_learner(organization: Organization, user: User) -> None:
    member = Role.objects.get(key=MEMBER)
    person = add_user(
        organization, name=user.name, email=user.email, roles=[member], language=user.language, theme=user.theme
    )
    # The row as it is now: the account's organizations may have changed since the request began.
    connect(person, Account.objects.select_for_update(no_key=True).get(pk=str(user.account_id)))


def _add_participant(organization: Organization) -> None:
    """Let the person practise what administrators do."""
    everything = Role.objects.get(key=ADMINISTRATOR)
    with override(organization.language):
        name = _("Course participant")
    role, _made = Role.objects.get_or_create(
        organization=organization,
        key=PARTICIPANT,
        defaults={
            "name": name,
            "grants": everything.grants,
            "abilities": [ability.value for ability in ABILITIES],
            "position": 90,
        },
    )
    for person in User.objects.filter(account__isnull=False):
        UserRole.objects.get_or_create(organization=organization, user=person, role=role)


def _give_role(organization: Organization, key: str) -> None:
    """Let the person practise in a ready-made role, as the product brings it along."""
    role = make_ready_role(organization, ready_roles[key])
    for person in User.objects.filter(account__isnull=False):
        UserRole.objects.get_or_create(organization=organization, user=person, role=role)


def _sow(organization: Organization, course: Course) -> None:
    """Create what a course begins with; what belongs to modules that are off is left out."""
    sowing = _Sowing(organization)
    if course is not common_course():
        sowing.find_common_records()
    for seed in course.seeds:
        sowing.sow(course, seed)


class _Sowing:
    """Creates what seeds say in an organization for practising, and remembers the records by their keys."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.actor = system_actor(organization, channel=Channel.IMPORT)
        self.specs = specs_on(organization)
        self.learner = User.objects.filter(account__isnull=False).first()
        self.made: dict[str, uuid.UUID] = {}

    def sow(self, course: Course, seed: Seed) -> None:
        """Create what one seed says."""
        values = _values(seed.values, course, self.organization, self.made)
        if seed.object_name in BESIDES:
            BESIDES[seed.object_name](self.actor, seed, values)
            return
        spec = self.specs.get(seed.object_name)
        if spec is None:
            return
        if "owner" in spec.all_fields and self.learner is not None:
            values.setdefault("owner", self.learner.pk)
        context = WriteContext.for_actor(self.actor, exempt=True)
        self.made[seed.key] = door.create(self.actor, spec, values, context=context).pk

    def find_common_records(self) -> None:
        """Look up the records that every course may refer to; what a learner has deleted or renamed is made anew."""
        common = common_course()
        for seed in common.seeds:
            spec = self.specs.get(seed.object_name)
            if spec is None or not seed.key:
                continue
            title = filled(str(seed.values.get(spec.title, "")), common.names, self.organization.language)
            rows = live_rows(self.actor, spec).filter(**{spec.all_fields[spec.title].attribute: title})
            record_id = rows.values_list("pk", flat=True).first()
            if record_id:
                self.made[seed.key] = record_id
            else:
                self.sow(common, seed)


def _add_colleague(actor: Actor, seed: Seed, values: Mapping[str, Any]) -> None:
    roles = [Role.objects.get(key=MEMBER)]
    add_user(actor.organization, name=str(values["name"]), email=f"{seed.key}@{ADDRESSES}", roles=roles)


def _stock_up(actor: Actor, _seed: Seed, values: Mapping[str, Any]) -> None:
    """Keep stock of a product, and put some of it into the first warehouse, which is made where there is none."""
    if not module_is_on(actor.organization, "stock"):
        return
    there = [warehouse.pk for warehouse in warehouses()]
    if not there:
        spec = specs_on(actor.organization)["warehouse"]
        there = [door.create(actor, spec, {"name": values["warehouse"]}).pk]
    keep_stock(actor, values["product"], tracking="none")
    if quantity := Decimal(values.get("quantity", 0)):
        move = Move(values["product"], quantity, MoveKind.RECEIPT, to_place=first_place(there[0]).pk)
        book(actor, move)


def _add_supplier(actor: Actor, _seed: Seed, values: Mapping[str, Any]) -> None:
    """Let a customer be a supplier of a product, at a price."""
    if module_is_on(actor.organization, "purchase"):
        set_conditions(actor, values["customer"], values["product"], price=Decimal(values["price"]))


#: What is no record of an object, by what seeds call it.
BESIDES: Mapping[str, Callable[[Actor, Seed, Mapping[str, Any]], None]] = {
    "colleague": _add_colleague,
    "goods": _stock_up,
    "supplier": _add_supplier,
}


def _values(
    given: Mapping[str, Any], course: Course, organization: Organization, made: Mapping[str, uuid.UUID]
) -> dict[str, Any]:
    """Return a seed's values: names filled in, links and days resolved."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("@"):
            if value[1:] in made:
                found[name] = made[value[1:]]
        elif isinstance(value, str) and (day := _DAY.match(value)):
            found[name] = today(organization.time_zone) + timedelta(days=int(day["days"] or 0))
        else:
            found[name] = filled(value, course.names, organization.language) if isinstance(value, str) else value
    return found
