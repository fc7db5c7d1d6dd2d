"""Price books, variants, bundles, units, cost, and discounts that need approval."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_transfer_and_share"),
        ("customers", "0008_sealable_columns"),
        ("identity", "0008_recovery_codes"),
        ("products", "0001_initial"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="BundlePart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=14, verbose_name="Quantity")),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DiscountAsked",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=40)),
                ("record_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waits for approval"), ("agreed", "Approved"), ("refused", "Refused")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                ("allowed", models.DecimalField(decimal_places=2, max_digits=5)),
                ("asked_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("decided_at", models.DateTimeField(null=True)),
                ("approval_id", models.UUIDField(null=True)),
            ],
            options={
                "ordering": ["-asked_at"],
            },
        ),
        migrations.CreateModel(
            name="PriceBook",
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
                ("name", models.CharField(max_length=120, verbose_name="Price book")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="Currency")),
                ("priority", models.IntegerField(default=0, verbose_name="Priority")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="Valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="Valid to")),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[("a", "A: key customer"), ("b", "B: important"), ("c", "C: ordinary")],
                        max_length=1,
                        verbose_name="Only for customers of level",
                    ),
                ),
                (
                    "industry",
                    models.CharField(blank=True, max_length=100, verbose_name="Only for customers of industry"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
            ],
            options={
                "ordering": ["-priority", "name"],
            },
        ),
        migrations.CreateModel(
            name="PriceBookEntry",
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
                ("name", models.CharField(blank=True, editable=False, max_length=300, verbose_name="Price")),
                ("currency", models.CharField(blank=True, editable=False, max_length=3, verbose_name="Currency")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="Unit")),
                (
                    "min_quantity",
                    models.DecimalField(decimal_places=3, default=1, max_digits=14, verbose_name="From quantity"),
                ),
                ("price", models.DecimalField(decimal_places=2, max_digits=18, verbose_name="Unit price")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="Valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="Valid to")),
            ],
            options={
                "ordering": ["name", "min_quantity"],
            },
        ),
        migrations.CreateModel(
            name="ProductPairing",
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
                        choices=[("requires", "Only together with"), ("excludes", "Never together with")], max_length=8
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductUnit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="Unit")),
                ("factor", models.DecimalField(decimal_places=6, max_digits=14)),
            ],
            options={
                "ordering": ["factor", "name"],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="bundle_mode",
            field=models.CharField(
                blank=True,
                choices=[
                    ("one", "One line at the price of the bundle"),
                    ("parts", "A line for each part, which share the price of the bundle"),
                ],
                editable=False,
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="cost",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Cost price"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="tax_rate",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="Tax rate in %"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="variant_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="products.product",
                verbose_name="Variant of",
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="variant_values",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["organization", "variant_of"], name="product_variant_of"),
        ),
        migrations.AddField(
            model_name="bundlepart",
            name="bundle",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="products.product"
            ),
        ),
        migrations.AddField(
            model_name="bundlepart",
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
            model_name="bundlepart",
            name="product",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="products.product"
            ),
        ),
        migrations.AddField(
            model_name="discountasked",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="discountasked",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="discountasked",
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
            model_name="pricebook",
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
            model_name="pricebook",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
                verbose_name="Only for this customer",
            ),
        ),
        migrations.AddField(
            model_name="pricebook",
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
            model_name="pricebook",
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
            model_name="pricebook",
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
            model_name="pricebook",
            name="territory",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="access.territory",
                verbose_name="Only for customers in territory",
            ),
        ),
        migrations.AddField(
            model_name="pricebook",
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
            model_name="pricebookentry",
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
            model_name="pricebookentry",
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
            model_name="pricebookentry",
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
            model_name="pricebookentry",
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
            model_name="pricebookentry",
            name="price_book",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="products.pricebook",
                verbose_name="Price book",
            ),
        ),
        migrations.AddField(
            model_name="pricebookentry",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="products.product",
                verbose_name="Product",
            ),
        ),
        migrations.AddField(
            model_name="pricebookentry",
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
            model_name="productpairing",
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
            model_name="productpairing",
            name="other",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="products.product"
            ),
        ),
        migrations.AddField(
            model_name="productpairing",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pairings",
                to="products.product",
            ),
        ),
        migrations.AddField(
            model_name="productunit",
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
            model_name="productunit",
            name="product",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="units", to="products.product"
            ),
        ),
        migrations.AddIndex(
            model_name="bundlepart",
            index=models.Index(fields=["organization", "product"], name="bundle_part_product"),
        ),
        migrations.AddConstraint(
            model_name="bundlepart",
            constraint=models.UniqueConstraint(fields=("organization", "bundle", "product"), name="bundle_part_once"),
        ),
        migrations.AddConstraint(
            model_name="bundlepart",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="bundle_part_quantity"),
        ),
        migrations.AddConstraint(
            model_name="discountasked",
            constraint=models.UniqueConstraint(
                fields=("organization", "object_name", "record_id"), name="discount_asked_once"
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="price_book_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="price_book_created",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="price_book_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(fields=["organization", "number"], name="price_book_number"),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="price_book_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="price_book_search"),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(fields=["organization", "customer"], name="price_book_customer"),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="price_entry_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="price_entry_created",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="price_entry_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(fields=["organization", "number"], name="price_entry_number"),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="price_entry_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="price_entry_search"
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "product", "price_book"],
                name="price_entry_product",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebookentry",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "price_book", "name"],
                name="price_entry_book",
            ),
        ),
        migrations.AddConstraint(
            model_name="productpairing",
            constraint=models.UniqueConstraint(
                fields=("organization", "product", "other"), name="product_pairing_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="productunit",
            constraint=models.UniqueConstraint(fields=("organization", "product", "name"), name="product_unit_name"),
        ),
        migrations.AddConstraint(
            model_name="productunit",
            constraint=models.CheckConstraint(condition=models.Q(("factor__gt", 0)), name="product_unit_factor"),
        ),
        IsolateTable(
            "products_productunit",
            "products_bundlepart",
            "products_productpairing",
            "products_pricebook",
            "products_pricebookentry",
            "products_discountasked",
        ),
    ]
