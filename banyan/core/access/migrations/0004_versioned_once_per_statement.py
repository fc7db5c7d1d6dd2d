"""The version of an organization's rights rises once per statement, not once per row.

Each rise leaves a version of the organization's row behind, and each later one has to look through those of the same
transaction: letting five thousand people in, or out, took seconds, and the longer the more there were.
"""

from django.db import migrations

#: What the rights of people are made from, and for updates the columns that matter.
SOURCES = {
    "identity_user": ("department_id", "is_active"),
    "identity_department": ("path", "parent_id"),
    "identity_role": (),
    "identity_userrole": (),
    "access_level": (),
    "access_levelrole": (),
    "access_post": (),
    "access_postrole": (),
    "access_postholding": (),
    "access_reportingline": (),
    "access_deputyship": (),
    "access_territory": (),
    "access_territorymember": (),
    "access_sharingrule": (),
}

#: The rows of a statement have one name in each trigger, whatever it did to them.
FUNCTION = """
    CREATE FUNCTION access_rights_changed_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE tenancy_organization SET access_version = access_version + 1
         WHERE id IN (SELECT organization_id FROM changed);
        RETURN NULL;
    END $$;
"""


def _columns_function(table: str, columns: tuple[str, ...]) -> str:
    # No join: its plan would be kept from the first statement, whose one row wants another plan than five thousand.
    read = f"SELECT id, organization_id, {', '.join(columns)} FROM"
    return f"""
        CREATE FUNCTION access_{table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE tenancy_organization SET access_version = access_version + 1
             WHERE id IN (SELECT organization_id FROM ({read} changed EXCEPT {read} former) AS other);
            RETURN NULL;
        END $$;
    """  # noqa: S608 names of our own tables


def _triggers(table: str, columns: tuple[str, ...]) -> str:
    on_update = f"access_{table}_changed" if columns else "access_rights_changed_at_once"
    return f"""
        DROP TRIGGER access_rights_changed ON {table};
        CREATE TRIGGER access_rights_changed_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION access_rights_changed_at_once();
        CREATE TRIGGER access_rights_changed_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION access_rights_changed_at_once();
        CREATE TRIGGER access_rights_changed_update AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS former NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION {on_update}();
    """


def _rows_again(table: str, columns: tuple[str, ...]) -> str:
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    return f"""
        DROP TRIGGER access_rights_changed_insert ON {table};
        DROP TRIGGER access_rights_changed_delete ON {table};
        DROP TRIGGER access_rights_changed_update ON {table};
        CREATE TRIGGER access_rights_changed AFTER INSERT OR DELETE OR {update} ON {table}
            FOR EACH ROW EXECUTE FUNCTION access_rights_changed();
    """


class Migration(migrations.Migration):
    dependencies = [("access", "0003_transfer_and_share")]

    operations = [
        migrations.RunSQL(
            FUNCTION
            + "".join(_columns_function(table, columns) for table, columns in SOURCES.items() if columns)
            + "".join(_triggers(table, columns) for table, columns in SOURCES.items()),
            "".join(_rows_again(table, columns) for table, columns in SOURCES.items())
            + "".join(f"DROP FUNCTION access_{table}_changed();" for table, columns in SOURCES.items() if columns)
            + "DROP FUNCTION access_rights_changed_at_once();",
        )
    ]
