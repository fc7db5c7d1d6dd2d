"""Background work of the pages: messages to mailboxes, and a backup that somebody asked for."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from banyan.core.access.actor import Actor
from banyan.core.database.backup import create_backup
from banyan.core.identity.models import Account, User
from banyan.core.identity.services import new_invitation
from banyan.core.jobs.registration import BULK, IMMEDIATE, job
from banyan.core.web.mail import base_url, send_message


@app.task(name="accounts.send_password_link", queue=IMMEDIATE, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_password_link(email: str, language: str) -> None:
    """Send the link by which a password is set anew, if the address belongs to an account.

    It is looked up here rather than in the request, whose duration would tell whether there is one.
    """
    account = Account.objects.filter(email=email, is_active=True).first()
    if account is None or not account.organization_ids:
        return
    token = default_token_generator.make_token(account)
    link = f"{base_url()}/reset-password/{account.pk}/{token}"
    send_message(account.email, "password_link", language=language, context={"link": link, "email": account.email})


@job("accounts.send_invitation", queue=IMMEDIATE, attempts=5)
def send_invitation(actor: Actor, *, invited_id: str) -> None:
    """Send a colleague the link by which they join; it is made here, so that no queue keeps its secret."""
    user = User.objects.filter(pk=invited_id, account=None, is_active=True).first()
    if user is None:
        return
    context = {
        "link": f"{base_url()}/join/{new_invitation(user, invited_by=actor.user)}",
        "organization": actor.organization.name,
        "who": actor.user.name if actor.user else "",
    }
    send_message(user.email, "invitation", language=actor.organization.language, context=context)


@job("installation.back_up", queue=BULK, attempts=1, in_transaction=False)
def back_up(actor: Actor) -> None:
    """Back up the whole installation now."""
    create_backup(settings.CONFIGURATION)
