"""Whom a step means: people, departments, roles, posts and levels, fields of the record, superiors, or who did it.

Recipients are ``{"grantees": ["person:id", "role:id", ...], "fields": [path], "superiors": bool, "actor": bool}``;
``superiors`` are those of the record's owner.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.setting import Setting, Values
from banyan.core.access.models import GranteeKind, PostHolding, ReportingLine
from banyan.core.access.sharing import Grantee
from banyan.core.identity.models import User, UserRole
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.web.plain_forms import PickField
from banyan.core.web.sharing import names_of_grantees, read_grantees

Json = Mapping[str, Any]
MOST_RECIPIENTS = 200
KEYS = ("grantees", "fields", "superiors", "actor")


class RecipientsForm(forms.Form):
    """The part of a form that says whom a step means."""

    grantees = PickField(
        label=gettext_lazy("People, departments, roles"), pick_url="/pick/grantees",
        names=lambda values: names_of_grantees(values),  # noqa: PLW0108 a name that tests may replace
        multiple=True, required=False,
    )  # fmt: skip
    fields_of_record = forms.MultipleChoiceField(
        label=gettext_lazy("Whoever stands in a field of the record"), required=False
    )
    superiors = forms.BooleanField(label=gettext_lazy("The superiors of the record's owner"), required=False)
    actor = forms.BooleanField(label=gettext_lazy("Whoever did what the rule answers to"), required=False)

    def __init__(self, *args: Any, setting: Setting, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields["fields_of_record"]
        fields.choices = person_fields(setting, spec)

    def clean(self) -> dict[str, Any]:
        """Demand somebody."""
        found: dict[str, Any] = super().clean() or {}
        if self.needs_somebody() and is_nobody(recipients_of(found)):
            self.add_error("grantees", _("Choose at least one person, or a field that holds one."))
        return found

    def needs_somebody(self) -> bool:
        """Say whether nobody is no choice."""
        return True


def recipients_of(cleaned: Json) -> dict[str, Any]:
    """Return the recipients that a form of this kind holds."""
    found = {
        "grantees": list(cleaned.get("grantees") or ()),
        "fields": list(cleaned.get("fields_of_record") or ()),
        "superiors": bool(cleaned.get("superiors")),
        "actor": bool(cleaned.get("actor")),
    }
    return {key: value for key, value in found.items() if value}


def initial_of(config: Json) -> dict[str, Any]:
    """Return what a form of this kind shows of recipients."""
    return {
        "grantees": config.get("grantees"),
        "fields_of_record": config.get("fields"),
        "superiors": config.get("superiors"),
        "actor": config.get("actor"),
    }


def person_fields(setting: Setting, spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the fields that hold people: paths and labels, those of linked records included."""
    found = [(name, str(entry.label)) for name, entry in spec.all_fields.items() if _is_person(entry)]
    for name, entry in spec.links.items():
        target = setting.target_of(entry)
        if target is not None:
            found += [
                (f"{name}.{inner}", f"{entry.label} › {linked.label}")
                for inner, linked in target.all_fields.items()
                if _is_person(linked) and inner not in {"created_by", "updated_by"}
            ]
    return found


def _is_person(entry: Field) -> bool:
    return entry.kind.widget in {"person", "people"}


def recipients(config: Json, cases: Sequence[tuple[Values, str]]) -> list[list[User]]:
    """Return for each case the active people that recipients mean, each once and by name; a handful of queries for all.

    A case is how the record's values are found, and the id of whoever did it.
    """
    wanted: list[set[uuid.UUID]] = [_ids_in(config, value, actor_id) for value, actor_id in cases]
    if config.get("superiors"):
        owners = [value("owner") for value, _actor in cases]
        above: dict[uuid.UUID, set[uuid.UUID]] = {}
        for user, superior in ReportingLine.objects.filter(user_id__in=set(owners) - {None}).values_list(
            "user_id", "superior_id"
        ):
            above.setdefault(user, set()).add(superior)
        for ids, owner in zip(wanted, owners, strict=True):
            ids.update(above.get(owner, ()))
    condition = Q(pk__in=set().union(*wanted))
    named = Q(pk__in=[])
    for grantee in grantees_in(config):
        named |= _belongs_to(grantee)
    people = User.objects.select_related("organization").filter(is_active=True).order_by("name", "pk")
    everybody = list(people.filter(named)[:MOST_RECIPIENTS]) if config.get("grantees") else []
    others = {person.pk: person for person in people.filter(condition)}
    return [_together(everybody, [person for pk, person in others.items() if pk in ids]) for ids in wanted]


def _together(everybody: list[User], others: list[User]) -> list[User]:
    found = {person.pk: person for person in (*everybody, *others)}
    return sorted(found.values(), key=lambda person: (person.name, person.pk))[:MOST_RECIPIENTS]


def _ids_in(config: Json, value: Values, actor_id: str) -> set[uuid.UUID]:
    ids: set[uuid.UUID | None] = set()
    for path in config.get("fields") or ():
        held = value(path)
        ids |= set(held) if isinstance(held, list) else {held}
    if config.get("actor"):
        ids.add(parse_id(actor_id))
    return {pk for pk in ids if pk is not None}


def grantees_in(config: Json) -> list[Grantee]:
    """Return the people and groups that recipients name."""
    return read_grantees(list(config.get("grantees") or ()))


def _belongs_to(grantee: Grantee) -> Q:
    if grantee.kind == GranteeKind.PERSON:
        return Q(pk=grantee.id)
    if grantee.kind == GranteeKind.DEPARTMENT:
        return Q(department__path__contains=[grantee.id])
    if grantee.kind == GranteeKind.ROLE:
        return Q(pk__in=UserRole.objects.filter(role_id=grantee.id).values("user_id"))
    holds = Q(post_id=grantee.id) if grantee.kind == GranteeKind.POST else Q(post__level_id=grantee.id)
    return Q(pk__in=PostHolding.objects.filter(holds).values("user_id"))


def is_nobody(config: Json) -> bool:
    """Say whether recipients name nobody at all."""
    return not any(config.get(key) for key in KEYS)


def words(setting: Setting, spec: ObjectSpec, config: Json) -> str:
    """Return recipients in words."""
    found = list(names_of_grantees(list(config.get("grantees") or ())).values())
    found += [setting.label_at(spec, path) for path in config.get("fields") or ()]
    if config.get("superiors"):
        found.append(_("superiors of the owner"))
    if config.get("actor"):
        found.append(_("whoever did it"))
    return _(", ").join(found) or _("nobody")


def problems(setting: Setting, spec: ObjectSpec, config: Json) -> list[str]:
    """Return what is wrong with recipients: nobody, people, groups and fields that are gone."""
    if is_nobody(config):
        return [_("Choose at least one person, or a field that holds one.")]
    given = list(config.get("grantees") or ())
    found = (
        [_("Somebody chosen here does not exist any more.")] if len(names_of_grantees(given)) < len(set(given)) else []
    )
    return [*found, *_unknown_fields(setting, spec, config.get("fields") or ())]


def _unknown_fields(setting: Setting, spec: ObjectSpec, paths: Iterable[str]) -> list[str]:
    allowed = {path for path, _label in person_fields(setting, spec)}
    message = _("There is no field “%(name)s” that holds people.")
    return [message % {"name": path} for path in paths if path not in allowed]
