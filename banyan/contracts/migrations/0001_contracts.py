"""Contracts, amendments, instalments, terms and the library of clauses."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0008_sealable_columns"),
        ("identity", "0008_recovery_codes"),
        ("sales", "0005_furthest_stage_and_targets"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Clause",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="Clause")),
                ("category", models.CharField(blank=True, max_length=60, verbose_name="Category")),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                ("is_standard", models.BooleanField(default=False, verbose_name="In every new contract")),
                ("latest", models.PositiveIntegerField(default=1)),
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
                "ordering": ["category", "position", "name"],
            },
        ),
        migrations.CreateModel(
            name="ClauseVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(default=1)),
                ("text", models.TextField(verbose_name="Text")),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "clause",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="contracts.clause",
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
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="Contract",
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
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Contract")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sales", "Sales contract"),
                            ("framework", "Framework contract"),
                            ("service", "Service contract"),
                            ("other", "Other contract"),
                        ],
                        default="sales",
                        max_length=10,
                        verbose_name="Type",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_approval", "In approval"),
                            ("approved", "Approved, not signed"),
                            ("active", "In force"),
                            ("expired", "Expired"),
                            ("terminated", "Terminated"),
                            ("renewed", "Renewed"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=12,
                        verbose_name="Status",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Amount"),
                ),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="Currency")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="Starts on")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="Ends on")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="Signed on")),
                (
                    "customer_signer",
                    models.CharField(blank=True, max_length=120, verbose_name="Signed by the customer"),
                ),
                (
                    "renewal",
                    models.CharField(
                        choices=[
                            ("none", "It ends"),
                            ("manual", "It is renewed on agreement"),
                            ("automatic", "It renews itself"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="At the end",
                    ),
                ),
                ("notice_days", models.PositiveIntegerField(default=30, verbose_name="Days of notice")),
                ("renewal_months", models.PositiveIntegerField(default=12, verbose_name="Renewed for months")),
                ("ended_on", models.DateField(blank=True, editable=False, null=True, verbose_name="Ended on")),
                (
                    "end_reason",
                    models.CharField(blank=True, editable=False, max_length=500, verbose_name="Reason of the end"),
                ),
                ("revision", models.PositiveIntegerField(default=0, editable=False, verbose_name="Amendments")),
                ("reminded_on", models.DateField(blank=True, editable=False, null=True)),
                ("notes", models.TextField(blank=True, verbose_name="Notes")),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="Tags",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
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
                    "opportunity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sales.opportunity",
                        verbose_name="Opportunity",
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
                    "our_signer",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                        verbose_name="Signed by us",
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
                    "renewed_from",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="Renewal of",
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
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ContractAmendment",
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
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Amendment")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_approval", "In approval"),
                            ("approved", "Approved, not signed"),
                            ("signed", "In force"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=12,
                        verbose_name="Status",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                ("wording", models.TextField(blank=True, verbose_name="What is agreed")),
                (
                    "new_amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="New amount"
                    ),
                ),
                ("new_starts_on", models.DateField(blank=True, null=True, verbose_name="New start")),
                ("new_ends_on", models.DateField(blank=True, null=True, verbose_name="New end")),
                ("currency", models.CharField(blank=True, editable=False, max_length=3, verbose_name="Currency")),
                (
                    "old_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        editable=False,
                        max_digits=18,
                        null=True,
                        verbose_name="Amount before",
                    ),
                ),
                ("old_starts_on", models.DateField(blank=True, editable=False, null=True, verbose_name="Start before")),
                ("old_ends_on", models.DateField(blank=True, editable=False, null=True, verbose_name="End before")),
                ("signed_on", models.DateField(blank=True, editable=False, null=True, verbose_name="Signed on")),
                ("revision", models.PositiveIntegerField(default=0, editable=False, verbose_name="Revision")),
                ("plan", models.JSONField(blank=True, editable=False, null=True)),
                ("terms", models.JSONField(blank=True, editable=False, null=True)),
                ("changes", models.JSONField(blank=True, default=list, editable=False)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                        verbose_name="Contract",
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
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ContractInstalment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(max_length=100, verbose_name="Instalment")),
                (
                    "share",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="Share in %"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="Amount"),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="Due on")),
                (
                    "event",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("signing", "Signing"),
                            ("delivery", "Delivery"),
                            ("acceptance", "Acceptance"),
                            ("invoice", "Invoice"),
                            ("warranty", "End of warranty"),
                        ],
                        max_length=12,
                        verbose_name="Due after",
                    ),
                ),
                ("days", models.PositiveIntegerField(default=0, verbose_name="Days after")),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contracts.contract",
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
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="ContractTerm",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("title", models.CharField(max_length=120, verbose_name="Heading")),
                ("text", models.TextField(verbose_name="Text")),
                ("clause_version", models.PositiveIntegerField(default=0)),
                (
                    "clause",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contracts.clause",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contracts.contract",
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
                "ordering": ["position"],
            },
        ),
        migrations.AddIndex(
            model_name="clause",
            index=models.Index(fields=["organization", "category", "position"], name="clause_order"),
        ),
        migrations.AddConstraint(
            model_name="clauseversion",
            constraint=models.UniqueConstraint(
                fields=("organization", "clause", "number"), name="clause_version_number"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="contract_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="contract_created",
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="contract_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["organization", "number"], name="contract_number"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="contract_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="contract_search"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["organization", "customer"], name="contract_customer"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["organization", "opportunity"], name="contract_opportunity"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "status", "ends_on"],
                name="contract_end",
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["organization", "renewed_from"], name="contract_renewed"),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="contract_amendment_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="contract_amendment_created",
            ),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="contract_amendment_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(fields=["organization", "number"], name="contract_amendment_number"),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="contract_amendment_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="contract_amendment_search"
            ),
        ),
        migrations.AddIndex(
            model_name="contractamendment",
            index=models.Index(fields=["organization", "contract"], name="contract_amendment_of"),
        ),
        migrations.AddIndex(
            model_name="contractinstalment",
            index=models.Index(fields=["organization", "contract", "position"], name="contract_instalment"),
        ),
        migrations.AddIndex(
            model_name="contractterm",
            index=models.Index(fields=["organization", "contract", "position"], name="contract_term"),
        ),
        IsolateTable(
            "contracts_contract",
            "contracts_contractamendment",
            "contracts_contractinstalment",
            "contracts_clause",
            "contracts_clauseversion",
            "contracts_contractterm",
        ),
    ]
