"""The letterhead of an organization and the texts of its papers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.files.models import File
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.tenancy.models import OrganizationOwned
from banyan.documents.choices import Accent


class Letterhead(OrganizationOwned):
    """What stands on every paper of an organization; names, addresses and footers in both languages."""

    name_zh = models.CharField(_("Name in Chinese"), max_length=200, blank=True)
    name_en = models.CharField(_("Name in English"), max_length=200, blank=True)
    address_zh = models.CharField(_("Address in Chinese"), max_length=300, blank=True)
    address_en = models.CharField(_("Address in English"), max_length=300, blank=True)
    tax_number = models.CharField(_("Tax number"), max_length=40, blank=True)
    phone = models.CharField(_("Phone"), max_length=60, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    website = models.CharField(_("Website"), max_length=200, blank=True)
    bank_name = models.CharField(_("Bank"), max_length=200, blank=True)
    bank_account = models.CharField(_("Bank account"), max_length=80, blank=True)
    bank_code = models.CharField(_("Bank code (CNAPS, SWIFT)"), max_length=40, blank=True)
    footer_zh = models.CharField(_("Footer in Chinese"), max_length=300, blank=True)
    footer_en = models.CharField(_("Footer in English"), max_length=300, blank=True)
    accent = models.CharField(_("Accent color"), max_length=10, choices=Accent.choices, default=Accent.GREEN)
    logo = models.ForeignKey(File, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    seal = models.ForeignKey(File, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="letterhead_once")]

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class DocumentText(OrganizationOwned):
    """What a kind of paper says before and after its content, in one language."""

    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=10, choices=LANGUAGES)
    intro = models.TextField(blank=True)
    terms = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "kind", "language"], name="document_text_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"
