"""Customers may lie in public pools."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_territory"),
        ("identity", "0004_security_abilities"),
        ("tenancy", "0002_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="PoolMovement",
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
                        choices=[
                            ("released", "Released"),
                            ("recycled", "Released by rule"),
                            ("claimed", "Claimed"),
                            ("assigned", "Assigned"),
                            ("moved", "Moved to another pool"),
                            ("removed", "Taken out of the pool"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("batch_id", models.UUIDField()),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="owned_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="With this owner since"),
        ),
        migrations.AddField(
            model_name="customer",
            name="pooled_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="In the pool since"),
        ),
        migrations.AddField(
            model_name="customer",
            name="protected_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="Protected until"),
        ),
        migrations.CreateModel(
            name="Pool",
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
                ("name", models.CharField(max_length=80, verbose_name="Public pool")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="Position")),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                (
                    "departments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None, verbose_name="Departments"
                    ),
                ),
                (
                    "administrators",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="Pool administrators",
                    ),
                ),
                (
                    "contact_access",
                    models.CharField(
                        choices=[("masked", "Masked"), ("hidden", "Hidden"), ("shown", "Shown")],
                        default="masked",
                        max_length=6,
                        verbose_name="Phone and e-mail before claiming",
                    ),
                ),
                (
                    "follow_up_days",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Release after days without follow-up",
                    ),
                ),
                (
                    "deal_days",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Release after days without a deal",
                    ),
                ),
                (
                    "releases_leavers",
                    models.BooleanField(default=False, verbose_name="Release customers of people who left"),
                ),
                (
                    "notice_days",
                    models.PositiveIntegerField(
                        default=3,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Tell the owner days ahead",
                    ),
                ),
                (
                    "protection_days",
                    models.PositiveIntegerField(
                        default=7,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Days of protection after claiming",
                    ),
                ),
                (
                    "cooldown_days",
                    models.PositiveIntegerField(
                        default=15,
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="Days before the former owner may claim again",
                    ),
                ),
                (
                    "hold_limit",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="Most customers one may hold",
                    ),
                ),
                (
                    "claim_limit",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="Most customers one may claim a day",
                    ),
                ),
                (
                    "spares_open_deals",
                    models.BooleanField(default=True, verbose_name="Keep customers with open opportunities"),
                ),
                (
                    "spared_levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("a", "A: key customer"), ("b", "B: important"), ("c", "C: ordinary")],
                            max_length=1,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="Keep customers of these levels",
                    ),
                ),
                (
                    "spared_tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="Keep customers with these tags",
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
                "ordering": ["position", "name"],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="pool",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.pool",
                verbose_name="Public pool",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("pool__isnull", False)),
                fields=["organization", "pool", "-pooled_at", "-id"],
                name="customer_pool",
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
            name="actor",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
            name="from_owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
            name="from_pool",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.pool",
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
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
            model_name="poolmovement",
            name="to_owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.user",
            ),
        ),
        migrations.AddField(
            model_name="poolmovement",
            name="to_pool",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="customers.pool",
            ),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="pool_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="pool_created",
            ),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="pool_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=models.Index(fields=["organization", "number"], name="pool_number"),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="pool_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="pool",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="pool_search"),
        ),
        migrations.AddIndex(
            model_name="poolmovement",
            index=models.Index(fields=["organization", "customer", "-at"], name="movement_customer"),
        ),
        migrations.AddIndex(
            model_name="poolmovement",
            index=models.Index(fields=["organization", "to_pool", "-at"], name="movement_to"),
        ),
        migrations.AddIndex(
            model_name="poolmovement",
            index=models.Index(fields=["organization", "from_pool", "-at"], name="movement_from"),
        ),
        migrations.AddIndex(
            model_name="poolmovement",
            index=models.Index(fields=["organization", "actor", "-at"], name="movement_actor"),
        ),
        migrations.AddIndex(
            model_name="poolmovement",
            index=models.Index(fields=["organization", "batch_id"], name="movement_batch"),
        ),
        IsolateTable("customers_pool", "customers_poolmovement"),
    ]
