"""People of the organization: list, invite, change, deactivate."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.departments import department_tree
from banyan.core.access.people import (
    change_person,
    deactivate_person,
    find_person,
    invite_person,
    not_joined,
    reactivate_person,
    renew_invitation,
    roles_of,
    without_role,
)
from banyan.core.access.posts import place_of
from banyan.core.access.security import end_sessions_of, reset_factors, unlock_person
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.providers.models import ProvisionedPerson
from banyan.core.identity.services import Joined
from banyan.core.identity.visitors import visitor_of
from banyan.core.jobs.registration import defer
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.web.jobs import send_invitation
from banyan.core.web.mail import base_url, reaches_people
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.person_security import person_security
from banyan.core.web.settings.trees import choices_of
from banyan.core.web.views.base import signed_in

URL = "/settings/people"
PAGE = 100
#: People that are listed alone, since there is something to do about them.
ONLY = {
    "without_role": (gettext_lazy("Without a role"), without_role),
    "not_joined": (gettext_lazy("Not joined yet"), not_joined),
}


class PersonForm(forms.Form):
    """What a colleague is called, where they belong and what they may do."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    title = forms.CharField(label=gettext_lazy("Post"), max_length=120, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"kind": "phone"})
    )
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        widget=forms.SelectMultiple(attrs={"wide": True}),
        error_messages={"required": gettext_lazy("Choose at least one role.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].choices = choices_of(department_tree)  # type: ignore[attr-defined]  # a choice field
        self.fields["roles"].choices = role_choices()  # type: ignore[attr-defined]  # a choice field

    def chosen_roles(self) -> list[Role]:
        """Return the roles that were chosen."""
        return list(Role.objects.filter(pk__in=self.cleaned_data["roles"]))

    def chosen_department(self) -> Department | None:
        """Return the department that was chosen, if any."""
        chosen = parse_id(self.cleaned_data["department"])
        return Department.objects.filter(pk=chosen).first() if chosen else None


def role_choices() -> list[tuple[str, str]]:
    """Return the roles as choices."""
    return [(str(role.pk), role.name) for role in Role.objects.all()]


@signed_in("GET")
def people(request: SignedInRequest) -> HttpResponse:
    """List the people, found by name, address or department."""
    require_page(request.actor, "people")
    search = request.GET.get("search", "").strip()[:100]
    start = int(request.GET["start"]) if request.GET.get("start", "").isdecimal() else 0
    only = request.GET.get("only", "")
    rows = _found(search, only)
    found = list(rows[start : start + PAGE + 1])
    context = {
        "people": _described(found[:PAGE]),
        "search": search,
        "only": only if only in ONLY else "",
        "tabs": _tabs(only),
        "count": rows.count() if start or len(found) > PAGE else len(found),
        "next_start": start + PAGE if len(found) > PAGE else 0,
        "previous_start": max(start - PAGE, 0) if start else None,
        "actions": [{"label": _("Invite a colleague"), "url": f"{URL}/invite", "icon": "user-plus", "primary": True}],
    }
    return settings_answer(request, "people", "settings/people.html", context)


@signed_in("GET", "POST")
def invite(request: SignedInRequest) -> HttpResponse:
    """Add a colleague, who joins by a link that is sent, or shown to be copied when no mail server is set."""
    require_page(request.actor, "people")
    member = Role.objects.filter(key="member").first()
    form = PersonForm(request.POST or None, initial={"roles": [str(member.pk)] if member else []})
    form.fields["name"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            joined = invite_person(
                request.actor,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                roles=form.chosen_roles(),
                department=form.chosen_department(),
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return _tell_link(request, joined)
    sections = (("", ("email", "name", "roles", "department")),)
    return settings_form(
        request, "people", form, title=_("Invite a colleague"), submit_label=_("Invite"), sections=sections,
        cancel_url=URL,
    )  # fmt: skip


@signed_in("GET", "POST")
def person(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Show and change one person."""
    require_page(request.actor, "people")
    user = find_person(user_id)
    form = PersonForm(request.POST or None, initial=_initial(user))
    form.fields["email"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            change_person(
                request.actor,
                user_id,
                roles=form.chosen_roles(),
                department=form.chosen_department(),
                **{name: form.cleaned_data[name] for name in ("name", "title", "phone")},
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": user.name}, URL)
    status = 422 if form.is_bound and form.errors else 200
    context = {
        "person": user,
        "is_me": user.pk == request.actor.user_id,
        "is_from_directory": ProvisionedPerson.objects.filter(user=user).exists(),
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "owned_url": f"/customers?owner={user.pk}",
        "place": _place_in_words(user),
        "sends_mail": reaches_people(),
        "security": person_security(request.actor, user),
    }
    response = settings_answer(request, "people", "settings/person.html", context, status=status)
    response.undo_writes = status != 200  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
    return response


@signed_in("POST")
def act_on_person(request: SignedInRequest, user_id: uuid.UUID, action: str) -> HttpResponse:
    """Deactivate a person, let them come back, or give them a fresh link."""
    require_page(request.actor, "people")
    if action == "deactivate":
        user = deactivate_person(request.actor, user_id)
        return saved(request, _("%(name)s can no longer sign in.") % {"name": user.name}, f"{URL}/{user_id}")
    if action == "reactivate":
        user = reactivate_person(request.actor, user_id)
        return saved(request, _("%(name)s can sign in again.") % {"name": user.name}, f"{URL}/{user_id}")
    if action == "reset-factors":
        user = reset_factors(request.actor, user_id, visitor=visitor_of(request))
        return saved(
            request, _("%(name)s signs in without a second step again.") % {"name": user.name}, f"{URL}/{user_id}"
        )
    if action == "sign-out":
        user = end_sessions_of(request.actor, user_id, visitor=visitor_of(request))
        return saved(request, _("%(name)s is signed out on all devices.") % {"name": user.name}, f"{URL}/{user_id}")
    if action == "unlock":
        user = unlock_person(request.actor, user_id, visitor=visitor_of(request))
        return saved(request, _("%(name)s may try to sign in again.") % {"name": user.name}, f"{URL}/{user_id}")
    if action in {"link", "send"}:
        return _tell_link(request, renew_invitation(request.actor, user_id), always_show=action == "link")
    return HttpResponseNotAllowed(["POST"])


def _place_in_words(user: User) -> str:
    """Return the posts, superiors and territories of a person in one line."""
    place = place_of(user)
    posts = [f"{post.name} ({department.name})" if department else post.name for post, department in place.posts]
    superiors = _("reports to %(names)s") % {"names": ", ".join(person.name for person in place.superiors)}
    territories = ", ".join(territory.name for territory in place.territories)
    return " · ".join([*posts, *([superiors] if place.superiors else []), *([territories] if territories else [])])


def _tell_link(request: SignedInRequest, joined: Joined, *, always_show: bool = False) -> HttpResponse:
    if reaches_people() and not always_show:
        defer(send_invitation, request.actor, invited_id=str(joined.user.pk))
        return saved(request, _("The invitation is on its way to %(email)s.") % {"email": joined.user.email}, URL)
    links = [{"email": joined.user.email, "link": f"{base_url()}/join/{joined.secret}"}]
    return settings_answer(request, "people", "settings/invitation_links.html", {"links": links})


def _tabs(only: str) -> list[dict[str, Any]]:
    """Return which people can be listed alone."""
    shown = [{"label": _("All"), "url": URL, "active": only not in ONLY}]
    for name, (label, _rows) in ONLY.items():
        shown.append({"label": str(label), "url": f"{URL}?only={name}", "active": only == name})
    return shown


def _found(search: str, only: str = "") -> QuerySet[User]:
    everybody = ONLY[only][1]() if only in ONLY else User.objects.all()
    rows = everybody.select_related("department").order_by("-is_active", "name", "pk")
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(email__icontains=search) | Q(department__name__icontains=search)
        )
    return rows


def _described(users: list[User]) -> list[dict[str, Any]]:
    roles: dict[uuid.UUID, list[str]] = {}
    for user_id, role in UserRole.objects.filter(user__in=users).values_list("user_id", "role__name"):
        roles.setdefault(user_id, []).append(role)
    from_directory = set(ProvisionedPerson.objects.filter(user__in=users).values_list("user_id", flat=True))
    return [
        {
            "url": f"{URL}/{user.pk}",
            "name": user.name,
            "email": user.email,
            "title": user.title,
            "department": user.department.name if user.department else "",
            "roles": roles.get(user.pk, []),
            "is_active": user.is_active,
            "has_joined": user.account_id is not None,
            "is_from_directory": user.pk in from_directory,
        }
        for user in users
    ]


def _initial(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "title": user.title,
        "phone": user.phone,
        "department": str(user.department_id or ""),
        "roles": [str(role.pk) for role in roles_of(user)],
    }
