"""What the demo registers: a look around for whoever sets the product up on their own machine."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role, User
from banyan.core.identity.services import add_user, connect
from banyan.core.kernel.configuration import EVERY_ADDRESS, LOCAL_HOSTS
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.guide.choices import GuideChoice, guide_choices
from banyan.demo import examples
from banyan.demo.people import DemoOrganization
from banyan.demo.small import load_small
from banyan.demo.trial import load_general
from banyan.editions.public import general_demo_data


def is_private_machine(actor: Actor) -> bool:
    """Say whether the product listens on this machine alone: the passwords of demo accounts are known to all."""
    host = settings.CONFIGURATION.host
    return host in LOCAL_HOSTS and host not in EVERY_ADDRESS


def show_demo(actor: Actor) -> str:
    """Make the demo organization, let the person enter it beside their own, and return where to choose."""
    made = load_small()
    if actor.user is not None and actor.user.account is not None:
        _let_in(actor.user, made)
    return "/choose-organization"


def register() -> None:
    """Register the demo as a way to the first data, data for trials of any business, and examples of modules."""
    general_demo_data.add("demo", load_general)
    examples.register()
    guide_choices.add(
        "demo",
        GuideChoice(
            "demo",
            _("Look around in a demo first"),
            _("A design studio with customers, deals and tasks, beside your own organization, which stays empty."),
            "eye",
            show_demo,
            position=50,
            may=is_private_machine,
        ),
    )


def _let_in(user: User, made: DemoOrganization) -> None:
    account = user.account
    with organization_scope(made.organization.pk):
        if account is None or User.objects.filter(email=user.email).exists():
            return
        roles = [Role.objects.get(key="administrator")]
        guest = add_user(made.organization, name=user.name, email=user.email, roles=roles, language=user.language)
        connect(guest, account)
