"""What purposes, consents and the requests of persons are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.objects.spec import ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.privacy import preparation
from banyan.privacy.choices import OPEN_STATES
from banyan.privacy.models import Consent, PersonRequest, Purpose
from banyan.privacy.references import MODULE

STILL_OPEN = {"field": "state", "op": "in", "value": [state.value for state in OPEN_STATES]}

PURPOSE = ObjectSpec(
    name="purpose",
    plural="purposes",
    model=Purpose,
    module=MODULE,
    label=_("Purpose"),
    label_plural=_("Purposes"),
    icon="target",
    description=_("What personal data is used for, and why that is lawful."),
    number_pattern="PU-{number:02d}",
    fields=(
        field_of(Purpose, "name", unique=True),
        field_of(Purpose, "code", unique=True),
        "basis",
        "needs_separate",
        "notice_version",
        "notice",
        "is_active",
        "position",
    ),
    columns=("name", "basis", "notice_version", "is_active"),
    sort="position",
    own_fields=(),
    in_menu=False,
    has_page=False,
    timeline=False,
    is_setting=True,
)

CONSENT = ObjectSpec(
    name="consent",
    plural="consents",
    model=Consent,
    module=MODULE,
    label=_("Consent"),
    label_plural=_("Consents"),
    icon="checks",
    description=_("Who agreed to what, by which way, when and on what evidence."),
    title="number",
    number_pattern="CO-{number:06d}",
    subtitle=("purpose", "channel", "state"),
    inherits_from="customer",
    sort="-given_at",
    fields=(
        link_of(Consent, "contact", narrowed_by="customer", aliases=("联系人",)),
        field_of(Consent, "customer", aliases=("客户",)),
        field_of(Consent, "purpose", aliases=("目的", "用途")),
        field_of(Consent, "channel", aliases=("渠道", "方式")),
        choice_of(Consent, "state", colors={"given": "green", "withdrawn": "grey"}, aliases=("状态",)),
        field_of(Consent, "is_separate", aliases=("单独同意",)),
        field_of(Consent, "given_at", default=lambda actor: now(), aliases=("同意时间",)),
        field_of(Consent, "withdrawn_at", aliases=("撤回时间",)),
        "basis",
        "notice_version",
        field_of(Consent, "evidence", weight="D", aliases=("凭证", "证据")),
    ),
    columns=("number", "contact", "customer", "purpose", "channel", "state", "given_at", "withdrawn_at"),
    sections=(
        Section(_("Consent"), ("contact", "customer", "purpose", "channel", "state", "is_separate")),
        Section(_("Proof"), ("given_at", "withdrawn_at", "basis", "notice_version", "evidence", "owner")),
    ),
    quick_fields=("contact", "customer", "purpose", "channel", "is_separate", "evidence"),
    filters=("purpose", "channel", "state", "given_at"),
    in_menu=False,
    prepare=preparation.prepare_consents,
)

PERSON_REQUEST = ObjectSpec(
    name="person_request",
    plural="person-requests",
    ability=Ability.MANAGE_PRIVACY,
    model=PersonRequest,
    module=MODULE,
    label=_("Request of a person"),
    label_plural=_("Requests of persons"),
    icon="user-check",
    description=_("What people ask about their own data, with the day by which they get an answer."),
    title="requester",
    number_pattern="RQ-{year}-{number:04d}",
    subtitle=("kind", "state", "due_on"),
    sort="due_on",
    fields=(
        field_of(PersonRequest, "requester", weight="B"),
        "kind",
        choice_of(
            PersonRequest,
            "state",
            colors={"new": "blue", "checked": "cyan", "done": "green", "refused": "grey"},
        ),
        link_of(PersonRequest, "contact", narrowed_by="customer"),
        "customer",
        "details",
        "received_on",
        "due_on",
        "identity_note",
        "answer",
        "closed_at",
    ),
    columns=("number", "requester", "kind", "state", "received_on", "due_on", "owner"),
    sections=(
        Section(_("Request"), ("requester", "kind", "contact", "customer", "details", "received_on", "due_on")),
        Section(_("Answer to the person"), ("state", "identity_note", "answer", "owner")),
    ),
    quick_fields=("requester", "kind", "contact", "customer", "details"),
    filters=("kind", "state", "due_on"),
    views=(ViewPreset("open", _("Open requests"), STILL_OPEN, sort="due_on"),),
    open_filter=STILL_OPEN,
    in_menu=False,
    prepare=preparation.prepare_requests,
)

OBJECTS = (PURPOSE, CONSENT, PERSON_REQUEST)
