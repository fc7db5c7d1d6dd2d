"""Deliveries on lines, changes of confirmed orders, returns."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0001_contracts"),
        ("customers", "0008_sealable_columns"),
        ("identity", "0008_recovery_codes"),
        ("orders", "0003_lines_with_tax"),
        ("sales", "0005_furthest_stage_and_targets"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotedDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("delivered_on", models.DateField(verbose_name="Delivered on")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="Note")),
                ("lines", models.JSONField(default=list)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="OrderChange",
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
                ("name", models.CharField(blank=True, editable=False, max_length=200, verbose_name="Change")),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting for approval"), ("applied", "Applied"), ("refused", "Refused")],
                        default="applied",
                        editable=False,
                        max_length=10,
                        verbose_name="Status",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="Reason")),
                ("revision", models.PositiveIntegerField(default=0, editable=False, verbose_name="Revision")),
                ("currency", models.CharField(blank=True, editable=False, max_length=3, verbose_name="Currency")),
                (
                    "old_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Amount before"
                    ),
                ),
                (
                    "new_amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="New amount"
                    ),
                ),
                (
                    "increase",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Increase"
                    ),
                ),
                ("old_lines", models.JSONField(default=list, editable=False)),
                ("new_lines", models.JSONField(default=list, editable=False)),
                ("proposal", models.JSONField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="OrderReturn",
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
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Return")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("approved", "Approved"),
                            ("received", "Received"),
                            ("credited", "Credited"),
                            ("refused", "Refused"),
                        ],
                        default="requested",
                        editable=False,
                        max_length=10,
                        verbose_name="Status",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                (
                    "resolution",
                    models.CharField(
                        choices=[("credit", "Credit note"), ("refund", "Refund"), ("replacement", "Replacement")],
                        default="credit",
                        max_length=12,
                        verbose_name="Customer gets",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, editable=False, max_digits=18, verbose_name="Worth"
                    ),
                ),
                ("currency", models.CharField(blank=True, editable=False, max_length=3, verbose_name="Currency")),
                ("received_on", models.DateField(blank=True, editable=False, null=True, verbose_name="Received on")),
                ("answer", models.CharField(blank=True, editable=False, max_length=500, verbose_name="Answer")),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ReturnLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=14, verbose_name="Quantity")),
                ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name="Amount")),
                ("tax_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name="Tax")),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.AddField(
            model_name="order",
            name="cancel_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="Reason of the cancellation"),
        ),
        migrations.AddField(
            model_name="order",
            name="contract",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contracts.contract",
                verbose_name="Contract",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="revision",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="Revision"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="delivered_quantity",
            field=models.DecimalField(
                decimal_places=3, default=0, editable=False, max_digits=14, verbose_name="Delivered"
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="promised_on",
            field=models.DateField(blank=True, null=True, verbose_name="Promised for"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="returned_quantity",
            field=models.DecimalField(
                decimal_places=3, default=0, editable=False, max_digits=14, verbose_name="Returned"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("confirmed", "Confirmed"),
                    ("partly_delivered", "Partly delivered"),
                    ("delivered", "Delivered"),
                    ("completed", "Completed"),
                    ("cancelled", "Cancelled"),
                ],
                default="confirmed",
                max_length=20,
                verbose_name="Status",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("contract__isnull", False)),
                fields=["organization", "contract"],
                name="order_contract",
            ),
        ),
        migrations.AddField(
            model_name="noteddelivery",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="noteddelivery",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.order"
            ),
        ),
        migrations.AddField(
            model_name="noteddelivery",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="created_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Created by",
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="deleted_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order", verbose_name="Order"
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Owner",
            ),
        ),
        migrations.AddField(
            model_name="orderchange",
            name="updated_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Changed by",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="created_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Created by",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="customer",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
                verbose_name="Customer",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="deleted_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order", verbose_name="Order"
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Owner",
            ),
        ),
        migrations.AddField(
            model_name="orderreturn",
            name="updated_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
                verbose_name="Changed by",
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="order_line",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="order_return",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.orderreturn"
            ),
        ),
        migrations.AddField(
            model_name="returnline",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="noteddelivery",
            index=models.Index(fields=["organization", "order", "-at"], name="noted_delivery_order"),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="order_change_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="order_change_created",
            ),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="order_change_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(fields=["organization", "number"], name="order_change_number"),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="order_change_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="order_change_search"
            ),
        ),
        migrations.AddIndex(
            model_name="orderchange",
            index=models.Index(fields=["organization", "order", "-created_at"], name="order_change_order"),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="order_return_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="order_return_created",
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="order_return_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(fields=["organization", "number"], name="order_return_number"),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="order_return_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="order_return_search"
            ),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(fields=["organization", "order"], name="order_return_order"),
        ),
        migrations.AddIndex(
            model_name="orderreturn",
            index=models.Index(fields=["organization", "customer"], name="order_return_customer"),
        ),
        migrations.AddIndex(
            model_name="returnline",
            index=models.Index(fields=["organization", "order_return", "position"], name="return_line_return"),
        ),
        migrations.AddIndex(
            model_name="returnline",
            index=models.Index(fields=["organization", "order_line"], name="return_line_line"),
        ),
        IsolateTable(
            "orders_orderchange",
            "orders_orderreturn",
            "orders_returnline",
            "orders_noteddelivery",
        ),
    ]
