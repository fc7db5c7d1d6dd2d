"""Who may move in, and the move that somebody asks for."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, Missing
from banyan.migration.choices import MoveState
from banyan.migration.models import Move, MoveTable

#: Moving in writes any object and shapes some of them.
ABILITY = Ability.MANAGE_ORGANIZATION


def find(actor: Actor, move_id: uuid.UUID) -> Move:
    """Return a move; raise ``NotAllowed`` or ``Missing``."""
    require_ability(actor, ABILITY)
    move = Move.objects.filter(pk=move_id).first()
    if move is None:
        raise Missing("not_found", _("There is no such move."))
    return move


def find_table(move: Move, table_id: uuid.UUID) -> MoveTable:
    """Return a table of a move; raise ``Missing``."""
    table = move.tables.select_related("task__file", "source__file").filter(pk=table_id).first()
    if table is None:
        raise Missing("not_found", _("There is no such table."))
    return table


def require_draft(move: Move) -> None:
    """Raise ``Conflict`` when a move has begun."""
    if move.state != MoveState.DRAFT and not (move.is_dry_run and move.state in {MoveState.DONE, MoveState.FAILED}):
        raise Conflict("move_begun", _("This move has begun already. Begin another one for further files."))
