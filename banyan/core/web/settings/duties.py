"""What waits for those who look after people, security and exports; see ``core.web.duties``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from banyan.core.access.people import not_joined, without_role
from banyan.core.access.scopes import Ability
from banyan.core.audit.alerts import alerts_of
from banyan.core.transfer.models import ExportRequest, ExportState
from banyan.core.web.duties import Duty

DUTIES = (
    Duty(
        "alerts",
        (Ability.MANAGE_SECURITY, Ability.SEE_AUDIT),
        lambda actor: alerts_of(actor, open_only=True).select_related(None),
        lambda count: ngettext("%(count)d open alert", "%(count)d open alerts", count) % {"count": count},
        _("Unusual reading or exporting that nobody has looked at yet."),
        "/settings/alerts", "bell", position=10,
    ),
    Duty(
        "exports",
        (Ability.MANAGE_SECURITY,),
        lambda actor: ExportRequest.objects.filter(state=ExportState.WAITING).exclude(asked_by=actor.user_id),
        lambda count: ngettext("%(count)d export waits", "%(count)d exports wait", count) % {"count": count},
        _("Somebody wants to take many rows out and needs your decision."),
        "/exports", "table-export", position=20,
    ),
    Duty(
        "without_role",
        (Ability.MANAGE_PEOPLE,),
        lambda _actor: without_role(),
        lambda count: ngettext("%(count)d person without a role", "%(count)d people without a role", count)
        % {"count": count},
        _("They can sign in, but see nothing. Give each a role or a post."),
        "/settings/people?only=without_role", "user", position=30,
    ),
    Duty(
        "not_joined",
        (Ability.MANAGE_PEOPLE,),
        lambda _actor: not_joined(),
        lambda count: ngettext("%(count)d invitation is open", "%(count)d invitations are open", count)
        % {"count": count},
        _("They have not come yet. Send the link again, or copy it for them."),
        "/settings/people?only=not_joined", "mail", position=40,
    ),
)  # fmt: skip
