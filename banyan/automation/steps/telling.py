"""Steps that reach people and other systems: notify, e-mail, webhook."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation import people
from banyan.automation.choices import DeliveryKind
from banyan.automation.setting import Setting
from banyan.automation.steps.base import (
    Json,
    Outcome,
    Outgoing,
    StepContext,
    StepKind,
    Work,
    hidden_paths,
    place_help,
    register_step,
)
from banyan.automation.values import text_problem, text_words, written
from banyan.core.access.decisions import restrict
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.outgoing import check_address
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.mail import base_url
from banyan.teamwork.choices import NotificationKind
from banyan.teamwork.public import Notice, notify_many

Reader = tuple[User, frozenset[str]]


def readers(works: Sequence[Work], chosen: Sequence[Sequence[User]], text: str) -> list[list[Reader]]:
    """Return for each run those of its people who may see the record, each with the places of a text they may not read.

    One question for each person, about all records together.
    """
    setting, spec = works[0].setting, works[0].spec
    everybody = {person.pk: person for group in chosen for person in group}
    asked: dict[uuid.UUID, list[uuid.UUID]] = {}
    for work, group in zip(works, chosen, strict=True):
        for person in group:
            asked.setdefault(person.pk, []).append(work.record.pk)
    seen: dict[uuid.UUID, set[uuid.UUID]] = {}
    hidden: dict[uuid.UUID, frozenset[str]] = {}
    for pk, record_ids in asked.items():
        actor = setting.reader(everybody[pk])
        rows = live_rows(actor, spec).filter(pk__in=record_ids)
        seen[pk] = set(restrict(rows, actor, spec).values_list("pk", flat=True))
        hidden[pk] = hidden_paths(setting, spec, actor, text)
    return [
        [(person, hidden[person.pk]) for person in group if work.record.pk in seen[person.pk]]
        for work, group in zip(works, chosen, strict=True)
    ]


class Notify(StepKind):
    """Tell people, by the bell."""

    name = "notify"
    label = gettext_lazy("Notify people")
    help = gettext_lazy("By the bell. Only those who may see the record are told.")
    icon = "bell"
    group = "people"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: whom and what."""
        initial = {**config, **people.initial_of(config.get("to") or {})}
        return _NoticeForm(data, initial=initial, setting=context.setting, spec=context.spec)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return text and recipients."""
        return {"text": form.cleaned_data["text"], "to": people.recipients_of(form.cleaned_data)}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the text or the recipients."""
        problem = text_problem(context.setting, context.spec, str(config.get("text") or ""))
        return [
            *([problem] if problem else []),
            *people.problems(context.setting, context.spec, config.get("to") or {}),
        ]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say whom is told what."""
        return _("Notify %(names)s: “%(text)s”") % {
            "names": people.words(context.setting, context.spec, config.get("to") or {}),
            "text": text_words(context.setting, context.spec, str(config.get("text") or "")),
        }

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Tell those who may see the records."""
        text = str(works[0].config.get("text") or "")
        chosen = people.recipients(works[0].config.get("to") or {}, [(work.value, work.actor_id) for work in works])
        able = readers(works, chosen, text)
        notify_many(
            [
                Notice(person, written(work.moment, text, hidden=hidden), reference_to(work.spec.name, work.record.pk))
                for work, group in zip(works, able, strict=True)
                for person, hidden in group
            ],
            kind=NotificationKind.SYSTEM,
        )
        return [
            self._told(work, text, len(everybody), group)
            for work, everybody, group in zip(works, chosen, able, strict=True)
        ]

    def _told(self, work: Work, text: str, chosen: int, able: Sequence[Reader]) -> Outcome:
        if not able:
            return Outcome(_("Nobody was told: nobody chosen may see this record."))
        left_out = chosen - len(able)
        names = _(", ").join(person.name for person, _hidden in able)
        told = _("%(names)s: “%(text)s”") % {"names": names, "text": written(work.moment, text)}
        rest = _("%(count)d who may not see the record were left out.") % {"count": left_out} if left_out else ""
        return Outcome(" ".join(filter(None, (told, rest))))


class _NoticeForm(people.RecipientsForm):
    text = forms.CharField(label=gettext_lazy("Message text"), widget=forms.Textarea(attrs={"rows": 2}), max_length=300)
    field_order = ("grantees", "fields_of_record", "superiors", "actor", "text")

    def __init__(self, *args: Any, setting: Setting, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, setting=setting, spec=spec, **options)
        self.fields["text"].help_text = _("Places for values: %(places)s") % {"places": place_help(setting, spec)}


class SendEmail(StepKind):
    """Send an e-mail."""

    name = "email"
    label = gettext_lazy("Send an e-mail")
    help = gettext_lazy("To colleagues, or to an address of the record if the person may be contacted.")
    icon = "mail"
    group = "outside"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: whom and what."""
        initial = {**config, **people.initial_of(config.get("to") or {})}
        return _EmailForm(data, initial=initial, setting=context.setting, spec=context.spec)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return text, recipients and addresses."""
        sent = form.cleaned_data
        found = {name: sent.get(name) for name in ("subject", "text", "addresses", "purpose")}
        return {**{name: value for name, value in found.items() if value}, "to": people.recipients_of(sent)}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with texts, recipients or addresses."""
        found = [
            problem
            for name in ("subject", "text")
            if (problem := text_problem(context.setting, context.spec, str(config.get(name) or "")))
        ]
        known = dict(email_fields(context.setting, context.spec))
        found += [
            _("There is no field “%(name)s” that holds an e-mail address.") % {"name": path}
            for path in config.get("addresses") or ()
            if path not in known
        ]
        to = config.get("to") or {}
        if people.is_nobody(to) and not config.get("addresses"):
            found.append(_("Choose to whom the e-mail goes."))
        return [*found, *([] if people.is_nobody(to) else people.problems(context.setting, context.spec, to))]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say to whom which e-mail goes."""
        names = [context.setting.label_at(context.spec, path) for path in config.get("addresses") or ()]
        to = config.get("to") or {}
        if not people.is_nobody(to):
            names.append(people.words(context.setting, context.spec, to))
        subject = text_words(context.setting, context.spec, str(config.get("subject") or ""))
        return _("E-mail to %(names)s: “%(subject)s”") % {"names": _(", ").join(names), "subject": subject}

    def run(self, work: Work) -> Outcome:
        """Hand the e-mails over to be sent."""
        outgoing = [*self._to_colleagues(work), *self._to_others(work)]
        if not outgoing:
            return Outcome(_("No e-mail: nobody chosen has an address or may see this record."))
        names = _(", ").join(str(entry.request["address"]) for entry in outgoing)
        return Outcome(_("E-mail to %(names)s.") % {"names": names}, {"subject": outgoing[0].request["subject"]}, waits=True,
                       outgoing=outgoing)  # fmt: skip

    def _to_colleagues(self, work: Work) -> list[Outgoing]:
        to = work.config.get("to") or {}
        chosen = [] if people.is_nobody(to) else people.recipients(to, [(work.value, work.actor_id)])[0]
        both = f"{work.config.get('subject') or ''} {work.config.get('text') or ''}"
        return [
            self._written(work, person.email, hidden, ending=f"\n\n{base_url()}{work.place}")
            for person, hidden in readers([work], [chosen], both)[0]
            if person.email
        ]

    def _to_others(self, work: Work) -> list[Outgoing]:
        found = []
        for path in work.config.get("addresses") or ():
            address = work.value(path)
            if address:
                outgoing = self._written(work, str(address), frozenset())
                outgoing.request["person"] = _person_behind(work, path)
                outgoing.request["purpose"] = str(work.config.get("purpose") or "")
                found.append(outgoing)
        return found

    def _written(self, work: Work, address: str, hidden: frozenset[str], *, ending: str = "") -> Outgoing:
        subject = " ".join(written(work.moment, str(work.config.get("subject") or ""), hidden=hidden).split())
        text = written(work.moment, str(work.config.get("text") or ""), hidden=hidden)
        return Outgoing(DeliveryKind.EMAIL, {"address": address, "subject": subject[:200], "text": text + ending})


def _person_behind(work: Work, path: str) -> list[str]:
    """Return the object and id of the record whose address it is."""
    name, dot, _inner = path.partition(".")
    if not dot:
        return [work.spec.name, str(work.record.pk)]
    return [str(getattr(work.spec.all_fields[name].kind, "target", "")), str(work.value(name))]


def email_fields(setting: Setting, spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the fields that hold e-mail addresses: paths and labels, those of linked records included."""
    found = [(name, str(entry.label)) for name, entry in spec.all_fields.items() if entry.kind.widget == "email"]
    for name, entry in spec.links.items():
        target = setting.target_of(entry)
        for inner, linked in (target.all_fields if target else {}).items():
            if linked.kind.widget == "email":
                found.append((f"{name}.{inner}", f"{entry.label} › {linked.label}"))
    return found


class _EmailForm(people.RecipientsForm):
    addresses = forms.MultipleChoiceField(label=gettext_lazy("Addresses of the record"), required=False)
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"), required=False,
        help_text=gettext_lazy("People outside are only written to if they may be contacted for it."),
    )  # fmt: skip
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=150)
    text = forms.CharField(
        label=gettext_lazy("Message text"), widget=forms.Textarea(attrs={"rows": 8}), max_length=10_000
    )
    field_order = ("grantees", "fields_of_record", "superiors", "actor", "addresses", "purpose", "subject", "text")

    def __init__(self, *args: Any, setting: Setting, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, setting=setting, spec=spec, **options)
        addresses: Any = self.fields["addresses"]
        purpose: Any = self.fields["purpose"]
        addresses.choices = email_fields(setting, spec)
        purpose.choices = [("", _("None in particular")), *purposes(setting)]
        if not addresses.choices:
            del self.fields["addresses"]
        if len(purpose.choices) == 1 or not addresses.choices:
            del self.fields["purpose"]
        self.fields["text"].help_text = _("Places for values: %(places)s") % {"places": place_help(setting, spec)}

    def needs_somebody(self) -> bool:
        """Say that an address of the record is enough."""
        return not self.cleaned_data.get("addresses")


def purposes(setting: Setting) -> list[tuple[str, str]]:
    """Return the purposes of processing by their codes, where the organization keeps them."""
    spec = setting.specs.get("purpose")
    if spec is None or not module_is_on(setting.organization, spec.module):
        return []
    rows = live_rows(setting.system, spec).filter(is_active=True).order_by("position")
    return [(row["code"], row["name"]) for row in rows.values("code", "name")]


class CallWebhook(StepKind):
    """Send the record to another system."""

    name = "webhook"
    label = gettext_lazy("Call a webhook")
    help = gettext_lazy("Sends the record as signed JSON to an address; tried again until it is taken.")
    icon = "world"
    group = "outside"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: where to, and which fields."""
        return _WebhookForm(data, initial=dict(config), context=context)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return address and fields."""
        found = {"url": form.cleaned_data["url"], "fields": form.cleaned_data["fields_sent"]}
        return {name: value for name, value in found.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with address or fields."""
        found = (
            []
            if str(config.get("url") or "").startswith(("https://", "http://"))
            else [_("Give an address that begins with https://.")]
        )
        for name in config.get("fields") or ():
            entry = context.spec.all_fields.get(name)
            if entry is None or entry.sensitive:
                found.append(_("There is no field “%(name)s” that can be sent.") % {"name": name})
        return found

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say where to."""
        return _("Send the record to %(url)s") % {"url": config.get("url") or "…"}

    def run(self, work: Work) -> Outcome:
        """Hand the call over to be sent; the run goes on when it was answered."""
        names = work.config.get("fields") or [
            name for name, entry in work.spec.all_fields.items() if not entry.sensitive
        ]
        known = {name: work.spec.all_fields[name] for name in names if name in work.spec.all_fields}
        body = {
            "rule": work.rule.key,
            "run": str(work.run.pk),
            "object": work.spec.name,
            "at": now().isoformat(),
            "record": {
                "id": str(work.record.pk),
                **{name: entry.kind.to_json(work.value(name)) for name, entry in known.items()},
            },
        }
        url = str(work.config.get("url"))
        return Outcome(_("Called %(url)s") % {"url": url}, {"fields": list(known)}, waits=True,
                       outgoing=[Outgoing(DeliveryKind.WEBHOOK, {"url": url, "body": body})])  # fmt: skip


class _WebhookForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=500, widget=forms.TextInput(attrs={"placeholder": "https://"})
    )
    fields_sent = forms.MultipleChoiceField(
        label=gettext_lazy("Fields"),
        required=False,
        help_text=gettext_lazy("Without a choice, all that are not encrypted."),
    )

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        options["initial"] = {**options.get("initial", {}), "fields_sent": options.get("initial", {}).get("fields")}
        super().__init__(*args, **options)
        entry: Any = self.fields["fields_sent"]
        entry.choices = [
            (name, str(field.label)) for name, field in context.spec.all_fields.items() if not field.sensitive
        ]
        secret = context.rule.signing_secret
        self.fields["url"].help_text = _(
            "Signed with HMAC-SHA256 in the header Banyan-Signature. The secret of this rule: %(secret)s"
        ) % {"secret": secret}

    def clean_url(self) -> str:
        """Refuse what must not be reached from here."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            check_address(url)
        except DomainError as problem:
            raise ValidationError(str(problem.message)) from problem
        return url


for _kind in (Notify(), SendEmail(), CallWebhook()):
    register_step(_kind)
