"""Roles that could do everything can do what is new as well."""

from typing import Any

from django.db import migrations

#: What a role of administrators had before there were more abilities.
GIVE = """
    UPDATE identity_role
       SET abilities = abilities || ARRAY['manage_security', 'see_audit', 'manage_privacy']::varchar[]
     WHERE key = 'administrator' AND NOT abilities && ARRAY['manage_security']::varchar[]
"""


def give(_apps: Any, schema_editor: Any) -> None:
    """Give them in all organizations at once: the owner's eye is not limited to one for the moment."""
    schema_editor.execute("ALTER TABLE identity_role NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(GIVE)
    # Checks that wait for the end of the transaction would keep the table from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("ALTER TABLE identity_role FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_fewer_indexes")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
