"""Pages of trees: departments and territories."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.departments import department_tree
from banyan.core.access.models import TerritoryMember
from banyan.core.access.territories import territory_tree
from banyan.core.access.trees import Tree
from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

TOP = gettext_lazy("At the top")


def choices_of(tree: Tree[Any]) -> list[tuple[str, str]]:
    """Return the rows of a tree as choices, those below others indented."""
    return [("", "–"), *((str(entry.pk), "\u2003" * depth + entry.name) for entry, depth in tree.in_order())]


@dataclass(frozen=True)
class TreePages:
    """The pages of one tree; ``name`` is that of the settings page, ``people`` counts who belongs to each row."""

    name: str
    tree: Tree[Any]
    icon: str
    people: Callable[[], QuerySet[Any, Any]]
    empty: tuple[Any, Any]
    new_label: Any

    @property
    def url(self) -> str:
        """Return the address of the tree."""
        return f"/settings/{self.name}"

    def routes(self) -> list[URLPattern]:
        """Return the addresses below ``/settings/``."""
        return [
            path(self.name, signed_in("GET")(self.show), name=f"settings-{self.name}"),
            path(f"{self.name}/new", signed_in("GET", "POST")(self.new), name=f"settings-{self.name}-new"),
            path(f"{self.name}/<uuid:node_id>", signed_in("GET", "POST")(self.edit), name=f"settings-{self.name}-edit"),
            path(
                f"{self.name}/<uuid:node_id>/delete",
                signed_in("POST")(self.remove),
                name=f"settings-{self.name}-delete",
            ),
        ]

    def show(self, request: SignedInRequest) -> HttpResponse:
        """Show the tree with the number of people at each row."""
        require_page(request.actor, self.name)
        people: Counter[Any] = Counter(dict(self.people()))
        rows = [
            {"id": entry.pk, "name": entry.name, "depth": min(depth, 8), "people": people[entry.pk]}
            for entry, depth in self.tree.in_order()
        ]
        new = {
            "label": str(self.new_label), "url": f"{self.url}/new", "icon": "plus", "opens": "dialog", "primary": True,
        }  # fmt: skip
        context = {
            "nodes": rows, "actions": [new], "icon": self.icon, "url": self.url,
            "empty": [str(text) for text in self.empty],
        }  # fmt: skip
        return settings_answer(request, self.name, "settings/tree.html", context)

    def new(self, request: SignedInRequest) -> HttpResponse:
        """Create a row."""
        require_page(request.actor, self.name)
        form = NodeForm(self.tree, request.POST or None, initial={"parent": request.GET.get("parent", "")})
        if request.method == "POST" and form.is_valid():
            try:
                made = self.tree.create(
                    request.actor, name=form.cleaned_data["name"], parent_id=parse_id(form.cleaned_data["parent"])
                )
            except DomainError as problem:
                add_problem(form, problem)
            else:
                return saved(request, _("%(name)s is created.") % {"name": made.name}, self.url)
        return settings_form(
            request, self.name, form, title=str(self.new_label), submit_label=_("Create"), cancel_url=self.url
        )

    def edit(self, request: SignedInRequest, node_id: uuid.UUID) -> HttpResponse:
        """Rename or move a row."""
        require_page(request.actor, self.name)
        node = self.tree.find(node_id)
        initial = {"name": node.name, "parent": str(node.parent_id or "")}
        form = NodeForm(self.tree, request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            sent = form.cleaned_data
            try:
                self.tree.change(request.actor, node_id, name=sent["name"], parent_id=parse_id(sent["parent"]))
            except DomainError as problem:
                add_problem(form, problem)
            else:
                return saved(request, _("%(name)s is saved.") % {"name": sent["name"]}, self.url)
        return settings_form(request, self.name, form, title=node.name, cancel_url=self.url)

    def remove(self, request: SignedInRequest, node_id: uuid.UUID) -> HttpResponse:
        """Delete a row to which nothing belongs."""
        require_page(request.actor, self.name)
        name = self.tree.find(node_id).name
        self.tree.delete(request.actor, node_id)
        return saved(request, _("%(name)s is deleted.") % {"name": name}, self.url)


class NodeForm(forms.Form):
    """A row's name and the one above it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    parent = forms.ChoiceField(
        label=gettext_lazy("Below"), required=False, widget=forms.Select(attrs={"empty_label": TOP})
    )

    def __init__(self, tree: Tree[Any], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parent"].choices = choices_of(tree)  # type: ignore[attr-defined]  # a choice field


def _people_of_departments() -> QuerySet[Any, Any]:
    active = User.objects.filter(is_active=True)
    return active.values_list("department_id").annotate(count=Count("pk")).order_by()


def _people_of_territories() -> QuerySet[Any, Any]:
    active = TerritoryMember.objects.filter(user__is_active=True)
    return active.values_list("territory_id").annotate(count=Count("pk")).order_by()


DEPARTMENTS = TreePages(
    "departments",
    department_tree,
    "hierarchy-2",
    _people_of_departments,
    (
        gettext_lazy("No departments yet"),
        gettext_lazy("With departments, a manager can see the records of the people below them."),
    ),
    gettext_lazy("New department"),
)
TERRITORIES = TreePages(
    "territories",
    territory_tree,
    "map-pin",
    _people_of_territories,
    (
        gettext_lazy("No territories yet"),
        gettext_lazy("Customers that lie in a territory are seen by the people who work in it or above it."),
    ),
    gettext_lazy("New territory"),
)
