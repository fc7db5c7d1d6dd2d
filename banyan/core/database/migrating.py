"""Running migrations without drawing every model anew for every step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.migrations.state import ProjectState


@contextmanager
def one_model_at_a_time() -> Iterator[None]:
    """Let a step of a migration draw anew the model that it changes, and no other.

    Django draws all models that are related to it as well, in case a step reads rows through historical models.
    Ours all belong to an organization, so each of some four hundred steps would draw all of them: 20 of the 28
    seconds that a new installation took. Our data migrations are SQL, and columns need no more of another model
    than its primary key. A test compares both ways.
    """
    usual = ProjectState._find_reload_model  # type: ignore[attr-defined]  # noqa: SLF001 there is no public way

    def itself(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:  # noqa: FBT001, FBT002 Django's signature
        return {(app_label, model_name)}

    ProjectState._find_reload_model = itself  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        yield
    finally:
        ProjectState._find_reload_model = usual  # type: ignore[attr-defined]  # noqa: SLF001
