"""Whom records are shared with, in forms and words: people, departments, roles, posts and levels in one list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.models import GranteeKind, SharedAccess
from banyan.core.access.sharing import GRANTEES, Grantee, Terms, names_of
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import USER
from banyan.core.objects.spec import ObjectSpec
from banyan.core.search.picking import pick
from banyan.core.web.plain_forms import PickField
from banyan.core.web.presenting import told_day

#: So many departments, roles, posts and levels of each kind are offered beside people.
MOST_GROUPS = 8


class ShareForm(forms.Form):
    """With whom, how far, until when."""

    grantees = PickField(
        label=gettext_lazy("With whom"), pick_url="/pick/grantees", names=lambda values: names_of_grantees(values),  # noqa: PLW0108 defined below
        multiple=True, error_messages={"required": gettext_lazy("Choose with whom to share.")},
    )  # fmt: skip
    access = forms.ChoiceField(
        label=gettext_lazy("What they may do"), choices=SharedAccess.choices, initial=SharedAccess.VIEW.value
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Without a date, until somebody ends it.")
    )

    def chosen(self) -> list[Grantee]:
        """Return those chosen."""
        return read_grantees(self.cleaned_data["grantees"])

    def terms(self) -> Terms:
        """Return how far and until when."""
        sent = self.cleaned_data
        return Terms(sent["access"], sent["ends_on"], sent.get("team_role", ""))


class TeamForm(ShareForm):
    """Sharing one record, perhaps in a role of its team."""

    team_role = forms.CharField(
        label=gettext_lazy("Role in the team"), max_length=60, required=False,
        help_text=gettext_lazy("For example pre-sales, delivery or legal. Empty: shared, but not on the team."),
    )  # fmt: skip
    field_order = ("grantees", "access", "team_role", "ends_on")


def is_shareable(spec: ObjectSpec) -> bool:
    """Say whether an object's records are shared by themselves: not when they are seen through another record, or name people themselves."""
    return spec.has_page and not (spec.is_setting or spec.ability or spec.inherits_from or spec.shared_field)


def find_grantees(actor: Actor, text: str) -> list[dict[str, str]]:
    """Return with whom something can be shared, people first, as a picker takes it."""
    hits = pick(actor, USER, text)
    people = [{"value": f"{GranteeKind.PERSON}:{hit.id}", "text": hit.title, "hint": hit.subtitle} for hit in hits]
    groups: list[dict[str, str]] = []
    for kind, model in GRANTEES.items():
        if kind == GranteeKind.PERSON:
            continue
        rows = model._default_manager.filter(name__icontains=text.strip())[:MOST_GROUPS]  # noqa: SLF001
        groups += [
            {"value": f"{kind}:{row.pk}", "text": row.name, "hint": str(GranteeKind(kind).label)}  # type: ignore[attr-defined]  # each has a name
            for row in rows
        ]
    return [*people, *groups]


def names_of_grantees(values: list[str]) -> dict[str, str]:
    """Return what chosen grantees are called, by the values of ``find_grantees``."""
    grantees = read_grantees(values)
    names = names_of(grantees)
    return {
        written(grantee): grantee_label(grantee.kind, names[grantee.id]) for grantee in grantees if grantee.id in names
    }


def written(grantee: Grantee) -> str:
    """Return a grantee as forms send it."""
    return f"{grantee.kind}:{grantee.id}"


def grantee_label(kind: str, name: str) -> str:
    """Return what a grantee is called, with its kind unless it is a person."""
    if kind == GranteeKind.PERSON:
        return name
    return _("%(kind)s: %(name)s") % {"kind": GranteeKind(kind).label, "name": name}


def read_grantees(written: list[str]) -> list[Grantee]:
    """Return the grantees of the values of ``find_grantees``."""
    found = []
    for value in written:
        kind, _mark, text = value.partition(":")
        pk = parse_id(text)
        if pk is not None and kind in GRANTEES:
            found.append(Grantee(kind, pk))
    return found


def terms_in_words(access: str, ends_on: Any) -> str:
    """Return how far and until when something is shared."""
    text = str(SharedAccess(access).label)
    if ends_on is None:
        return text
    return _("%(access)s, until %(day)s") % {"access": text, "day": told_day(ends_on)}
