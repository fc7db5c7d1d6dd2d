"""Leads, their capture, scores and conversions."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.clock
import banyan.core.kernel.ids
import banyan.core.objects.columns
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0003_transfer_and_share"),
        ("customers", "0008_sealable_columns"),
        ("identity", "0008_recovery_codes"),
        ("sales", "0005_furthest_stage_and_targets"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lead",
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
                ("name", models.CharField(blank=True, max_length=200, verbose_name="Name")),
                ("company", models.CharField(blank=True, max_length=200, verbose_name="Company")),
                ("job_title", models.CharField(blank=True, max_length=120, verbose_name="Job title")),
                (
                    "phone",
                    banyan.core.objects.columns.SealableCharField(blank=True, max_length=40, verbose_name="Phone"),
                ),
                (
                    "email",
                    banyan.core.objects.columns.SealableEmailField(blank=True, max_length=254, verbose_name="E-mail"),
                ),
                (
                    "wechat",
                    banyan.core.objects.columns.SealableCharField(blank=True, max_length=60, verbose_name="WeChat"),
                ),
                ("website", models.URLField(blank=True, max_length=500, verbose_name="Website")),
                ("address", models.JSONField(blank=True, default=dict, verbose_name="Address")),
                ("industry", models.CharField(blank=True, max_length=100, verbose_name="Industry")),
                ("employees", models.PositiveIntegerField(blank=True, null=True, verbose_name="Employees")),
                ("source", models.CharField(blank=True, max_length=100, verbose_name="Source")),
                ("campaign", models.CharField(blank=True, max_length=200, verbose_name="Campaign")),
                ("needs", models.TextField(blank=True, verbose_name="Needs")),
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
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("contacted", "Contacted"),
                            ("qualifying", "Qualifying"),
                            ("qualified", "Qualified"),
                            ("recycled", "To contact again"),
                            ("unqualified", "Not suitable"),
                            ("converted", "Converted"),
                        ],
                        default="new",
                        max_length=12,
                        verbose_name="Status",
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        blank=True,
                        choices=[("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold")],
                        max_length=4,
                        verbose_name="Rating",
                    ),
                ),
                ("score", models.IntegerField(default=0, editable=False, verbose_name="Score")),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("a", "A"), ("b", "B"), ("c", "C")],
                        editable=False,
                        max_length=1,
                        verbose_name="Grade",
                    ),
                ),
                ("next_step", models.CharField(blank=True, max_length=255, verbose_name="Next step")),
                ("next_follow_up_on", models.DateField(blank=True, null=True, verbose_name="Next follow-up")),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="Why not")),
                ("again_on", models.DateField(blank=True, null=True, verbose_name="Contact again on")),
                ("answer_by", models.DateTimeField(editable=False, null=True, verbose_name="Answer by")),
                ("first_contact_at", models.DateTimeField(editable=False, null=True, verbose_name="First contact")),
                (
                    "response_minutes",
                    models.PositiveIntegerField(editable=False, null=True, verbose_name="Minutes to first contact"),
                ),
                ("last_activity_at", models.DateTimeField(editable=False, null=True, verbose_name="Last follow-up")),
                ("owned_since", models.DateTimeField(editable=False, null=True, verbose_name="With this owner since")),
                ("warned_at", models.DateTimeField(editable=False, null=True)),
                ("converted_at", models.DateTimeField(editable=False, null=True, verbose_name="Converted at")),
                ("sort_name", models.CharField(default="", editable=False, max_length=600)),
                (
                    "match_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, editable=False, size=None
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        editable=False,
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
                        editable=False,
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
                    "opportunity",
                    models.ForeignKey(
                        editable=False,
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
                    "territory",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.territory",
                        verbose_name="Territory",
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
                "ordering": ["-updated_at"],
            },
        ),
        migrations.CreateModel(
            name="Conversion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("batch_id", models.UUIDField()),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("status_before", models.CharField(max_length=12)),
                ("made", models.JSONField(default=list)),
                (
                    "copied",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead"
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="LeadConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose_id", models.UUIDField()),
                ("notice_version", models.CharField(blank=True, max_length=40)),
                ("text", models.TextField()),
                ("evidence", models.TextField()),
                ("given_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead"
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
                "ordering": ["-given_at"],
            },
        ),
        migrations.CreateModel(
            name="LeadForm",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=40)),
                ("is_active", models.BooleanField(default=True)),
                ("fields", models.JSONField(default=list)),
                ("texts", models.JSONField(default=dict)),
                ("source", models.CharField(blank=True, max_length=100)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                (
                    "destination",
                    models.CharField(
                        choices=[
                            ("rules", "Whom the assignment rules say"),
                            ("person", "One person"),
                            ("pool", "Nobody: they wait in the lead pool"),
                        ],
                        default="rules",
                        max_length=6,
                    ),
                ),
                ("purpose_id", models.UUIDField(null=True)),
                ("consent_required", models.BooleanField(default=True)),
                (
                    "sites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("thanks_url", models.URLField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("received", models.PositiveIntegerField(default=0)),
                ("turned_away", models.PositiveIntegerField(default=0)),
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
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="LeadKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        "lead_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                (
                    "lead",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["key"],
            },
        ),
        migrations.CreateModel(
            name="LeadMovement",
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
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("batch_id", models.UUIDField()),
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
                    "from_owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead"
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
                    "to_owner",
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
            },
        ),
        migrations.CreateModel(
            name="LeadQuestion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("text", models.CharField(max_length=200)),
                ("hint", models.CharField(blank=True, max_length=255)),
                ("is_needed", models.BooleanField(default=True)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="LeadSubmission",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("arrival", models.CharField(choices=[("form", "Form"), ("email", "E-mail")], max_length=5)),
                ("title", models.CharField(blank=True, max_length=255)),
                ("values", banyan.core.encryption.columns.SealedJSONField(default=dict)),
                ("is_first", models.BooleanField(default=True)),
                ("key", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "form",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="leads.leadform",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead"
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
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="LeadTick",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead"
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
                    "question",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.leadquestion",
                    ),
                ),
                (
                    "user",
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
                "ordering": ["at"],
            },
        ),
        migrations.CreateModel(
            name="ScoreRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("condition", models.JSONField(default=dict)),
                (
                    "points",
                    models.IntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(-1000),
                            django.core.validators.MaxValueValidator(1000),
                        ]
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="lead_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="lead_created",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="lead_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["organization", "number"], name="lead_number"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="lead_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="lead_search"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "sort_name", "id"],
                name="lead_sort_name",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "status", "-updated_at", "-id"],
                name="lead_status",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "score", "id"],
                name="lead_score",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("first_contact_at__isnull", True), ("status", "new")),
                fields=["organization", "answer_by", "id"],
                name="lead_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    ("status__in", ["new", "contacted", "qualifying", "qualified"]),
                    ("owner__isnull", True),
                ),
                fields=["organization", "-score", "-created_at", "-id"],
                name="lead_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("status", "recycled")),
                fields=["organization", "again_on"],
                name="lead_again",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["organization", "customer"], name="lead_customer"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["organization", "contact"], name="lead_contact"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["organization", "opportunity"], name="lead_opportunity"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("territory__isnull", False)),
                fields=["organization", "territory"],
                name="lead_territory",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "tags"], name="lead_tags"),
        ),
        migrations.AddIndex(
            model_name="conversion",
            index=models.Index(fields=["organization", "lead", "-at"], name="lead_conversion_lead"),
        ),
        migrations.AddIndex(
            model_name="leadconsent",
            index=models.Index(fields=["organization", "lead"], name="lead_consent_lead"),
        ),
        migrations.AddConstraint(
            model_name="leadform",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="lead_form_key"),
        ),
        migrations.AddIndex(
            model_name="leadmovement",
            index=models.Index(fields=["organization", "lead", "-at"], name="lead_movement_lead"),
        ),
        migrations.AddIndex(
            model_name="leadmovement",
            index=models.Index(fields=["organization", "-at"], name="lead_movement_at"),
        ),
        migrations.AddIndex(
            model_name="leadmovement",
            index=models.Index(fields=["organization", "actor", "kind", "-at"], name="lead_movement_actor"),
        ),
        migrations.AddIndex(
            model_name="leadmovement",
            index=models.Index(fields=["organization", "batch_id"], name="lead_movement_batch"),
        ),
        migrations.AddIndex(
            model_name="leadquestion",
            index=models.Index(fields=["organization", "position"], name="lead_question_position"),
        ),
        migrations.AddIndex(
            model_name="leadsubmission",
            index=models.Index(fields=["organization", "lead", "-at"], name="lead_submission_lead"),
        ),
        migrations.AddIndex(
            model_name="leadsubmission",
            index=models.Index(fields=["organization", "form", "-at"], name="lead_submission_form"),
        ),
        migrations.AddConstraint(
            model_name="leadsubmission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True),
                fields=("organization", "key"),
                name="lead_submission_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadtick",
            constraint=models.UniqueConstraint(fields=("organization", "lead", "question"), name="lead_tick_once"),
        ),
        migrations.AddIndex(
            model_name="scorerule",
            index=models.Index(fields=["organization", "position"], name="score_rule_position"),
        ),
        IsolateTable(
            "leads_lead",
            "leads_leadkey",
            "leads_leadmovement",
            "leads_leadform",
            "leads_leadsubmission",
            "leads_leadconsent",
            "leads_scorerule",
            "leads_leadquestion",
            "leads_leadtick",
            "leads_conversion",
        ),
    ]
