"""Ready-made rules about tickets and campaigns do what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from banyan.automation.recipes import take
from banyan.automation.services import enable
from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.service.jobs import tell_broken
from banyan.teamwork.models import Task


def test_late_ticket_and_finished_campaign_give_their_owners_a_task(boss: Actor, work: Callable[[], int]) -> None:
    for key in ("late_ticket", "campaign_over"):
        (rule,) = take(boss, key, is_whole=True)
        enable(boss, rule)
    specs = specs_on(boss.organization)
    ticket = door.create(boss, specs["ticket"], {"name": "Pump leaks", "owner": str(boss.user_id)})
    campaign = door.create(boss, specs["campaign"], {"name": "Fair", "status": "running", "owner": str(boss.user_id)})
    work()
    assert not Task.objects.filter(name__contains="Pump leaks").exists()

    tell_broken(system_actor(boss.organization), now() + timedelta(days=90))
    door.update(boss, specs["campaign"], campaign.pk, {"status": "done"})
    work()

    assert ticket.pk
    assert Task.objects.filter(name__contains="Pump leaks").count() == 1
    assert Task.objects.filter(name__contains="Fair").count() == 1
