"""A comparison with an array that is read once."""

from __future__ import annotations

from typing import Any

from django.db.models import ForeignKey, Lookup, UUIDField


@UUIDField.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):
    """``column = ANY (array)``.

    With ``ArraySubquery`` PostgreSQL reads the array before all else and then goes by the column's index, also
    as one of several ways joined by OR. ``column IN (SELECT ...)`` beside an OR makes it look at every row.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the SQL and its parameters."""
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} = ANY ({right})", [*left_parameters, *right_parameters]
