"""Instalments, payments, invoices, subscriptions, and what an organization decides about them."""

from typing import Any

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable

#: Administrators of organizations that were there before may keep accounts, too.
KEEPS_ACCOUNTS = """
    UPDATE identity_role SET abilities = abilities || ARRAY['keep_accounts']::varchar[]
     WHERE key = 'administrator' AND NOT abilities && ARRAY['keep_accounts']::varchar[]
"""


def give(_apps: Any, schema_editor: Any) -> None:
    """Give it in all organizations at once: the owner's eye is not limited to one for the moment."""
    schema_editor.execute("ALTER TABLE identity_role NO FORCE ROW LEVEL SECURITY")
    schema_editor.execute(KEEPS_ACCOUNTS)
    # Checks that wait for the end of the transaction would keep the table from being altered.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("ALTER TABLE identity_role FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0009_preferences"),
        ("identity", "0008_recovery_codes"),
        ("orders", "0004_changes_deliveries_returns"),
        ("products", "0001_initial"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(editable=False, max_length=40, verbose_name="Number")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Changed"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("deleted_batch", models.UUIDField(editable=False, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("issued", "Issued"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        editable=False,
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("digital_special", "Digital special VAT invoice"),
                            ("digital_ordinary", "Digital ordinary invoice"),
                            ("special", "Special VAT invoice"),
                            ("ordinary", "Ordinary VAT invoice"),
                            ("plain", "Invoice"),
                        ],
                        default="plain",
                        max_length=20,
                        verbose_name="Kind of invoice",
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[("electronic", "Electronic"), ("paper", "On paper")],
                        default="electronic",
                        max_length=10,
                        verbose_name="Made of",
                    ),
                ),
                ("is_return", models.BooleanField(default=False, verbose_name="Because of a return")),
                (
                    "red_form_number",
                    models.CharField(blank=True, max_length=60, verbose_name="Confirmation of the red-letter invoice"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Amount with tax"
                    ),
                ),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Amount without tax"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Tax"),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="Currency")),
                (
                    "header_kind",
                    models.CharField(
                        choices=[("company", "Company or institution"), ("person", "Private person")],
                        default="company",
                        max_length=10,
                        verbose_name="Made out to",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="Invoice title")),
                ("tax_number", models.CharField(blank=True, max_length=30, verbose_name="Tax number")),
                ("bank", models.CharField(blank=True, max_length=120, verbose_name="Bank")),
                ("bank_account", models.CharField(blank=True, max_length=60, verbose_name="Bank account")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="Address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="Phone")),
                ("requested_on", models.DateField(blank=True, null=True, verbose_name="Requested on")),
                ("issued_on", models.DateField(editable=False, null=True, verbose_name="Issued on")),
                (
                    "official_code",
                    models.CharField(blank=True, editable=False, max_length=12, verbose_name="Invoice code"),
                ),
                (
                    "official_number",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="Invoice number"),
                ),
                ("reason", models.CharField(blank=True, editable=False, max_length=500, verbose_name="Reason")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail for invoices")),
                ("express_company", models.CharField(blank=True, max_length=60, verbose_name="Carrier")),
                ("express_number", models.CharField(blank=True, max_length=60, verbose_name="Tracking number")),
                ("delivered_on", models.DateField(blank=True, null=True, verbose_name="Handed over on")),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Created by",
                    ),
                ),
                (
                    "credits",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                        verbose_name="Takes back",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Changed by",
                    ),
                ),
            ],
            options={
                "ordering": ["-requested_on"],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(editable=False, max_length=40, verbose_name="Number")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Changed"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("deleted_batch", models.UUIDField(editable=False, null=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Description")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="Unit")),
                (
                    "quantity",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=14, null=True, verbose_name="Quantity"
                    ),
                ),
                (
                    "unit_price",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Unit price"
                    ),
                ),
                (
                    "tax_rate",
                    models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name="Tax rate in %"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Amount with tax"
                    ),
                ),
                (
                    "net_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Amount without tax"
                    ),
                ),
                (
                    "tax_amount",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Tax"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="Position")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Created by",
                    ),
                ),
                (
                    "credited_line",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoiceline",
                        verbose_name="Line taken back",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                        verbose_name="Invoice",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.orderline",
                        verbose_name="Order line",
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
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="products.product",
                        verbose_name="Product",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Changed by",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="InvoiceSeries",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="Series")),
                ("pattern", models.CharField(default="INV-{year}-{number:06d}", max_length=40, verbose_name="Numbers")),
                ("for_credits", models.BooleanField(default=False, verbose_name="For credit notes")),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
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
                "ordering": ["for_credits", "name"],
            },
        ),
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("date", "On a date"),
                            ("confirmed", "After the order is confirmed"),
                            ("delivered", "After delivery"),
                            ("invoiced", "After the invoice"),
                        ],
                        max_length=10,
                    ),
                ),
                ("happened_on", models.DateField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(editable=False, max_length=40, verbose_name="Number")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Changed"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("deleted_batch", models.UUIDField(editable=False, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("receipt", "Receipt"), ("refund", "Refund")],
                        default="receipt",
                        editable=False,
                        max_length=10,
                        verbose_name="Kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for confirmation"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                            ("reversed", "Reversed"),
                        ],
                        default="confirmed",
                        editable=False,
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                ("paid_on", models.DateField(blank=True, null=True, verbose_name="Payment date")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="Currency")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("transfer", "Bank transfer"),
                            ("acceptance", "Acceptance bill"),
                            ("wechat", "WeChat Pay"),
                            ("alipay", "Alipay"),
                            ("card", "Card"),
                            ("cheque", "Cheque"),
                            ("cash", "Cash"),
                            ("other", "Other"),
                        ],
                        default="transfer",
                        max_length=12,
                        verbose_name="Payment method",
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=120, verbose_name="Own account")),
                ("payer_name", models.CharField(blank=True, max_length=200, verbose_name="Payer")),
                ("reference", models.CharField(blank=True, max_length=120, verbose_name="Bank reference")),
                ("wanted", models.JSONField(default=list, editable=False)),
                (
                    "unallocated",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Unallocated"
                    ),
                ),
                ("reversed_on", models.DateField(editable=False, null=True, verbose_name="Reversed on")),
                ("reason", models.CharField(blank=True, editable=False, max_length=500, verbose_name="Reason")),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Created by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
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
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "refund_of",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.payment",
                        verbose_name="Refund of",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Changed by",
                    ),
                ),
            ],
            options={
                "ordering": ["-paid_on"],
            },
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "Open"), ("recorded", "Recorded"), ("ignored", "Set aside")],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("booked_on", models.DateField(verbose_name="Day")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("currency", models.CharField(max_length=3)),
                ("payer_name", models.CharField(blank=True, max_length=200, verbose_name="Payer")),
                ("reference", models.CharField(blank=True, max_length=120, verbose_name="Bank reference")),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="Purpose")),
                ("fingerprint", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
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
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.payment",
                        verbose_name="Payment",
                    ),
                ),
            ],
            options={
                "ordering": ["-booked_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="PaymentPlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(editable=False, max_length=40, verbose_name="Number")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Changed"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("deleted_batch", models.UUIDField(editable=False, null=True)),
                ("position", models.PositiveIntegerField(default=0, editable=False, verbose_name="Instalment")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="Instalment name")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("date", "On a date"),
                            ("confirmed", "After the order is confirmed"),
                            ("delivered", "After delivery"),
                            ("invoiced", "After the invoice"),
                        ],
                        default="date",
                        max_length=10,
                        verbose_name="Due",
                    ),
                ),
                (
                    "days_after",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Days after",
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="Due date")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Planned amount")),
                ("currency", models.CharField(blank=True, editable=False, max_length=3, verbose_name="Currency")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("transfer", "Bank transfer"),
                            ("acceptance", "Acceptance bill"),
                            ("wechat", "WeChat Pay"),
                            ("alipay", "Alipay"),
                            ("card", "Card"),
                            ("cheque", "Cheque"),
                            ("cash", "Cash"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                        verbose_name="Payment method",
                    ),
                ),
                (
                    "remind_days",
                    models.PositiveIntegerField(
                        default=3,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Remind days before",
                    ),
                ),
                ("promised_on", models.DateField(blank=True, null=True, verbose_name="Promised for")),
                ("is_void", models.BooleanField(default=False, verbose_name="Void")),
                ("has_no_reminders", models.BooleanField(default=False, verbose_name="No reminders")),
                (
                    "paid_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Paid"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("inactive", "Not yet due to begin"),
                            ("waiting", "Waiting"),
                            ("due_soon", "Due soon"),
                            ("overdue", "Overdue"),
                            ("part_paid", "Partly paid"),
                            ("paid", "Paid"),
                            ("void", "Void"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=10,
                        verbose_name="Status",
                    ),
                ),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Created by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Changed by",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on"],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                (
                    "order_amount",
                    models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount of the order"),
                ),
                ("rate", models.DecimalField(decimal_places=10, default=1, max_digits=20)),
                (
                    "difference",
                    models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name="Exchange difference"),
                ),
                ("made_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("reversed_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                    "reversed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.payment",
                        verbose_name="Payment",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentplan",
                        verbose_name="Instalment",
                    ),
                ),
            ],
            options={
                "ordering": ["made_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="PlanTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="Payment terms")),
                ("rows", models.JSONField(default=list)),
                ("position", models.PositiveIntegerField(default=0)),
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
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("before", "Before it is due"),
                            ("due", "On the day"),
                            ("first", "First reminder"),
                            ("second", "Second reminder"),
                            ("third", "Third reminder"),
                        ],
                        max_length=8,
                        verbose_name="Stage",
                    ),
                ),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("told_owner", models.BooleanField(default=False)),
                ("recipient", models.CharField(blank=True, max_length=254, verbose_name="E-mail")),
                ("language", models.CharField(blank=True, max_length=10)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
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
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentplan",
                        verbose_name="Instalment",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(editable=False, max_length=40, verbose_name="Number")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=banyan.core.kernel.clock.now, editable=False, verbose_name="Changed"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                ("deleted_batch", models.UUIDField(editable=False, null=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Subscription")),
                ("quantity", models.DecimalField(decimal_places=3, default=1, max_digits=14, verbose_name="Quantity")),
                (
                    "unit_price",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Unit price"
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="Currency")),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                        default="month",
                        max_length=8,
                        verbose_name="Charged every",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="Starts on")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="Ends on")),
                ("is_renewed", models.BooleanField(default=True, verbose_name="Renews itself")),
                (
                    "notice_days",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Days of notice",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("cancelled", "Cancelled"),
                            ("ended", "Ended"),
                        ],
                        default="active",
                        editable=False,
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                ("next_on", models.DateField(editable=False, null=True, verbose_name="Next charge")),
                (
                    "monthly_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Monthly revenue"
                    ),
                ),
                (
                    "credit",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        editable=False,
                        max_digits=18,
                        verbose_name="Credit for the next charge",
                    ),
                ),
                ("cancelled_on", models.DateField(editable=False, null=True, verbose_name="Cancelled on")),
                ("reason", models.CharField(blank=True, editable=False, max_length=500, verbose_name="Reason")),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.contact",
                        verbose_name="Contact",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Created by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
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
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="products.product",
                        verbose_name="Product",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Changed by",
                    ),
                ),
            ],
            options={
                "ordering": ["next_on"],
            },
        ),
        migrations.CreateModel(
            name="RevenueMovement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("on", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("expansion", "Expansion"),
                            ("contraction", "Contraction"),
                            ("churn", "Churned"),
                        ],
                        max_length=12,
                    ),
                ),
                ("before", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Before")),
                ("after", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="After")),
                ("currency", models.CharField(max_length=3)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
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
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.subscription",
                        verbose_name="Subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["on", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Amount")),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.subscription",
                        verbose_name="Subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on"],
            },
        ),
        migrations.CreateModel(
            name="BillingSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("term_days", models.PositiveIntegerField(default=30, verbose_name="Days to pay without a plan")),
                (
                    "needs_confirmation",
                    models.BooleanField(default=False, verbose_name="Receipts are confirmed before they count"),
                ),
                (
                    "credit_mode",
                    models.CharField(
                        choices=[
                            ("off", "Nothing"),
                            ("warn", "Warn"),
                            ("block", "Block until somebody with the right releases it"),
                        ],
                        default="off",
                        max_length=5,
                        verbose_name="Beyond the credit limit",
                    ),
                ),
                ("level_limits", models.JSONField(blank=True, default=dict)),
                ("reminds_owner", models.BooleanField(default=True, verbose_name="Remind the owner")),
                ("reminds_customer", models.BooleanField(default=False, verbose_name="Remind the customer by e-mail")),
                ("first_days", models.PositiveIntegerField(default=7, verbose_name="First reminder after days")),
                ("second_days", models.PositiveIntegerField(default=15, verbose_name="Second reminder after days")),
                ("third_days", models.PositiveIntegerField(default=30, verbose_name="Third reminder after days")),
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
                "constraints": [models.UniqueConstraint(fields=("organization",), name="billing_settings_one")],
            },
        ),
        migrations.CreateModel(
            name="BuyerHeader",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("company", "Company or institution"), ("person", "Private person")],
                        default="company",
                        max_length=10,
                        verbose_name="Made out to",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="Invoice title")),
                ("tax_number", models.CharField(blank=True, max_length=30, verbose_name="Tax number")),
                ("bank", models.CharField(blank=True, max_length=120, verbose_name="Bank")),
                ("bank_account", models.CharField(blank=True, max_length=60, verbose_name="Bank account")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="Address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="Phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail for invoices")),
                ("is_default", models.BooleanField(default=False, verbose_name="Default")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
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
                "ordering": ["-is_default", "title"],
                "indexes": [models.Index(fields=["organization", "customer"], name="buyer_header_customer")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("organization", "customer"),
                        name="buyer_header_default",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditRelease",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                ("limit", models.DecimalField(decimal_places=2, max_digits=18, null=True, verbose_name="Credit limit")),
                ("exposure", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Outstanding")),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="Order",
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
                    "released_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "indexes": [models.Index(fields=["organization", "order"], name="credit_release_order")],
            },
        ),
        migrations.CreateModel(
            name="CustomerTerms",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "credit_limit",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Credit limit"
                    ),
                ),
                (
                    "credit_mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("off", "Nothing"),
                            ("warn", "Warn"),
                            ("block", "Block until somebody with the right releases it"),
                        ],
                        default="",
                        max_length=5,
                        verbose_name="Beyond the credit limit",
                    ),
                ),
                (
                    "term_days",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Days to pay without a plan"),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="E-mail for reminders")),
                ("has_no_reminders", models.BooleanField(default=False, verbose_name="No reminders")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="Customer",
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
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "customer"), name="customer_terms_one")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="invoice_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="invoice_created",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="invoice_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organization", "number"], name="invoice_number"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="invoice_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="invoice_search"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organization", "customer", "-requested_on"], name="invoice_customer"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organization", "order"], name="invoice_order"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organization", "credits"], name="invoice_credits"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "state", "-requested_on"],
                name="invoice_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("official_number", ""), _negated=True),
                fields=("organization", "official_code", "official_number"),
                name="invoice_official_number",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="invoice_line_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="invoice_line_created",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="invoice_line_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(fields=["organization", "number"], name="invoice_line_number"),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="invoice_line_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="invoice_line_search"
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(fields=["organization", "invoice", "position"], name="invoice_line_invoice"),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(fields=["organization", "order_line"], name="invoice_line_order_line"),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(fields=["organization", "credited_line"], name="invoice_line_credited"),
        ),
        migrations.AddConstraint(
            model_name="invoiceseries",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="invoice_series_name"),
        ),
        migrations.AddConstraint(
            model_name="orderevent",
            constraint=models.UniqueConstraint(fields=("organization", "order", "event"), name="order_event_once"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="payment_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="payment_created",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="payment_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organization", "number"], name="payment_number"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="payment_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="payment_search"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organization", "customer", "-paid_on"], name="payment_customer"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-paid_on", "-id"],
                name="payment_paid",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("unallocated__gt", 0)),
                fields=["organization", "customer"],
                name="payment_unallocated",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organization", "refund_of"], name="payment_refund"),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(fields=["organization", "state", "-booked_on"], name="bank_line_state"),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(fields=["organization", "payment"], name="bank_line_payment"),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(fields=("organization", "fingerprint"), name="bank_line_once"),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="payment_plan_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="payment_plan_created",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="payment_plan_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(fields=["organization", "number"], name="payment_plan_number"),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="payment_plan_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="payment_plan_search"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(fields=["organization", "order", "position"], name="payment_plan_order"),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(fields=["organization", "customer", "due_on"], name="payment_plan_customer"),
        ),
        migrations.AddIndex(
            model_name="paymentplan",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "due_on", "id"],
                name="payment_plan_due",
            ),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["organization", "order"], name="allocation_order"),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["organization", "payment"], name="allocation_payment"),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["organization", "plan"], name="allocation_plan"),
        ),
        migrations.AddConstraint(
            model_name="plantemplate",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="plan_template_name"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("organization", "plan", "stage"), name="reminder_once"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="subscription_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="subscription_created",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="subscription_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "number"], name="subscription_number"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="subscription_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="subscription_search"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "customer", "-starts_on"], name="subscription_customer"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "state", "next_on"],
                name="subscription_next",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "product"], name="subscription_product"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "contact"], name="subscription_contact"),
        ),
        migrations.AddIndex(
            model_name="revenuemovement",
            index=models.Index(fields=["organization", "on"], name="revenue_movement_on"),
        ),
        migrations.AddIndex(
            model_name="revenuemovement",
            index=models.Index(fields=["organization", "subscription", "on"], name="revenue_movement_of"),
        ),
        migrations.AddIndex(
            model_name="renewal",
            index=models.Index(fields=["organization", "order"], name="renewal_order"),
        ),
        migrations.AddConstraint(
            model_name="renewal",
            constraint=models.UniqueConstraint(
                fields=("organization", "subscription", "starts_on"), name="renewal_once"
            ),
        ),
        IsolateTable(
            "billing_allocation",
            "billing_bankline",
            "billing_billingsettings",
            "billing_buyerheader",
            "billing_creditrelease",
            "billing_customerterms",
            "billing_invoice",
            "billing_invoiceline",
            "billing_invoiceseries",
            "billing_orderevent",
            "billing_payment",
            "billing_paymentplan",
            "billing_plantemplate",
            "billing_reminder",
            "billing_renewal",
            "billing_revenuemovement",
            "billing_subscription",
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
