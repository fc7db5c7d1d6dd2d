"""Two roles side by side: only what differs, unless all is asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

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
    rows = []
    for spec in objects_of(request):
        rows += _rows_of_object(request, spec, left, right)
    for ability, label in ABILITY_LABELS.items():
        rows.append(_row(str(label), [_held(role, ability) for role in (left, right)]))
    for spec in objects_of(request):
        for name, entry in spec.all_fields.items():
            path = f"{spec.name}.{name}"
            if path in left.field_grants or path in right.field_grants:
                texts = [_field(request, spec, role, path) for role in (left, right)]
                rows.append(_row(f"{spec.label_plural}, {entry.label}", texts))
    return rows


def _rows_of_object(
    request: SignedInRequest, spec: ObjectSpec, left: RoleRights, right: RoleRights
) -> list[dict[str, Any]]:
    """Return a line for all that both roles may do in the same way: eight lines that say one thing are read by nobody."""
    together: dict[tuple[str, ...], list[str]] = {}
    for action, label in ACTION_LABELS.items():
        texts = tuple(_written(request, spec, role, action) for role in (left, right))
        together.setdefault(texts, []).append(str(label))
    return [_row(f"{spec.label_plural}: {' · '.join(labels)}", list(texts)) for texts, labels in together.items()]


def _row(label: str, texts: list[str]) -> dict[str, Any]:
    return {"label": label, "texts": texts, "differs": texts[0] != texts[1]}


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
