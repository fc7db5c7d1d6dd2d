"""What people outside left at quotes goes when a person is erased: declined quotes, comments, links."""

from __future__ import annotations

from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.portal.models import PortalComment, PortalLink
from banyan.privacy.choices import Reach
from banyan.privacy.services.erasing import begin_erasure, erase
from banyan.quotes.models import QuoteDecision
from banyan.quotes.services.steps import Answer, accept_quote, decline_quote
from banyan.quotes.tests.conftest import Company


def test_signer_of_a_declined_quote_and_what_was_commented_are_erased_and_evidence_stays(company: Company) -> None:
    with company.scope():
        admin = company.actor("admin")
        contact = door.create(
            admin, spec_for(admin.organization, "contact"), {"name": "Wang Li", "customer": company.customer.pk}
        )
        declined, link = company.sent(contact=contact.pk)
        accepted, _link = company.sent(contact=contact.pk)
        decline_quote(admin, declined.pk, Answer("Old Wang", reason="My wife is ill", address="198.51.100.7"))
        accept_quote(admin, accepted.pk, Answer("Wang the Elder"))
        PortalComment.objects.create(
            organization=admin.organization, object_name="quote", record_id=declined.pk, link=link, name="Mr. W",
            text="Call me at home",
        )  # fmt: skip

        begun = begin_erasure(admin, "contact", contact.pk, reach=Reach.EVERYWHERE, clears_texts=False)
        erase(admin, begun.pk)

        said = QuoteDecision.objects.get(quote=declined.pk)
        assert (said.signer, said.reason, said.address, said.content) == (begun.pseudonym, "", "", {})
        comment = PortalComment.objects.get()
        assert (comment.name, comment.text) == (begun.pseudonym, begun.pseudonym)
        assert PortalLink.objects.get(pk=link.pk).email == ""
        assert QuoteDecision.objects.get(quote=accepted.pk).signer == "Wang the Elder"
