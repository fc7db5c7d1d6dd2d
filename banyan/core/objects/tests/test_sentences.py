"""Sentences of the product call objects as the organization does, and nothing else in them changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import gettext, gettext_lazy, ngettext, override, pgettext

from banyan.core.objects.registry import specs_for
from banyan.core.objects.rewording import set_words
from banyan.core.objects.sentences import in_own_words, words_key
from banyan.core.objects.translated import in_both
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

LAZY = gettext_lazy("No customers here.")


@pytest.fixture
def clinic(scope: Cast) -> Iterator[Cast]:
    """An organization of which customers are patients, opportunities are applications, and orders are what they are."""
    actor = scope.actor("admin")
    set_words(actor, "customer", "", {"en": "Patient", "zh": "患者"}, {"en": "Patients"})
    set_words(actor, "opportunity", "", {"en": "Application"}, {"en": "Applications"})
    specs_for(actor.organization)
    yield scope
    for name in ("customer", "opportunity"):
        set_words(actor, name, "", {}, {})
    specs_for(actor.organization)


def changed(english: str, chinese: str) -> tuple[str, str]:
    return in_own_words(english, "en", english, chinese), in_own_words(chinese, "zh-hans", english, chinese)


@pytest.mark.parametrize(
    ("english", "chinese", "told", "said"),
    [
        ("No customers yet", "还没有客户", "No patients yet", "还没有患者"),
        ("Customers and customer", "客户与客户", "Patients and patient", "患者与患者"),
        ("Choose a customer.", "请选择客户。", "Choose a patient.", "请选择患者。"),
        ("A customer's orders", "客户的订单", "A patient's orders", "患者的订单"),
        ("An opportunity has a customer.", "商机有客户。", "An application has a patient.", "商机有患者。"),
        ("Win an opportunity", "赢得商机", "Win an application", "赢得商机"),
        ("%(customer)s is a customer", "%(customer)s 是客户", "%(customer)s is a patient", "%(customer)s 是患者"),
        ("See /customers/new for a customer", "新客户见 /customers/new", "See /customers/new for a patient", "新患者见 /customers/new"),
        ("Our customer service", "客服", "Our customer service", "客服"),
        ("The customer uses a client", "客户使用客户端", "The patient uses a client", "患者使用客户端"),
        ("A purchase order", "采购订单", "A purchase order", "采购订单"),
        ("customers.csv", "客户.csv", "customers.csv", "客户.csv"),
    ],
)  # fmt: skip
def test_objects_are_called_by_own_words(clinic: Cast, english: str, chinese: str, told: str, said: str) -> None:
    assert changed(english, chinese) == (told, said)


def test_article_and_small_letters_follow_the_word(scope: Cast) -> None:
    actor = scope.actor("admin")
    for word, sentence in (
        ("Investor", "Choose an investor."), ("University", "Choose a university."), ("VIP", "Choose a VIP."),
    ):  # fmt: skip
        set_words(actor, "customer", "", {"en": word}, {"en": f"{word}s"})
        specs_for(actor.organization)
        assert in_own_words("Choose a customer.", "en", "Choose a customer.", "请选择客户。") == sentence


def test_every_way_to_a_text_leads_to_own_words_and_out_of_the_organization_to_the_products(clinic: Cast) -> None:
    text = "A customer has to be named."

    def told() -> tuple[str, ...]:
        return gettext(text), ngettext("%d customer", "%d customers", 2), pgettext("nowhere", text)

    with override("en"):
        # What no catalogue has in Chinese names no object in both languages.
        assert told() == (text, "%d customers", text)
        assert (gettext("Customer"), gettext("Customers")) == ("Patient", "Patients")
        assert str(specs_for(clinic.actor("admin").organization)["customer"].label) == "Patient"
    with override("zh-hans"):
        assert gettext("Customers") == "患者"
    assert in_both(gettext_lazy("Customer")) == {"zh": "客户", "en": "Customer"}


def test_other_organizations_have_the_products_words_and_pay_nothing(clinic: Cast, strangers: Cast) -> None:
    assert words_key() != 0
    with override("en"), organization_scope(strangers.organization.pk):
        assert (words_key(), gettext("Customers")) == (0, "Customers")
