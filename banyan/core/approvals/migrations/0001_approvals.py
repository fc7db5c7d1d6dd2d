"""Flows with their versions, approvals with their steps and people, heads of departments, links in e-mails."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0006_role_export_rows"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Flow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.SlugField(max_length=60)),
                ("object_name", models.CharField(max_length=40)),
                ("names", models.JSONField(default=dict)),
                ("is_active", models.BooleanField(default=False, verbose_name="In force")),
                ("draft", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="identity.user"
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
                "ordering": ["object_name", "position", "created_at"],
            },
        ),
        migrations.CreateModel(
            name="FlowVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("definition", models.JSONField()),
                ("made_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "flow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="approvals.flow"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="identity.user"
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
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("object_name", models.CharField(max_length=40)),
                ("record_id", models.UUIDField()),
                ("title", banyan.core.encryption.columns.SealedTextField(blank=True, default="")),
                ("snapshot", banyan.core.encryption.columns.SealedJSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Under way"),
                            ("returned", "Returned"),
                            ("agreed", "Agreed"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "No longer valid"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("path", models.JSONField(default=list)),
                ("chosen", models.JSONField(default=dict)),
                ("stage", models.PositiveIntegerField(default=0)),
                ("round", models.PositiveIntegerField(default=1)),
                ("is_locking", models.BooleanField(default=True)),
                (
                    "locked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("reason", banyan.core.encryption.columns.SealedTextField(blank=True, default="")),
                ("started_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "started_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.flow"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.flowversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("voice", models.PositiveIntegerField()),
                ("place", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Has a later turn"),
                            ("open", "Has to decide"),
                            ("agreed", "Agreed"),
                            ("refused", "Refused"),
                            ("handed_on", "Handed on"),
                            ("ended", "Not needed any more"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("comment", banyan.core.encryption.columns.SealedTextField(blank=True, default="")),
                ("signed_as", models.CharField(blank=True, max_length=120)),
                ("opened_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("share_id", models.UUIDField(null=True)),
                ("batch_id", models.UUIDField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
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
                    "taken_from",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
                    ),
                ),
            ],
            options={
                "ordering": ["voice", "place", "id"],
            },
        ),
        migrations.CreateModel(
            name="MailLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.user"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="approvals.seat"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("stage", models.PositiveIntegerField(default=0)),
                ("round", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for a decision"),
                            ("agreed", "Agreed"),
                            ("refused", "Refused"),
                            ("skipped", "Skipped"),
                            ("returned", "Returned"),
                            ("ended", "Not needed any more"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("due_at", models.DateTimeField(null=True)),
                ("remind_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="approvals.approval"
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
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="seat",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="approvals.steprun"
            ),
        ),
        migrations.CreateModel(
            name="Act",
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
                            ("start", "Started"),
                            ("agree", "Agreed"),
                            ("refuse", "Refused"),
                            ("return", "Returned"),
                            ("hand_on", "Handed on"),
                            ("add_before", "Added an approver before"),
                            ("add_after", "Added an approver after"),
                            ("withdraw", "Withdrew"),
                            ("comment", "Commented"),
                            ("remind", "Reminded"),
                            ("resubmit", "Submitted again"),
                            ("copy", "Sent a copy"),
                            ("skip", "Skipped"),
                            ("escalate", "Passed on: the time was over"),
                            ("release", "Unlocked"),
                            ("lapse", "Lapsed: the record was changed"),
                            ("replace", "Replaced an approver who left"),
                            ("put_back", "Put an approver back"),
                        ],
                        max_length=12,
                    ),
                ),
                ("step", models.CharField(blank=True, max_length=60)),
                ("round", models.PositiveIntegerField(default=1)),
                ("comment", banyan.core.encryption.columns.SealedTextField(blank=True, default="")),
                ("people", models.JSONField(default=list)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
                    ),
                ),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
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
                    "approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="acts", to="approvals.approval"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["organization", "approval"], name="approval_act_of")],
            },
        ),
        migrations.CreateModel(
            name="Copy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                (
                    "approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="approvals.approval"
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.user"
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "indexes": [models.Index(fields=["organization", "user", "-at"], name="approval_copy_user")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "approval", "user"), name="approval_copy_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DepartmentHead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.department"
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.user"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "department"), name="approval_head_department")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="approval_flow_key"),
        ),
        migrations.AddConstraint(
            model_name="flowversion",
            constraint=models.UniqueConstraint(fields=("organization", "flow", "number"), name="approval_flow_version"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["organization", "record_id"], name="approval_record"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["organization", "started_by", "-started_at"], name="approval_started"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("is_locking", True)),
                fields=["organization", "object_name"],
                name="approval_locking",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["running", "returned"])),
                fields=("organization", "record_id", "flow"),
                name="approval_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="maillink",
            index=models.Index(fields=["organization", "seat"], name="approval_mail_link_seat"),
        ),
        migrations.AddConstraint(
            model_name="maillink",
            constraint=models.UniqueConstraint(fields=("organization", "token_hash"), name="approval_mail_link_token"),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(fields=["organization", "approval"], name="approval_step_of"),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["organization", "due_at"], name="approval_step_due"
            ),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(fields=["organization", "run"], name="approval_seat_of"),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(fields=["organization", "user", "state"], name="approval_seat_user"),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(fields=["organization", "decided_by", "-decided_at"], name="approval_seat_decided"),
        ),
        IsolateTable(
            "approvals_flow",
            "approvals_flowversion",
            "approvals_departmenthead",
            "approvals_approval",
            "approvals_steprun",
            "approvals_seat",
            "approvals_act",
            "approvals_copy",
            "approvals_maillink",
        ),
    ]
