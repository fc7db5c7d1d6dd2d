"""Rows of match keys are made from their record, whose organization has been checked already."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0001_initial"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.AlterField(
            model_name="leadkey",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
    ]
