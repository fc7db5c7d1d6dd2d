"""Two roles side by side: only what differs, unless all is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.rights import RoleRights, grants_of
from banyan.core.access.scopes import FIELD_ACCESS, Ability, Action, FieldAccess
from banyan.core.access.standing import rights_of_role
from banyan.core.identity.models import Role
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, settings_answer
from banyan.core.web.settings.role_fields import EXCEPTION_LABELS, FIELD_LABELS, field_restriction
from banyan.core.web.settings.roles import (
    ABILITY_LABELS,
    ACTION_LABELS,
    SCOPE_LABELS,
    URL,
    objects_of,
)
from banyan.core.web.views.base import signed_in

Texts = tuple[str, str]


@signed_in("GET")
def compare(request: SignedInRequest) -> HttpResponse:
    """Show what one role allows and another one does not."""
    require_page(request.actor, "roles")
    roles = list(Role.objects.all())
    sides = [_chosen(request, roles, name, place) for place, name in enumerate(("left", "right"))]
    shows_all = request.GET.get("all") == "1"
    rows = _rows(request, rights_of_role(sides[0]), rights_of_role(sides[1]))
    context = {
        "url": f"{URL}/compare",
        "roles": [{"value": str(role.pk), "label": role.name} for role in roles],
        "sides": [{"value": str(side.pk), "label": side.name} for side in sides],
        "shows_all": shows_all,
        "rows": [row for row in rows if shows_all or row["differs"]],
    }
    return settings_answer(request, "roles", "settings/role_comparison.html", context)


def _chosen(request: SignedInRequest, roles: list[Role], name: str, place: int) -> Role:
    wanted = parse_id(request.GET.get(name))
    return next((role for role in roles if role.pk == wanted), roles[min(place, len(roles) - 1)])


def _rows(request: SignedInRequest, left: RoleRights, right: RoleRights) -> list[dict[str, Any]]:
    rows = _rows_of_objects(request, left, right)
    for ability, label in ABILITY_LABELS.items():
        rows.append(_row(_("Further rights"), str(label), [_held(role, ability) for role in (left, right)]))
    for spec in objects_of(request):
        for name, entry in spec.all_fields.items():
            path = f"{spec.name}.{name}"
            if path in left.field_grants or path in right.field_grants:
                texts = [_field(request, spec, role, path) for role in (left, right)]
                rows.append(_row(_("Fields: %(object)s") % {"object": spec.label_plural}, str(entry.label), texts))
    return rows


def _rows_of_objects(request: SignedInRequest, left: RoleRights, right: RoleRights) -> list[dict[str, Any]]:
    """Return rows of actions for which both roles say the same two things, for all objects of which that is so."""
    alike: dict[tuple[tuple[Texts, tuple[str, ...]], ...], list[str]] = defaultdict(list)
    for spec in objects_of(request):
        actions: dict[Texts, list[str]] = defaultdict(list)
        for action, label in ACTION_LABELS.items():
            actions[_written(request, spec, left, action), _written(request, spec, right, action)].append(str(label))
        alike[tuple((texts, tuple(labels)) for texts, labels in actions.items())].append(str(spec.label_plural))
    rows = []
    for pattern, objects in alike.items():
        for texts, labels in pattern:
            named = pgettext("rights", "Everything") if len(labels) == len(ACTION_LABELS) else _(", ").join(labels)
            rows.append(_row(_(", ").join(objects), named, texts))
    return rows


def _row(group: str, label: str, texts: Sequence[str]) -> dict[str, Any]:
    return {"group": group, "label": label, "texts": texts, "differs": texts[0] != texts[1]}


def _written(request: SignedInRequest, spec: Any, role: RoleRights, action: Action) -> str:
    grants = grants_of(role, spec.name, action.value)
    texts = [
        str(SCOPE_LABELS[grant.scope])
        if grant.condition is None
        else _("%(scope)s if %(condition)s")
        % {"scope": SCOPE_LABELS[grant.scope], "condition": condition_in_words(request.actor, spec, grant.condition)}
        for grant in grants
    ]
    return "; ".join(texts) or "–"


def _held(role: RoleRights, ability: Ability) -> str:
    return _("Yes") if ability.value in role.abilities else "–"


def _field(request: SignedInRequest, spec: ObjectSpec, role: RoleRights, path: str) -> str:
    found = field_restriction(request.actor, spec, role.field_grants.get(path))
    label = str(FIELD_LABELS[FIELD_ACCESS.get(found["level"], FieldAccess.EDITABLE)])
    plain = next((str(text) for scope, text in EXCEPTION_LABELS.items() if scope.key == found["exception"]), "")
    exception = found["words"] or plain
    return f"{label}, {exception}" if exception else label
