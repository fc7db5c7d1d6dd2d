"""Purposes, consents, requests of persons, certificates of erasure, retention rules and notes of the register."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0008_sealable_columns"),
        ("identity", "0005_sign_in_security"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonRequest",
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
                        choices=[
                            ("access", "See the data"),
                            ("copy", "Get a copy"),
                            ("correct", "Correct"),
                            ("delete", "Erase"),
                            ("restrict", "Restrict processing"),
                            ("withdraw", "Withdraw consent"),
                        ],
                        max_length=10,
                        verbose_name="Kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("checked", "Identity checked"),
                            ("done", "Answered"),
                            ("refused", "Refused"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                ("requester", models.CharField(max_length=200, verbose_name="Who asks")),
                ("details", models.TextField(blank=True, verbose_name="What was asked")),
                ("received_on", models.DateField(blank=True, null=True, verbose_name="Received on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="Answer by")),
                ("identity_note", models.TextField(blank=True, verbose_name="How the identity was checked")),
                ("answer", models.TextField(blank=True, verbose_name="Answer to the person")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="Closed at")),
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
                        blank=True,
                        null=True,
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
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=40)),
                ("record_id", models.UUIDField()),
                ("pseudonym", models.CharField(max_length=60)),
                (
                    "reach",
                    models.CharField(
                        choices=[("linked", "In what belongs to the person"), ("everywhere", "Wherever they stand")],
                        default="linked",
                        max_length=12,
                    ),
                ),
                ("clears_texts", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Under way"), ("done", "Done")], default="running", max_length=10
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("kept", models.JSONField(default=list)),
                ("review_on", models.DateField(null=True)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "actor",
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
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="privacy.personrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="ProcessingNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=40)),
                ("purposes", models.TextField(blank=True)),
                ("recipients", models.TextField(blank=True)),
                ("abroad", models.TextField(blank=True)),
                ("remarks", models.TextField(blank=True)),
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
                "ordering": ["object_name"],
            },
        ),
        migrations.CreateModel(
            name="Purpose",
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
                ("name", models.CharField(max_length=120, verbose_name="Purpose")),
                ("code", models.CharField(max_length=40, verbose_name="Code")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Needed for a contract with the person"),
                            ("legal_duty", "Legal duty"),
                            ("interest", "Legitimate interest (GDPR)"),
                            ("published", "Published by the person or lawfully"),
                            ("emergency", "Emergency: life, health or property"),
                        ],
                        default="consent",
                        max_length=12,
                        verbose_name="Legal basis",
                    ),
                ),
                ("needs_separate", models.BooleanField(default=False, verbose_name="Needs separate consent")),
                ("notice_version", models.CharField(blank=True, max_length=40, verbose_name="Version of the notice")),
                ("notice", models.TextField(blank=True, verbose_name="Notice")),
                ("is_active", models.BooleanField(default=True, verbose_name="In use")),
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
        migrations.CreateModel(
            name="Consent",
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
                    "channel",
                    models.CharField(
                        choices=[
                            ("any", "Every way"),
                            ("phone", "Phone"),
                            ("sms", "Text message"),
                            ("email", "E-mail"),
                            ("wechat", "WeChat"),
                            ("post", "Letter"),
                            ("visit", "Visit"),
                        ],
                        default="any",
                        max_length=10,
                        verbose_name="Way",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("given", "Given"), ("withdrawn", "Withdrawn")],
                        default="given",
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                ("is_separate", models.BooleanField(default=False, verbose_name="Separate consent")),
                ("given_at", models.DateTimeField(default=banyan.core.kernel.clock.now, verbose_name="Given at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="Withdrawn at")),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Needed for a contract with the person"),
                            ("legal_duty", "Legal duty"),
                            ("interest", "Legitimate interest (GDPR)"),
                            ("published", "Published by the person or lawfully"),
                            ("emergency", "Emergency: life, health or property"),
                        ],
                        max_length=12,
                        verbose_name="Legal basis",
                    ),
                ),
                ("notice_version", models.CharField(blank=True, max_length=40, verbose_name="Version of the notice")),
                ("evidence", models.TextField(blank=True, verbose_name="Evidence")),
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
                        blank=True,
                        null=True,
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
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.purpose",
                        verbose_name="Purpose",
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at"],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_name", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("condition", models.JSONField(default=dict)),
                (
                    "idle_since",
                    models.CharField(
                        choices=[
                            ("updated_at", "Last change"),
                            ("created_at", "Creation"),
                            ("last_activity_at", "Last follow-up"),
                        ],
                        default="updated_at",
                        max_length=20,
                    ),
                ),
                (
                    "months",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ]
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[("anonymise", "Make anonymous"), ("delete", "Put into the recycle bin")],
                        default="anonymise",
                        max_length=10,
                    ),
                ),
                ("is_active", models.BooleanField(default=False)),
                (
                    "most_a_night",
                    models.PositiveIntegerField(
                        default=100,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                    ),
                ),
                ("created_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "created_by",
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
                "ordering": ["object_name", "name"],
            },
        ),
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("due", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
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
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="privacy.retentionrule",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="person_request_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="person_request_created",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="person_request_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(fields=["organization", "number"], name="person_request_number"),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="person_request_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["organization", "search"], name="person_request_search"
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "due_on", "id"],
                name="person_request_due",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(fields=["organization", "contact"], name="person_request_contact"),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(fields=["organization", "customer"], name="person_request_customer"),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["organization", "-at"], name="erasure_latest"),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["organization", "record_id"], name="erasure_record"),
        ),
        migrations.AddConstraint(
            model_name="processingnote",
            constraint=models.UniqueConstraint(fields=("organization", "object_name"), name="processing_note_object"),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="purpose_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="purpose_created",
            ),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="purpose_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=models.Index(fields=["organization", "number"], name="purpose_number"),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="purpose_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="purpose",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="purpose_search"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="consent_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="consent_created",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="consent_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["organization", "number"], name="consent_number"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="consent_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="consent_search"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["organization", "contact"], name="consent_contact"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["organization", "customer"], name="consent_customer"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["organization", "purpose"], name="consent_purpose"),
        ),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="retention_rule_name"),
        ),
        migrations.AddIndex(
            model_name="retentionrun",
            index=models.Index(fields=["organization", "rule", "-at"], name="retention_run_rule"),
        ),
        IsolateTable(
            "privacy_purpose",
            "privacy_consent",
            "privacy_personrequest",
            "privacy_erasure",
            "privacy_retentionrule",
            "privacy_retentionrun",
            "privacy_processingnote",
        ),
    ]
