import psycopg
import pytest

from banyan.core.database.connections import database_urls
from banyan.core.database.leakproof import leakproof_functions, leakproof_missing, leakproof_sql
from banyan.core.database.roles import prepare_database
from banyan.core.database.tests.installation import APPLICATION_ROLE, OURS, THEIRS, enter
from banyan.core.database.typed_values import create_functions

ROWS = """
    INSERT INTO customer (id, organization_id, name, amount, custom, words, tags, seen_at)
    SELECT gen_random_uuid(), CASE WHEN i %% 10 = 0 THEN %s ELSE %s END::uuid, 'customer ' || md5(i::text), i,
        jsonb_build_object('code', i::text, 'size', i), to_tsvector('simple', 'w' || i), ARRAY['t' || i],
        '2026-01-01'::timestamptz + i * interval '1 minute'
    FROM generate_series(1, 20000) i
"""
INDEXES = """
    CREATE INDEX by_amount ON customer (organization_id, amount);
    CREATE INDEX by_words ON customer USING gin (organization_id, words);
    CREATE INDEX by_custom ON customer USING gin (custom jsonb_path_ops);
    CREATE INDEX by_code ON customer (organization_id, (custom ->> 'code'));
    CREATE INDEX by_size ON customer (organization_id, (custom -> 'size'));
    CREATE INDEX by_tags ON customer USING gin (organization_id, tags);
    CREATE INDEX by_seen_at ON customer (organization_id, seen_at);
    CREATE INDEX by_name ON customer USING gin (name gin_trgm_ops);
    CREATE INDEX by_upper_name ON customer (organization_id, upper(name) text_pattern_ops);
"""

# What the lists, searches and filters of the product ask, and the index that has to answer.
QUESTIONS = {
    "numeric range": ("amount BETWEEN 500 AND 510", "by_amount"),
    "numeric equality": ("amount = 500", "by_amount"),
    "full text": ("words @@ to_tsquery('simple', 'w500')", "by_words"),
    "custom field by text": ("custom ->> 'code' = '500'", "by_code"),
    "custom field by range": ("custom -> 'size' BETWEEN '500' AND '510'", "by_size"),
    "custom field by containment": ("""custom @> '{"code": "500"}'""", "by_custom"),
    "one of the tags": ("tags && ARRAY['t500', 't501']", "by_tags"),
    "all of the tags": ("tags @> ARRAY['t500']", "by_tags"),
    "day": ("seen_at >= '2026-01-02'::date AND seen_at < '2026-01-02 00:30Z'::timestamptz", "by_seen_at"),
    "part of the name": ("name LIKE '%0a1b2c%'", "by_name"),
    "part of the name in any case": ("name ILIKE '%0A1B2C%'", "by_name"),
    "beginning of the name in any case": ("upper(name) LIKE 'CUSTOMER 0A1B%'", "by_upper_name"),
}


@pytest.fixture
def many_customers(tables):
    tables.execute(ROWS, [OURS, THEIRS])
    tables.execute(INDEXES)
    tables.execute("ANALYZE customer")
    return tables


@pytest.fixture
def plan(many_customers, application):
    enter(application, THEIRS)

    def explain(condition):
        rows = application.execute(f"EXPLAIN SELECT id FROM customer WHERE {condition}").fetchall()  # noqa: S608 - written above
        return "\n".join(row[0] for row in rows)

    return explain


def test_indexes_answer_every_question_under_row_level_security(plan):
    plans = {question: plan(condition) for question, (condition, _index) in QUESTIONS.items()}

    wrong = {
        question: plans[question]
        for question, (_condition, index) in QUESTIONS.items()
        if f" on {index}" not in plans[question] and f"using {index}" not in plans[question]
    }
    assert wrong == {}


def test_organization_is_an_index_condition(plan):
    assert "Index Cond: ((organization_id = " in plan("amount < 10")


def test_nothing_is_missing_when_database_is_prepared(owner):
    assert leakproof_missing(owner) == []


def test_every_function_exists_on_this_server(owner):
    unknown = [name for name in leakproof_functions() if _number(owner, name) is None]

    assert unknown == []


def _number(owner, signature):
    return owner.execute("SELECT to_regprocedure(%s)", [signature]).fetchone()[0]


def test_administrator_sql_marks_what_is_missing(owner):
    owner.execute("ALTER FUNCTION numeric_lt(numeric, numeric) NOT LEAKPROOF")
    assert leakproof_missing(owner) == ["pg_catalog.numeric_lt(numeric, numeric)"]

    owner.execute(leakproof_sql())

    assert leakproof_missing(owner) == []


OLDER = """
    CREATE OR REPLACE FUNCTION custom_numeric(given text) RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    LANGUAGE plpgsql AS 'BEGIN RETURN given::numeric; END'
"""


@pytest.mark.parametrize(("can_mark", "read"), [(True, None), (False, 7)])
def test_function_of_an_earlier_version_is_made_anew_where_it_can_be_marked_again(owner, can_mark, read):
    owner.execute(OLDER)

    create_functions(owner, can_mark=can_mark)

    if can_mark:
        assert leakproof_missing(owner) == ["public.custom_numeric(text)"]
        prepare_database(owner, application_role=APPLICATION_ROLE)
    assert leakproof_missing(owner) == []
    # Only the function of before reads a number with blanks.
    assert owner.execute("SELECT custom_numeric(' 7')").fetchone()[0] == read


def test_casts_that_repeat_values_in_errors_are_never_marked(owner):
    rows = owner.execute(
        "SELECT proname FROM pg_proc WHERE proleakproof AND proname IN ('numeric_in', 'int4in', 'date_in')"
    )

    assert rows.fetchall() == []


def test_preparation_tells_what_only_a_superuser_may_do(configuration, owner):
    owner.execute("CREATE ROLE plain LOGIN PASSWORD 'plain' IN ROLE banyan_app")
    owner.execute("GRANT CREATE ON DATABASE banyan TO plain; GRANT ALL ON SCHEMA public TO plain WITH GRANT OPTION")
    owner.execute("ALTER FUNCTION numeric_lt(numeric, numeric) NOT LEAKPROOF; DROP EXTENSION vector")
    _application_url, owner_url = database_urls(configuration)
    try:
        with psycopg.connect(owner_url, user="plain", password="plain", autocommit=True) as plain:
            preparation = prepare_database(plain, application_role=APPLICATION_ROLE)
    finally:
        owner.execute("DROP OWNED BY plain; DROP ROLE plain")

    assert preparation.leakproof_missing == ["pg_catalog.numeric_lt(numeric, numeric)"]
    assert preparation.extensions_missing == ["vector"]
