"""The tree of departments."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.departments import (
    change_department,
    create_department,
    delete_department,
    departments_in_order,
    find_department,
)
from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.people import department_choices
from banyan.core.web.views.base import signed_in

URL = "/settings/departments"
TOP = gettext_lazy("At the top")


class DepartmentForm(forms.Form):
    """A department's name and the one above it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    parent = forms.ChoiceField(
        label=gettext_lazy("Below"), required=False, widget=forms.Select(attrs={"empty_label": TOP})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parent"].choices = department_choices()  # type: ignore[attr-defined]  # a choice field


@signed_in("GET")
def departments(request: SignedInRequest) -> HttpResponse:
    """Show the tree with the number of people in each department."""
    require_page(request.actor, "departments")
    counted = User.objects.filter(is_active=True).values_list("department_id").annotate(count=Count("pk")).order_by()
    people: Counter[Any] = Counter(dict(counted))
    rows = [
        {"id": entry.pk, "name": entry.name, "depth": min(depth, 8), "people": people[entry.pk]}
        for entry, depth in departments_in_order()
    ]
    actions = [{"label": _("New department"), "url": f"{URL}/new", "icon": "plus", "opens": "dialog", "primary": True}]
    return settings_answer(
        request, "departments", "settings/departments.html", {"departments": rows, "actions": actions}
    )


@signed_in("GET", "POST")
def new_department(request: SignedInRequest) -> HttpResponse:
    """Create a department."""
    require_page(request.actor, "departments")
    form = DepartmentForm(request.POST or None, initial={"parent": request.GET.get("parent", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = create_department(
                request.actor, name=form.cleaned_data["name"], parent_id=parse_id(form.cleaned_data["parent"])
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is created.") % {"name": made.name}, URL)
    return settings_form(
        request, "departments", form, title=_("New department"), submit_label=_("Create"), cancel_url=URL
    )


@signed_in("GET", "POST")
def edit_department(request: SignedInRequest, department_id: uuid.UUID) -> HttpResponse:
    """Rename or move a department."""
    require_page(request.actor, "departments")
    department = find_department(department_id)
    initial = {"name": department.name, "parent": str(department.parent_id or "")}
    form = DepartmentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_department(
                request.actor,
                department_id,
                name=form.cleaned_data["name"],
                parent_id=parse_id(form.cleaned_data["parent"]),
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}, URL)
    return settings_form(request, "departments", form, title=department.name, cancel_url=URL)


@signed_in("POST")
def remove_department(request: SignedInRequest, department_id: uuid.UUID) -> HttpResponse:
    """Delete a department that nobody belongs to."""
    require_page(request.actor, "departments")
    delete_department(request.actor, department_id)
    return saved(request, _("The department is deleted."), URL)
