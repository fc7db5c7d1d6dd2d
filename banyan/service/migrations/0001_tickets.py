"""Tickets, what was said about them, articles, and texts to answer with."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.kernel.clock
import banyan.core.kernel.ids
import banyan.core.objects.columns
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_contracts"),
        ("customers", "0010_key_rows_follow_their_record"),
        ("identity", "0009_saml_keys_and_logout"),
        ("products", "0002_prices_in_depth"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ticket",
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
                ("name", models.CharField(max_length=200, verbose_name="Subject")),
                ("description", models.TextField(blank=True, verbose_name="Description")),
                ("requester", models.CharField(blank=True, max_length=120, verbose_name="Asked by")),
                (
                    "email",
                    banyan.core.objects.columns.SealableEmailField(blank=True, max_length=254, verbose_name="E-mail"),
                ),
                (
                    "phone",
                    banyan.core.objects.columns.SealableCharField(blank=True, max_length=40, verbose_name="Phone"),
                ),
                ("kind", models.CharField(blank=True, max_length=100, verbose_name="Kind")),
                (
                    "priority",
                    models.CharField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=8,
                        verbose_name="Priority",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("mail", "E-mail"),
                            ("chat", "Chat"),
                            ("visit", "Visit"),
                            ("form", "Form"),
                            ("portal", "Customer's page"),
                            ("api", "Another program"),
                        ],
                        default="phone",
                        max_length=8,
                        verbose_name="Came in by",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("open", "Being worked on"),
                            ("waiting", "Waiting for the customer"),
                            ("solved", "Solved"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=8,
                        verbose_name="State",
                    ),
                ),
                ("team", models.CharField(blank=True, max_length=100, verbose_name="Service team")),
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
                ("received_at", models.DateTimeField(blank=True, null=True, verbose_name="Came in at")),
                ("due_at", models.DateTimeField(editable=False, null=True, verbose_name="Due")),
                ("reply_by", models.DateTimeField(editable=False, null=True, verbose_name="First reply by")),
                ("first_replied_at", models.DateTimeField(editable=False, null=True, verbose_name="First reply at")),
                (
                    "reply_breached",
                    models.BooleanField(default=False, editable=False, verbose_name="First reply too late"),
                ),
                ("solve_by", models.DateTimeField(editable=False, null=True, verbose_name="Solution by")),
                ("solved_at", models.DateTimeField(editable=False, null=True, verbose_name="Solved at")),
                (
                    "solve_breached",
                    models.BooleanField(default=False, editable=False, verbose_name="Solution too late"),
                ),
                ("reopened", models.PositiveIntegerField(default=0, editable=False, verbose_name="Times reopened")),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        editable=False,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="Satisfaction",
                    ),
                ),
                (
                    "remark",
                    models.CharField(
                        blank=True, editable=False, max_length=1000, verbose_name="What the customer said"
                    ),
                ),
                ("rated_at", models.DateTimeField(editable=False, null=True, verbose_name="Rated at")),
                ("stopped_at", models.DateTimeField(editable=False, null=True)),
                ("paused_seconds", models.PositiveIntegerField(default=0, editable=False)),
                ("warn_at", models.DateTimeField(editable=False, null=True)),
                ("warned_at", models.DateTimeField(editable=False, null=True)),
                ("told_at", models.DateTimeField(editable=False, null=True)),
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
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="service.ticket",
                        verbose_name="Part of",
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
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="TicketMessage",
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
                            ("reply", "Reply to the customer"),
                            ("note", "Internal note"),
                            ("customer", "From the customer"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "Phone"),
                            ("mail", "E-mail"),
                            ("chat", "Chat"),
                            ("visit", "Visit"),
                            ("form", "Form"),
                            ("portal", "Customer's page"),
                            ("api", "Another program"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("text", models.TextField()),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("mailed_to", models.EmailField(blank=True, max_length=254)),
                ("mailed_at", models.DateTimeField(null=True)),
                (
                    "author",
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
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="service.ticket",
                    ),
                ),
            ],
            options={
                "ordering": ["at"],
            },
        ),
        migrations.CreateModel(
            name="Article",
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
                ("name", models.CharField(max_length=200, verbose_name="Title")),
                ("text", models.TextField(verbose_name="Text")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("review", "To be reviewed")],
                        default="draft",
                        max_length=10,
                        verbose_name="State",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[("internal", "Colleagues only"), ("customers", "Customers as well")],
                        default="internal",
                        max_length=10,
                        verbose_name="For whom",
                    ),
                ),
                ("review_on", models.DateField(blank=True, null=True, verbose_name="Review on")),
                ("used", models.PositiveIntegerField(default=0, editable=False, verbose_name="Used in replies")),
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
                "ordering": ["-updated_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["organization", "-updated_at", "-id"],
                        name="article_updated",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["organization", "-created_at", "-id"],
                        name="article_created",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["organization", "owner", "-updated_at", "-id"],
                        name="article_owner",
                    ),
                    models.Index(fields=["organization", "number"], name="article_number"),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", False)),
                        fields=["organization", "deleted_at"],
                        name="article_bin",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="article_search"),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=["organization", "review_on"],
                        name="article_review",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CannedAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("text", models.TextField()),
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
                "indexes": [models.Index(fields=["organization", "position"], name="canned_answer_position")],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-updated_at", "-id"],
                name="ticket_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="ticket_created",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "owner", "-updated_at", "-id"],
                name="ticket_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["organization", "number"], name="ticket_number"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["organization", "deleted_at"],
                name="ticket_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "search"], name="ticket_search"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["organization", "customer", "-received_at"], name="ticket_customer"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["organization", "contact"], name="ticket_contact"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("state__in", ["new", "open", "waiting"])),
                fields=["organization", "state", "due_at"],
                name="ticket_due",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["organization", "parent"], name="ticket_parent"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organization", "tags"], name="ticket_tags"),
        ),
        migrations.AddIndex(
            model_name="ticketmessage",
            index=models.Index(fields=["organization", "ticket", "at"], name="ticket_message_ticket"),
        ),
        IsolateTable(
            "service_ticket",
            "service_ticketmessage",
            "service_article",
            "service_cannedanswer",
        ),
    ]
