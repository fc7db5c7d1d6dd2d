"""Provisioning: the company's directory tells by SCIM who works here, and what its groups stand for."""

from __future__ import annotations

import uuid

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from banyan.core.access.departments import department_tree
from banyan.core.access.provisioning import (
    find_group,
    make_provisioning_token,
    map_group,
    revoke_provisioning_token,
)
from banyan.core.identity.models import Department, Role
from banyan.core.identity.providers.models import ProvisionedGroup, ProvisioningToken
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.web.mail import base_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.people import role_choices
from banyan.core.web.settings.trees import choices_of
from banyan.core.web.views.base import signed_in

URL = "/settings/provisioning"
PAGE = "provisioning"


class TokenForm(forms.Form):
    """Which directory the token is for."""

    name = forms.CharField(
        label=gettext_lazy("Name of the directory"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )


class GroupForm(forms.Form):
    """What a group of the directory stands for."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # as Django takes them
        self.fields["role"].choices = [("", "–"), *role_choices()]  # type: ignore[attr-defined]  # a choice field
        self.fields["department"].choices = choices_of(department_tree)  # type: ignore[attr-defined]  # a choice field


@signed_in("GET")
def provisioning(request: SignedInRequest) -> HttpResponse:
    """Show the address, the tokens and the groups."""
    require_page(request.actor, PAGE)
    groups = ProvisionedGroup.objects.select_related("role", "department").annotate(people=Count("members"))
    language = get_language() or ""
    context = {
        "address": f"{base_url()}/scim/v2",
        "tokens": [
            {
                "id": token.pk,
                "name": token.name,
                "created": written_day(localtime(token.created_at).date(), language),
                "used": written_day(localtime(token.last_used_at).date(), language) if token.last_used_at else "",
            }
            for token in ProvisioningToken.objects.all()
        ],
        "groups": [
            {
                "id": group.pk,
                "name": group.name,
                "members": group.people,
                "role": group.role.name if group.role else "",
                "department": group.department.name if group.department else "",
            }
            for group in groups
        ],
    }
    return settings_answer(request, PAGE, "settings/provisioning.html", context)


@signed_in("GET", "POST")
def new_token(request: SignedInRequest) -> HttpResponse:
    """Make a token and show its text, this once."""
    require_page(request.actor, PAGE)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name = form.cleaned_data["name"]
            secret = make_provisioning_token(request.actor, name=name, visitor=visitor_of(request))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            made = {"secret": secret, "name": name, "address": f"{base_url()}/scim/v2"}
            return settings_answer(request, PAGE, "settings/provisioning_token.html", made)
    return settings_form(
        request, PAGE, form, title=_("New token for a directory"), submit_label=_("Make token"), cancel_url=URL
    )


@signed_in("POST")
def revoke_token(request: SignedInRequest, token_id: uuid.UUID) -> HttpResponse:
    """End a token."""
    require_page(request.actor, PAGE)
    revoke_provisioning_token(request.actor, token_id, visitor=visitor_of(request))
    return saved(request, _("The token is revoked. Programs that use it are refused from now on."), URL)


@signed_in("GET", "POST")
def group(request: SignedInRequest, group_id: uuid.UUID) -> HttpResponse:
    """Say what a group stands for."""
    require_page(request.actor, PAGE)
    found = find_group(group_id)
    form = GroupForm(
        request.POST or None,
        initial={"role": str(found.role_id or ""), "department": str(found.department_id or "")},
    )
    if request.method == "POST" and form.is_valid():
        role_id, department_id = parse_id(form.cleaned_data["role"]), parse_id(form.cleaned_data["department"])
        try:
            map_group(
                request.actor,
                group_id,
                role=Role.objects.filter(pk=role_id).first() if role_id else None,
                department=Department.objects.filter(pk=department_id).first() if department_id else None,
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": found.name}, URL)
    return settings_form(
        request, PAGE, form, title=found.name, cancel_url=URL,
        text=_("Who is in the group has this role and belongs to this department; who leaves it loses the role."),
    )  # fmt: skip
