"""Customers may lie in a territory."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_transfer_and_share"),
        ("customers", "0005_match_keys"),
        ("identity", "0004_security_abilities"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="territory",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="access.territory",
                verbose_name="Territory",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("territory__isnull", False)),
                fields=["organization", "territory"],
                name="customer_territory",
            ),
        ),
    ]
