"""Exchange rates, tax rates and tax rules."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0008_recovery_codes"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="Name")),
                ("rate", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="Rate in %")),
                ("country", models.CharField(max_length=2, verbose_name="Country")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="Valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="Valid to")),
                ("is_default", models.BooleanField(default=False, verbose_name="Usual rate of the country")),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="Used for")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["country", "-rate", "name"],
            },
        ),
        migrations.CreateModel(
            name="TaxRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="Country of the customer")),
                (
                    "instead_of",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="money.taxrate",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "rate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="money.taxrate",
                    ),
                ),
            ],
            options={
                "ordering": ["country"],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="Currency")),
                ("base", models.CharField(max_length=3)),
                ("day", models.DateField(verbose_name="From day")),
                ("rate", models.DecimalField(decimal_places=10, max_digits=20, verbose_name="Rate")),
                ("source", models.CharField(blank=True, max_length=120, verbose_name="Source of the rate")),
                ("entered_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["currency", "-day"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "base", "currency", "day"), name="exchange_rate_day"
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="exchange_rate_positive"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="taxrate",
            constraint=models.UniqueConstraint(fields=("organization", "country", "name"), name="tax_rate_name"),
        ),
        migrations.AddConstraint(
            model_name="taxrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gte", 0), ("rate__lte", 100)), name="tax_rate_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxrule",
            constraint=models.UniqueConstraint(
                fields=("organization", "country", "instead_of"), name="tax_rule_unique", nulls_distinct=False
            ),
        ),
        IsolateTable("money_exchangerate", "money_taxrate", "money_taxrule"),
    ]
