"""Secrets of addresses do not come into the log."""

from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings
from django.test import Client

from banyan.core.kernel.masking import MaskSecrets, masked

TOKEN = "01a219537408714daf3d9f927c225979_" + "x" * 43


@pytest.mark.django_db
def test_link_that_leads_nowhere_is_logged_without_its_secret() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(MaskSecrets())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert Client(REMOTE_ADDR="198.51.100.77").get(f"/p/{TOKEN}").status_code == 404
        try:
            _fail()
        except RuntimeError:
            logger.exception("Failed at %s", f"https://crm.example/p/{TOKEN}/pdf?lang=en")
    finally:
        logger.removeHandler(handler)

    assert "/p/…" in out.getvalue()
    assert "/p/…/pdf?lang=en" in out.getvalue()
    assert "x" * 12 not in out.getvalue()
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["secrets"]


def _fail() -> None:
    raise RuntimeError(f"at /p/{TOKEN}/pdf")


def test_only_secrets_are_masked() -> None:
    for kept in ("/pipeline/changes", "/p/", "/products/01a219537408714daf3d9f927c225979", "GET /orders?x=/p/a"):
        assert masked(kept) == kept
    assert masked("/hooks/abcdefghijklmnop done") == "/hooks/… done"
