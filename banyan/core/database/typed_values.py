"""Functions that give the text of a custom value its type, so that an index can hold it.

Casts from text will not do: those of dates depend on a setting, and all of them repeat in an error what
they could not read, so that PostgreSQL would use no index on them under row-level security. These
answer NULL instead, depend on nothing, and can therefore be marked LEAKPROOF. They call only what
PostgreSQL has built in, because a restore builds indexes with an empty search path.
"""

from __future__ import annotations

from banyan.core.database.connections import DatabaseConnection

_HEAD = "CREATE OR REPLACE FUNCTION custom_{type}(given text) RETURNS {type} IMMUTABLE STRICT PARALLEL SAFE"
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

#: What a text must look like to be read as a type, and the expression that reads it. Lengths stand beside the patterns:
#: counting repetitions makes a pattern up to ten times as slow, and lists call these functions for thousands of rows.
_READERS = {
    "bigint": ("given ~ '^-?[0-9]+$' AND length(ltrim(given, '-')) <= 18", "given::bigint"),
    "numeric": (r"given ~ '^-?[0-9]+(\.[0-9]+)?$' AND length(given) <= 200", "given::numeric"),
    "boolean": ("given IN ('true', 'false')", "given = 'true'"),
    "uuid": (f"given ~ '^({_UUID})$'", "given::uuid"),
}

#: The 31st of February is no day: the first of the month and the days after it must stay within the month.
_DAY_BODY = """
    IF given !~ '^({pattern})$' OR left(given, 4) = '0000' THEN RETURN NULL; END IF;
    first := make_date(left(given, 4)::int, substr(given, 6, 2)::int, 1);
    IF date_part('month', first + substr(given, 9, 2)::int - 1) <> date_part('month', first) THEN RETURN NULL; END IF;
    RETURN {value};
"""
_DAYS = {
    "date": (_DAY, "first + substr(given, 9, 2)::int - 1"),
    "timestamptz": (
        f"{_DAY}T{_TIME}Z",
        "(first + substr(given, 9, 2)::int - 1 + rtrim(substr(given, 12), 'Z')::time) AT TIME ZONE 'UTC'",
    ),
}

TYPED = (*_READERS, *_DAYS)
SIGNATURES = tuple(f"public.custom_{name}(text)" for name in TYPED)

_PRESENT = """
    SELECT signature, prosrc, proleakproof FROM unnest(%s::text[]) AS signature
      JOIN pg_proc ON pg_proc.oid = to_regprocedure(signature)
"""


def function_of(sql_type: str) -> str:
    """Return the name of the function that reads a type, or nothing for text, which needs none."""
    return f"custom_{sql_type}" if sql_type in TYPED else ""


def create_functions(owner_connection: DatabaseConnection, *, can_mark: bool) -> None:
    """Make those functions that are missing, and those anew that an earlier version wrote otherwise.

    Making a function anew takes away that a superuser marked it. Where nobody ``can_mark`` it again, one that is marked
    stays as it is: all versions read the same values, later ones faster.
    """
    with owner_connection.cursor() as cursor:
        cursor.execute(_PRESENT, [list(SIGNATURES)])
        present = {signature: (body, is_marked) for signature, body, is_marked in cursor.fetchall()}
        for signature, name in zip(SIGNATURES, TYPED, strict=True):
            body = _body(name)
            known, is_marked = present.get(signature, ("", False))
            if known != body and (can_mark or not is_marked):
                cursor.execute(f"{_HEAD.format(type=name)} LANGUAGE plpgsql AS $${body}$$")


def _body(name: str) -> str:
    if name in _READERS:
        condition, value = _READERS[name]
        return f"BEGIN RETURN CASE WHEN {condition} THEN {value} END; END"
    pattern, value = _DAYS[name]
    return f"DECLARE first date; BEGIN {_DAY_BODY.format(pattern=pattern, value=value)} END"
