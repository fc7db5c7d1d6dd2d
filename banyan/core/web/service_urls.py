"""Addresses that programs ask: health, measures, the installed app, notifications."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
