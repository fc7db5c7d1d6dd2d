"""Addresses of the service app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.service.views import working

TICKET = "tickets/<uuid:ticket_id>"

urlpatterns = [
    path(f"{TICKET}/conversation", working.conversation, name="ticket-conversation"),
    path(f"{TICKET}/say", working.say, name="ticket-say"),
    path(f"{TICKET}/take", working.take, name="ticket-take"),
    path(f"{TICKET}/state/<slug:state>", working.set_state, name="ticket-state"),
]
