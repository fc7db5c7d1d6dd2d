"""Whoever may change a record could give it away so far; that stays, and sharing it comes with it."""

from typing import Any

from django.db import migrations

SPREAD = """
    UPDATE identity_role
       SET grants = (
            SELECT jsonb_object_agg(object.key, CASE WHEN object.value ? 'edit' AND NOT object.value ? 'transfer'
                THEN object.value || jsonb_build_object(
                    'transfer', object.value -> 'edit', 'share', object.value -> 'edit')
                ELSE object.value END)
              FROM jsonb_each(grants) AS object)
     WHERE grants <> '{}'::jsonb
"""


def spread(_apps: Any, schema_editor: Any) -> None:
    """Add both actions in all organizations at once: the owner's eye is not limited to one for the moment."""
    schema_editor.execute("ALTER TABLE identity_role NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute("ALTER TABLE identity_role DISABLE TRIGGER access_rights_changed")
    schema_editor.execute(SPREAD)
    # Checks that wait for the end of the transaction would keep the table from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("ALTER TABLE identity_role ENABLE TRIGGER access_rights_changed")
    schema_editor.execute("ALTER TABLE identity_role FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [("access", "0002_rights_are_versioned")]

    operations = [migrations.RunPython(spread, migrations.RunPython.noop)]
