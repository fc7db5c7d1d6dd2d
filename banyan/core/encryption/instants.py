"""Instants as the database's own clock tells them."""

from __future__ import annotations

from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """The instant at which the database runs this, also within a long transaction."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


class TransactionTimestamp(Func):
    """The instant at which the present transaction began."""

    template = "transaction_timestamp()"
    output_field = DateTimeField()
