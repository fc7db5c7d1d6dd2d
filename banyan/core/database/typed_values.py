"""Functions that give the text of a custom value its type, so that an index can hold it.

Casts from text will not do: those of dates depend on a setting, and all of them repeat in an error what
they could not read, so that PostgreSQL would use no index on them under row-level security. These
answer NULL instead, depend on nothing, and can therefore be marked LEAKPROOF. They call only what
PostgreSQL has built in, because a restore builds indexes with an empty search path.
"""

from __future__ import annotations

from banyan.core.database.connections import DatabaseConnection

_HEAD = "CREATE FUNCTION custom_{type}(given text) RETURNS {type} IMMUTABLE STRICT PARALLEL SAFE"
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

#: What a text must look like to be read as a type, and the expression that reads it.
_READERS = {
    "bigint": ("-?[0-9]{1,18}", "given::bigint"),
    "numeric": (r"-?[0-9]{1,100}(\.[0-9]{1,100})?", "given::numeric"),
    "boolean": ("true|false", "given = 'true'"),
    "uuid": (_UUID, "given::uuid"),
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


def function_of(sql_type: str) -> str:
    """Return the name of the function that reads a type, or nothing for text, which needs none."""
    return f"custom_{sql_type}" if sql_type in TYPED else ""


def create_functions(owner_connection: DatabaseConnection) -> None:
    """Make those functions that are missing.

    One that is there stays as it is: making it anew would take away that a superuser marked it.
    """
    with owner_connection.cursor() as cursor:
        for name, statement in _statements().items():
            cursor.execute("SELECT to_regprocedure(%s) IS NULL", [f"public.custom_{name}(text)"])
            row = cursor.fetchone()
            if row and row[0]:
                cursor.execute(statement)


def _statements() -> dict[str, str]:
    made = {}
    for name, (pattern, value) in _READERS.items():
        body = f"BEGIN RETURN CASE WHEN given ~ '^({pattern})$' THEN {value} END; END"
        made[name] = f"{_HEAD.format(type=name)} LANGUAGE plpgsql AS $${body}$$"
    for name, (pattern, value) in _DAYS.items():
        body = f"DECLARE first date; BEGIN {_DAY_BODY.format(pattern=pattern, value=value)} END"
        made[name] = f"{_HEAD.format(type=name)} LANGUAGE plpgsql AS $${body}$$"
    return made
