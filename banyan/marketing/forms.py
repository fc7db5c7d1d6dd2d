"""Forms of the pages of marketing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.marketing.choices import Becomes, SegmentKind
from banyan.marketing.models import Campaign, Segment
from banyan.marketing.queries import seen_campaigns, seen_segments
from banyan.marketing.rules import VARIABLES
from banyan.marketing.services.mailings import LONGEST_BODY

NEW = "new"
MOST_OFFERED = 200
TIME = r"^$|^([01]\d|2[0-3]):[0-5]\d$"


class SegmentForm(forms.Form):
    """A segment without its rule."""

    name = forms.CharField(label=gettext_lazy("Segment"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SegmentKind.choices)
    excluded = forms.MultipleChoiceField(
        label=gettext_lazy("Leave out the members of"), required=False,
        help_text=gettext_lazy("Whoever is in one of these segments is in this one no more."),
    )  # fmt: skip
    notes = forms.CharField(label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, actor: Actor, object_name: str, own: Segment | None, **options: Any) -> None:
        super().__init__(*args, **options)
        name = self.fields["name"]
        name.error_messages["required"] = _("“%(label)s” is needed.") % {"label": name.label}
        others = [row for row in seen_segments(actor, object_name) if own is None or row.pk != own.pk]
        fields: Any = self.fields
        fields["excluded"].choices = [(str(row.pk), row.name) for row in others]
        if not others:
            del fields["excluded"]


class ToSegmentForm(forms.Form):
    """Where chosen records of a list go: a new segment, or a fixed list that is there."""

    segment = forms.ChoiceField(label=gettext_lazy("Segment"))
    name = forms.CharField(label=gettext_lazy("Name of the new segment"), max_length=120, required=False)

    def __init__(self, *args: Any, actor: Actor, object_name: str, by_rule: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        lists = [row for row in seen_segments(actor, object_name) if row.kind == SegmentKind.STATIC]
        new = [("rule", _("New segment by this list's filter"))] if by_rule else []
        known = [(str(row.pk), row.name) for row in lists]
        fields: Any = self.fields
        fields["segment"].choices = [*new, (NEW, _("New fixed list of these records")), *known]

    def clean(self) -> dict[str, Any]:
        """Ask for a name where something new is made."""
        found = super().clean() or {}
        if found.get("segment") in {NEW, "rule"} and not found.get("name"):
            self.add_error("name", _("Give the segment a name."))
        return found


class ToCampaignForm(forms.Form):
    """Which campaign chosen records are added to."""

    campaign = forms.ChoiceField(label=gettext_lazy("Campaign"))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        rows: list[Campaign] = list(
            seen_campaigns(actor)
            .filter(status__in=["planned", "running"])
            .order_by("-starts_on", "name")[:MOST_OFFERED]
        )
        fields: Any = self.fields
        fields["campaign"].choices = [(str(row.pk), row.name) for row in rows]


class FromSegmentForm(forms.Form):
    """Which segment is added to a campaign."""

    segment = forms.ChoiceField(label=gettext_lazy("Segment"))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["segment"].choices = [
            (str(row.pk), f"{row.name} ({row.get_object_name_display()})") for row in seen_segments(actor)
        ]


class ResponseForm(forms.Form):
    """What somebody answered, and what becomes of it."""

    text = forms.CharField(
        label=gettext_lazy("What they said"), required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    becomes = forms.ChoiceField(label=gettext_lazy("It becomes"))

    def __init__(self, *args: Any, possible: list[Becomes], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["becomes"].choices = [(choice.value, choice.label) for choice in possible]


class MailForm(forms.Form):
    """A mail to the members of a campaign."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=160, widget=forms.TextInput(attrs={"wide": True})
    )
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=LONGEST_BODY, widget=forms.Textarea(attrs={"rows": 14, "wide": True})
    )
    is_marked = forms.BooleanField(label=gettext_lazy("Mark the subject as advertising"), required=False)
    counts_clicks = forms.BooleanField(label=gettext_lazy("Count who follows the links"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        self.fields["body"].help_text = _(
            "**bold**, lists with - and [text](https://…) are shown as such. Variables: %(known)s; {name|friend} says what"
            " stands where nothing is known."
        ) % {"known": known}


class SettingForm(forms.Form):
    """How mail to many is sent."""

    sender_name = forms.CharField(
        label=gettext_lazy("Name of the sender"), max_length=80, required=False,
        help_text=gettext_lazy("Without one, the name of the organization."),
    )  # fmt: skip
    reply_to = forms.EmailField(label=gettext_lazy("Answers go to"), required=False)
    postal_address = forms.CharField(
        label=gettext_lazy("Address at the end of each mail"), max_length=200, required=False,
        help_text=gettext_lazy("Company and postal address, as the law of many countries asks for."),
    )  # fmt: skip
    marks_ads = forms.BooleanField(
        label=gettext_lazy("Propose to mark subjects as advertising"), required=False,
        help_text=gettext_lazy("Chinese rules ask for “广告” or “AD” at the beginning of the subject."),
    )  # fmt: skip
    per_minute = forms.IntegerField(label=gettext_lazy("Most mails a minute"), min_value=1, max_value=600)
    cap_mails = forms.IntegerField(
        label=gettext_lazy("Most mails to one address"), min_value=0, max_value=100,
        help_text=gettext_lazy("0 is no limit."),
    )  # fmt: skip
    cap_days = forms.IntegerField(label=gettext_lazy("Within days"), min_value=1, max_value=365)
    quiet_from = forms.RegexField(
        TIME, label=gettext_lazy("Nothing is sent from"), max_length=5, required=False,
        help_text=gettext_lazy("In the organization's time, such as 21:00. Both empty: at every hour."),
    )  # fmt: skip
    quiet_until = forms.RegexField(TIME, label=gettext_lazy("Nothing is sent until"), max_length=5, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for both hours, or none."""
        found = super().clean() or {}
        if bool(found.get("quiet_from")) != bool(found.get("quiet_until")):
            self.add_error("quiet_until", _("Enter both hours, or none."))
        return found


class BlockForm(forms.Form):
    """Addresses that no campaign writes to."""

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"), widget=forms.Textarea(attrs={"rows": 6, "wide": True}),
        help_text=gettext_lazy("One a line."),
    )  # fmt: skip
