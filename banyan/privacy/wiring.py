"""What the privacy app registers."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.audit.wording import kind_names
from banyan.core.configuration.sampling import naming_fields
from banyan.core.listing.withholding import Withholding, withholdings
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.recycle import Farewell, farewells
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.duties import duties
from banyan.core.web.panels import RecordPanel, record_panels
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.customers.public import pool_guards
from banyan.portal.public import PortalComment, PortalLink, PortalVisit, at_records
from banyan.privacy import api, objects, panels, preparation
from banyan.privacy.models import Consent, PersonRequest
from banyan.privacy.queries import restriction
from banyan.privacy.references import MODULE, PersonKind, Trace, names_of_persons, person_kinds, traces
from banyan.privacy.services.consents import prepare_organization, restricted_in_pools
from banyan.privacy.services.copying import COPIED
from banyan.privacy.services.erasing import ERASED
from banyan.privacy.services.inquiries import FOUND
from banyan.privacy.services.register import REGISTERED
from banyan.privacy.services.retention import RETAINED
from banyan.privacy.views import colleagues, erasures, persons, purposes, register_pages, requests, retention
from banyan.privacy.views.frame import PAGE, URL

#: What ``Customer.type`` says of a person.
PERSON = "person"
PERSONS = (
    PersonKind("contact", consents="contact", blocked_field="do_not_contact"),
    PersonKind("customer", consents="customer", condition={"type": PERSON}),
)

#: What visitors leave at links to a person's records.
TRACES = {
    "portal.comments": Trace(
        PortalComment,
        lambda records: PortalComment.objects.filter(at_records(records), author__isnull=True),
        names=("name", "text"),
    ),
    "portal.links": Trace(
        PortalLink, lambda records: PortalLink.objects.filter(at_records(records)), names=("recipient",),
        emptied={"email": ""},
    ),
    "portal.visits": Trace(
        PortalVisit,
        lambda records: PortalVisit.objects.filter(link__in=PortalLink.objects.filter(at_records(records))),
        emptied={"network": "", "text": ""},
    ),
}  # fmt: skip

KINDS = {
    FOUND: _("Looked for everything about a person"),
    COPIED: _("Took the copy for a person"),
    ERASED: _("Erased a person"),
    RETAINED: _("Carried out a retention rule"),
    REGISTERED: _("Took the register of processing"),
}
ROUTES = (
    path("privacy", requests.requests, name="settings-privacy"),
    path("privacy/requests/new", requests.new_request, name="settings-privacy-request-new"),
    path("privacy/requests/<uuid:request_id>", requests.one_request, name="settings-privacy-request"),
    path(
        "privacy/requests/<uuid:request_id>/person/<slug:plural>/<uuid:record_id>",
        requests.choose_person,
        name="settings-privacy-request-person",
    ),
    path("privacy/find", persons.find_person, name="settings-privacy-find"),
    path("privacy/find/<uuid:inquiry_id>", persons.found, name="settings-privacy-found"),
    path("privacy/find/<uuid:inquiry_id>/part", persons.look_part, name="settings-privacy-look"),
    path("privacy/persons/<slug:plural>/<uuid:record_id>", persons.person, name="settings-privacy-person"),
    path("privacy/persons/<slug:plural>/<uuid:record_id>/again", persons.look_again, name="settings-privacy-again"),
    path("privacy/persons/<slug:plural>/<uuid:record_id>/copy", persons.take_copy, name="settings-privacy-copy"),
    path("privacy/persons/<slug:plural>/<uuid:record_id>/erase", erasures.erase, name="settings-privacy-erase"),
    path("privacy/erasures", erasures.erasures, name="settings-privacy-erasures"),
    path("privacy/erasures/<uuid:erasure_id>", erasures.certificate, name="settings-privacy-erasure"),
    path("privacy/erasures/<uuid:erasure_id>/part", erasures.certificate_part, name="settings-privacy-erasure-part"),
    path("privacy/colleagues", colleagues.colleagues, name="settings-privacy-colleagues"),
    path("privacy/colleagues/<uuid:user_id>", colleagues.colleague, name="settings-privacy-colleague"),
    path("privacy/purposes", purposes.purposes, name="settings-privacy-purposes"),
    path("privacy/purposes/usual", purposes.add_usual, name="settings-privacy-purposes-usual"),
    path("privacy/purposes/new", purposes.new_purpose, name="settings-privacy-purpose-new"),
    path("privacy/purposes/<uuid:purpose_id>", purposes.edit_purpose, name="settings-privacy-purpose"),
    path("privacy/retention", retention.rules, name="settings-privacy-retention"),
    path("privacy/retention/new/<slug:object_name>", retention.new_rule, name="settings-privacy-retention-new"),
    path("privacy/retention/<uuid:rule_id>", retention.edit_rule, name="settings-privacy-retention-rule"),
    path("privacy/retention/<uuid:rule_id>/delete", retention.remove_rule, name="settings-privacy-retention-delete"),
    path("privacy/register", register_pages.register, name="settings-privacy-register"),
    path("privacy/register/download", register_pages.download, name="settings-privacy-register-download"),
    path("privacy/register/<slug:object_name>", register_pages.notes, name="settings-privacy-register-notes"),
    path("privacy/days", purposes.days, name="settings-privacy-days"),
)


def register() -> None:
    """Register module, objects, kinds of persons, and what a new organization gets."""
    subjects.add("retention_rule", _("Retention rule"))
    subjects.add("processing_note", _("Note in the register of processing"))
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Personal data"),
            _("Consents, and what people ask about their own data."),
            requires=("customers",),
            needed_by=_("Everybody who keeps data of private persons."),
            spared_by=_("Companies whose law asks for no record of consent."),
            start="/settings/privacy",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    for kind in PERSONS:
        person_kinds.add(kind.object_name, kind)
    for key, trace in TRACES.items():
        traces.add(key, trace)
    for link in ("contact", "customer"):
        # A consent is nothing without its person; that somebody asked and was answered stays provable.
        farewells.add(f"consent.{link}", Farewell(Consent, link))
        farewells.add(f"person_request.{link}", Farewell(PersonRequest, link, goes=False))
    organization_preparations.add("privacy.purposes", prepare_organization)
    preparation.register_what_stays()
    naming_fields.add("privacy", names_of_persons)
    panel = RecordPanel(
        "consents", panels.consents, objects=("contact", "customer"), position=800, module=MODULE,
        covers=("consent",), label=_("Consents"),
    )  # fmt: skip
    record_panels.add(panel.name, panel)
    notice = RecordPanel(
        "restriction", panels.restriction_notice, objects=("contact", "customer"), place="before", position=10,
        module=MODULE,
    )  # fmt: skip
    record_panels.add(notice.name, notice)
    duties.add(panels.OPEN_REQUESTS.name, panels.OPEN_REQUESTS)
    reason = _("These persons have restricted what may be done with their data.")
    withholdings.add("restriction", Withholding("restriction", lambda actor, spec: restriction(spec.name), reason))
    pool_guards.add("restriction", restricted_in_pools)
    api.register()
    for what, name in KINDS.items():
        kind_names.add(what, name)
    register_settings_page(
        SettingsPage(
            PAGE,
            _("Personal data"),
            URL,
            "user-check",
            "security",
            _("What people ask about their own data, consents, erasing, and the register of processing"),
            ability=Ability.MANAGE_PRIVACY,
            module=MODULE,
            words=(_("privacy"), "GDPR", "PIPL", "隐私", "个人信息"),
            routes=ROUTES,
        )
    )
