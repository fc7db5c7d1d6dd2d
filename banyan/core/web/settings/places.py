"""Where a person stands: posts held, superiors, territories; and who stands in while they are away."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.departments import department_tree
from banyan.core.access.deputies import Absence, deputies_of, deputising, end_deputyship, name_deputy
from banyan.core.access.models import Post, Territory
from banyan.core.access.people import find_person
from banyan.core.access.posts import Place, place_of, set_place
from banyan.core.access.territories import territory_tree
from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, names_of_people
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.trees import choices_of
from banyan.core.web.views.base import signed_in

PEOPLE_URL = "/settings/people"
MINE = "/settings/me/deputies"
PICK_PEOPLE = "/pick/user"
#: As many posts as a form has lines for; with more, the person's page shows what is kept.
MOST_POSTS = 3


class PlaceForm(forms.Form):
    """Up to three posts, each in the own or another department, superiors and territories."""

    main_superior = PickField(
        label=gettext_lazy("Reports to"), required=False, pick_url=PICK_PEOPLE, names=names_of_people
    )
    further_superiors = PickField(
        label=gettext_lazy("Reports also to"), required=False, pick_url=PICK_PEOPLE, names=names_of_people,
        multiple=True, help_text=gettext_lazy("In a matrix: project leads, functional heads."),
    )  # fmt: skip
    territories = forms.MultipleChoiceField(
        label=gettext_lazy("Territories"), required=False, widget=forms.SelectMultiple(attrs={"wide": True})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        posts = [("", "–"), *((str(post.pk), post.name) for post in Post.objects.all())]
        for position in range(1, MOST_POSTS + 1):
            fields[f"post_{position}"] = forms.ChoiceField(
                label=pgettext_lazy("held", "Post %(number)d") % {"number": position}, choices=posts, required=False
            )
            fields[f"department_{position}"] = forms.ChoiceField(
                label=gettext_lazy("in the department"), choices=choices_of(department_tree), required=False,
                widget=forms.Select(attrs={"empty_label": gettext_lazy("the person's own")}),
            )  # fmt: skip
        fields["territories"].choices = choices_of(territory_tree)[1:]
        if not fields["territories"].choices:
            del fields["territories"]
        posted = [f"{kind}_{position}" for position in range(1, MOST_POSTS + 1) for kind in ("post", "department")]
        self.order_fields([*posted, "main_superior", "further_superiors", "territories"])

    @staticmethod
    def initial_of(place: Place) -> dict[str, Any]:
        """Return what the form shows of where somebody stands."""
        shown: dict[str, Any] = {
            "main_superior": str(place.superiors[0].pk) if place.superiors else "",
            "further_superiors": [str(superior.pk) for superior in place.superiors[1:]],
            "territories": [str(territory.pk) for territory in place.territories],
        }
        for position, (post, department) in enumerate(place.posts[:MOST_POSTS], start=1):
            shown |= {
                f"post_{position}": str(post.pk),
                f"department_{position}": str(department.pk if department else ""),
            }
        return shown

    def place(self, kept: Place) -> Place:
        """Return where the person is to stand; posts beyond the form's lines stay."""
        sent = self.cleaned_data
        chosen = [
            (parse_id(sent[f"post_{position}"]), parse_id(sent[f"department_{position}"]))
            for position in range(1, MOST_POSTS + 1)
        ]
        posts = Post.objects.in_bulk([post for post, _department in chosen if post])
        departments = Department.objects.in_bulk([department for _post, department in chosen if department])
        people = User.objects.in_bulk([*filter(None, [parse_id(sent["main_superior"])]), *sent["further_superiors"]])
        order = [parse_id(sent["main_superior"]), *(parse_id(pk) for pk in sent["further_superiors"])]
        return Place(
            tuple((posts[post], departments.get(department)) for post, department in chosen if post in posts)
            + kept.posts[MOST_POSTS:],
            tuple(people[pk] for pk in order if pk in people),
            tuple(Territory.objects.filter(pk__in=sent.get("territories", []))),
        )


class AbsenceForm(forms.Form):
    """From when to when somebody is away, who stands in, and how far."""

    deputy = PickField(label=gettext_lazy("Deputy"), pick_url=PICK_PEOPLE, names=names_of_people)
    starts_on = forms.DateField(label=gettext_lazy("From"))
    ends_on = forms.DateField(label=gettext_lazy("Until"))
    with_rights = forms.BooleanField(
        label=gettext_lazy("Lend the deputy my roles as well"), required=False,
        help_text=gettext_lazy("Without it, the deputy works on what belongs to the absent person with their own roles."),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


@signed_in("GET", "POST")
def place(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Show and change where a person stands."""
    require_page(request.actor, "people")
    user = find_person(user_id)
    kept = place_of(user)
    form = PlaceForm(request.POST or None, initial=PlaceForm.initial_of(kept))
    if request.method == "POST" and form.is_valid():
        try:
            set_place(request.actor, user_id, form.place(kept))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": user.name}, f"{PEOPLE_URL}/{user_id}")
    title = _("Posts and superiors of %(name)s") % {"name": user.name}
    return settings_form(request, "people", form, title=title, cancel_url=f"{PEOPLE_URL}/{user_id}")


@signed_in("GET")
def my_deputies(request: SignedInRequest) -> HttpResponse:
    """Show who stands in for oneself, and for whom one stands in."""
    require_page(request.actor, "deputies")
    return _deputies(request, _oneself(request), "deputies", MINE)


@signed_in("GET")
def deputies(request: SignedInRequest, user_id: uuid.UUID) -> HttpResponse:
    """Show who stands in for a person."""
    require_page(request.actor, "people")
    return _deputies(request, find_person(user_id), "people", f"{PEOPLE_URL}/{user_id}/deputies")


@signed_in("GET", "POST")
def new_deputy(request: SignedInRequest, user_id: uuid.UUID | None = None) -> HttpResponse:
    """Let somebody stand in: for oneself, or by those who manage people for anybody."""
    require_page(request.actor, "people" if user_id else "deputies")
    user = find_person(user_id) if user_id else _oneself(request)
    url = f"{PEOPLE_URL}/{user_id}/deputies" if user_id else MINE
    day = today(request.actor.time_zone).isoformat()
    form = AbsenceForm(request.POST or None, initial={"starts_on": day, "ends_on": day})
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        absence = Absence(sent["starts_on"], sent["ends_on"], sent["with_rights"], sent["note"])
        try:
            made = name_deputy(request.actor, user.pk, find_person(uuid.UUID(sent["deputy"])), absence)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            message = _("%(deputy)s stands in for %(name)s.") % {"deputy": made.deputy.name, "name": user.name}
            return saved(request, message, url)
    frame = "people" if user_id else "deputies"
    return settings_form(request, frame, form, title=_("Name a deputy"), cancel_url=url)


@signed_in("POST")
def end_deputy(request: SignedInRequest, deputyship_id: uuid.UUID) -> HttpResponse:
    """End a deputyship."""
    user = end_deputyship(request.actor, deputyship_id)
    url = MINE if user.pk == request.actor.user_id else f"{PEOPLE_URL}/{user.pk}/deputies"
    return saved(request, _("The deputyship is ended."), url)


def _oneself(request: SignedInRequest) -> User:
    if request.actor.user is None:
        raise Missing("not_found", _("There is no such page."))
    return request.actor.user


def _deputies(request: SignedInRequest, user: User, frame: str, url: str) -> HttpResponse:
    day = today(request.actor.time_zone)
    context = {
        "title": _("Deputies") if frame == "deputies" else _("Deputies of %(name)s") % {"name": user.name},
        "rows": [
            {
                "id": row.pk,
                "name": row.deputy.name,
                "days": f"{told_day(row.starts_on)} – {told_day(row.ends_on)}",
                "with_rights": row.with_rights,
                "note": row.note,
                "is_over": row.ends_on < day,
                "is_running": row.starts_on <= day <= row.ends_on,
            }
            for row in deputies_of(user.pk)
        ],
        "for_others": [{"name": row.user.name, "ends_on": told_day(row.ends_on)} for row in deputising(user.pk, day)],
        "actions": [
            {"label": _("Name a deputy"), "url": f"{url}/new", "icon": "user-plus", "opens": "dialog", "primary": True}
        ],
    }
    return settings_answer(request, frame, "settings/deputies.html", context)
