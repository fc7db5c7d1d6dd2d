"""Posts and levels, with the roles that each brings."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.models import Level, Post, PostHolding
from banyan.core.access.posts import (
    HIGHEST,
    LOWEST,
    delete_level,
    delete_post,
    find_level,
    find_post,
    roles_brought,
    save_level,
    save_post,
)
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.people import role_choices
from banyan.core.web.views.base import signed_in

URL = "/settings/posts"


class _WithRoles(forms.Form):
    """A name, and the roles that everybody gets with it."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles it brings"), required=False, widget=forms.SelectMultiple(attrs={"wide": True})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["roles"].choices = role_choices()  # type: ignore[attr-defined]  # a choice field

    def chosen_roles(self) -> list[Role]:
        """Return the roles that were chosen."""
        return list(Role.objects.filter(pk__in=self.cleaned_data["roles"]))


class LevelForm(_WithRoles):
    """A level: the higher the rank, the higher it stands."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs={"autofocus": True}))
    rank = forms.IntegerField(
        label=gettext_lazy("Rank"), min_value=LOWEST, max_value=HIGHEST,
        help_text=gettext_lazy("The higher the number, the higher the level."),
    )  # fmt: skip
    field_order = ("name", "rank", "roles")


class PostForm(_WithRoles):
    """A post with its level."""

    name = forms.CharField(
        label=pgettext_lazy("post", "Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    level = forms.ModelChoiceField(label=gettext_lazy("Level"), queryset=Level.objects.none(), required=False)
    field_order = ("name", "level", "roles")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["level"].queryset = Level.objects.all()  # type: ignore[attr-defined]  # a model choice field


@signed_in("GET")
def posts(request: SignedInRequest) -> HttpResponse:
    """List the posts and the levels."""
    require_page(request.actor, "posts")
    active = PostHolding.objects.filter(user__is_active=True)
    held: Counter[Any] = Counter(dict(active.values_list("post_id").annotate(count=Count("pk")).order_by()))
    context = {
        "posts": [
            {
                "id": post.pk,
                "name": post.name,
                "level": post.level.name if post.level else "",
                "people": held[post.pk],
                "roles": [role.name for role in post.roles.all()],
            }
            for post in Post.objects.select_related("level").prefetch_related("roles")
        ],
        "levels": [
            {"id": level.pk, "name": level.name, "rank": level.rank, "roles": [role.name for role in level.roles.all()]}
            for level in Level.objects.prefetch_related("roles")
        ],
        "actions": [
            {"label": _("New level"), "url": f"{URL}/levels/new", "icon": "trending-up", "opens": "dialog"},
            {"label": _("New post"), "url": f"{URL}/new", "icon": "plus", "opens": "dialog", "primary": True},
        ],
    }
    return settings_answer(request, "posts", "settings/posts.html", context)


@signed_in("GET", "POST")
def edit_post(request: SignedInRequest, post_id: uuid.UUID | None = None) -> HttpResponse:
    """Create or change a post."""
    require_page(request.actor, "posts")
    post = find_post(post_id) if post_id else None
    initial = {"name": post.name, "level": post.level_id, "roles": _ids(post)} if post else {}
    form = PostForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            made = save_post(request.actor, post, name=sent["name"], level=sent["level"], roles=form.chosen_roles())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": made.name}, URL)
    title = post.name if post else _("New post")
    return settings_form(request, "posts", form, title=title, cancel_url=URL)


@signed_in("GET", "POST")
def edit_level(request: SignedInRequest, level_id: uuid.UUID | None = None) -> HttpResponse:
    """Create or change a level."""
    require_page(request.actor, "posts")
    level = find_level(level_id) if level_id else None
    initial = {"name": level.name, "rank": level.rank, "roles": _ids(level)} if level else {"rank": LOWEST}
    form = LevelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            made = save_level(request.actor, level, name=sent["name"], rank=sent["rank"], roles=form.chosen_roles())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": made.name}, URL)
    title = level.name if level else _("New level")
    return settings_form(request, "posts", form, title=title, cancel_url=URL)


@signed_in("POST")
def remove_post(request: SignedInRequest, post_id: uuid.UUID) -> HttpResponse:
    """Delete a post that nobody holds."""
    require_page(request.actor, "posts")
    delete_post(request.actor, post_id)
    return saved(request, _("The post is deleted."), URL)


@signed_in("POST")
def remove_level(request: SignedInRequest, level_id: uuid.UUID) -> HttpResponse:
    """Delete a level that no post has."""
    require_page(request.actor, "posts")
    delete_level(request.actor, level_id)
    return saved(request, _("The level is deleted."), URL)


def _ids(bringer: Level | Post) -> list[str]:
    return [str(role.pk) for role in roles_brought(bringer)]
