"""Mailboxes whose mails become tickets, and the mails that came."""

import django.db.models.deletion
from django.db import migrations, models

import banyan.core.encryption.columns
import banyan.core.kernel.clock
import banyan.core.kernel.ids
from banyan.core.database.row_level_security import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0010_strength_of_providers"),
        ("service", "0001_tickets"),
        ("tenancy", "0003_access_version"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ticket",
            name="channel",
            field=models.CharField(
                choices=[
                    ("phone", "Phone"),
                    ("mail", "E-mail"),
                    ("chat", "Chat"),
                    ("visit", "Visit"),
                    ("form", "Form"),
                    ("portal", "Customer's page"),
                    ("api", "Another program"),
                    ("internal", "A colleague"),
                ],
                default="phone",
                max_length=8,
                verbose_name="Came in by",
            ),
        ),
        migrations.AlterField(
            model_name="ticketmessage",
            name="channel",
            field=models.CharField(
                blank=True,
                choices=[
                    ("phone", "Phone"),
                    ("mail", "E-mail"),
                    ("chat", "Chat"),
                    ("visit", "Visit"),
                    ("form", "Form"),
                    ("portal", "Customer's page"),
                    ("api", "Another program"),
                    ("internal", "A colleague"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="Address")),
                ("host", models.CharField(max_length=253)),
                ("port", models.PositiveIntegerField(default=993)),
                ("account", models.CharField(max_length=254)),
                ("secret", banyan.core.encryption.columns.SealedTextField(max_length=500)),
                ("folder", models.CharField(default="INBOX", max_length=200)),
                ("authority", models.TextField(blank=True)),
                ("is_on", models.BooleanField(default=True)),
                ("team", models.CharField(blank=True, max_length=100)),
                ("kind", models.CharField(blank=True, max_length=100)),
                (
                    "priority",
                    models.CharField(
                        choices=[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                ("confirms", models.BooleanField(default=True)),
                ("confirmation", models.TextField(blank=True)),
                ("since", models.DateField()),
                ("validity", models.BigIntegerField(default=0)),
                ("uid", models.BigIntegerField(default=0)),
                ("checked_at", models.DateTimeField(null=True)),
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
            ],
            options={
                "ordering": ["address"],
            },
        ),
        migrations.CreateModel(
            name="IncomingMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=banyan.core.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("validity", models.BigIntegerField()),
                ("uid", models.BigIntegerField()),
                ("key", models.CharField(max_length=64)),
                ("message_id", models.CharField(blank=True, max_length=255)),
                ("sender", models.CharField(blank=True, max_length=254)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("subject", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("made", "Became a ticket"),
                            ("added", "Added to its ticket"),
                            ("left", "Left out"),
                            ("failed", "Could not be read"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(default=banyan.core.kernel.clock.now)),
                ("confirmed_at", models.DateTimeField(null=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="service.ticket",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="service.mailbox",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.UniqueConstraint(fields=("organization", "address"), name="mailbox_address_unique"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["organization", "message_id"], name="incoming_mail_message"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["organization", "sender", "-at"], name="incoming_mail_sender"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["organization", "ticket"], name="incoming_mail_ticket"),
        ),
        migrations.AddIndex(
            model_name="incomingmail",
            index=models.Index(fields=["organization", "-at"], name="incoming_mail_at"),
        ),
        migrations.AddConstraint(
            model_name="incomingmail",
            constraint=models.UniqueConstraint(
                fields=("organization", "mailbox", "validity", "uid"), name="incoming_mail_uid_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="incomingmail",
            constraint=models.UniqueConstraint(
                fields=("organization", "mailbox", "key"), name="incoming_mail_key_unique"
            ),
        ),
        IsolateTable("service_mailbox", "service_incomingmail"),
    ]
