"""The database tells when something changes that rights are made from, whoever changes it and by what way."""

from django.db import migrations

#: What the rights of people are made from, and for updates the columns that matter.
SOURCES = {
    "identity_user": "department_id, is_active",
    "identity_department": "path, parent_id",
    "identity_role": "",
    "identity_userrole": "",
    "access_level": "",
    "access_levelrole": "",
    "access_post": "",
    "access_postrole": "",
    "access_postholding": "",
    "access_reportingline": "",
    "access_deputyship": "",
    "access_territory": "",
    "access_territorymember": "",
    "access_sharingrule": "",
}

FUNCTIONS = """
    CREATE FUNCTION access_rights_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE tenancy_organization SET access_version = access_version + 1
         WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.organization_id ELSE NEW.organization_id END;
        RETURN NULL;
    END $$;

    CREATE FUNCTION access_first_share() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE tenancy_organization SET shared_objects = array_append(shared_objects, NEW.object_name)
         WHERE id = NEW.organization_id AND NOT shared_objects @> ARRAY[NEW.object_name];
        RETURN NULL;
    END $$;

    CREATE TRIGGER access_first_share AFTER INSERT ON access_share
        FOR EACH ROW EXECUTE FUNCTION access_first_share();
"""


def _trigger(table: str, columns: str) -> str:
    update = f"UPDATE OF {columns}" if columns else "UPDATE"
    return f"""
        CREATE TRIGGER access_rights_changed AFTER INSERT OR DELETE OR {update} ON {table}
            FOR EACH ROW EXECUTE FUNCTION access_rights_changed();
    """


class Migration(migrations.Migration):
    dependencies = [("access", "0001_standing_and_sharing"), ("identity", "0004_security_abilities")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS + "".join(_trigger(table, columns) for table, columns in SOURCES.items()),
            "".join(f"DROP TRIGGER access_rights_changed ON {table};" for table in SOURCES)
            + "DROP TRIGGER access_first_share ON access_share;"
            "DROP FUNCTION access_first_share(); DROP FUNCTION access_rights_changed();",
        ),
    ]
