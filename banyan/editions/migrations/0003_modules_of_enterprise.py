"""What the Enterprise edition has alone from now on stays on where the Standard edition was used with it."""

from __future__ import annotations

from typing import Any

from django.db import migrations

ENTERPRISE_ALONE = ("commissions", "currencies", "purchase")


def keep(apps: Any, schema_editor: Any) -> None:
    """Switch on singly what an organization in the Standard edition has been using."""
    rows = apps.get_model("tenancy", "Organization").objects.using(schema_editor.connection.alias)
    for row in rows.filter(edition="standard"):
        missing = set(ENTERPRISE_ALONE) - set(row.modules_on) - set(row.modules_off)
        if missing:
            row.modules_on = sorted({*row.modules_on, *missing})
            row.save(update_fields=["modules_on"])


class Migration(migrations.Migration):
    dependencies = [("editions", "0002_modules_growth_licences"), ("tenancy", "0003_access_version")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
