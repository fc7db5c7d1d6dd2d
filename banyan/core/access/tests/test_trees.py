"""Departments and territories are trees: paths follow moves, and nothing stands above itself."""

from __future__ import annotations

import pytest

from banyan.core.access.departments import department_tree
from banyan.core.identity.models import Department
from banyan.core.kernel.errors import Conflict
from tests.cast import Cast


def test_department_cannot_stand_above_itself(scope: Cast) -> None:
    before = {row.pk: row.path for row in Department.objects.all()}
    Department.objects.filter(pk=scope.departments["sales"].pk).update(parent=scope.departments["south"])

    with pytest.raises(Conflict):
        department_tree.set_paths(scope.organization.pk)
    assert {row.pk: row.path for row in Department.objects.all()} == before


def test_paths_follow_a_department_that_moves(scope: Cast) -> None:
    sales, south = scope.departments["sales"], scope.departments["south"]
    west = Department.objects.create(organization=scope.organization, name="West", parent=south)
    department_tree.set_paths(scope.organization.pk)
    assert Department.objects.get(pk=west.pk).path == [sales.pk, south.pk, west.pk]

    west.parent = None
    west.save()
    department_tree.set_paths(scope.organization.pk)

    assert Department.objects.get(pk=west.pk).path == [west.pk]
