"""Steps that say whose a record is and who sees it: assign, share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation import people
from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, Work, register_step
from banyan.automation.steps.records import update_each
from banyan.core.access.models import ReportingLine, SharedAccess
from banyan.core.access.sharing import Terms, names_of, share
from banyan.core.business_rules.assignment import assign_by_rule
from banyan.core.business_rules.models import AssignmentRule
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import USER
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.sequences import take_numbers
from banyan.core.web.plain_forms import PickField, names_of_people
from banyan.core.web.sharing import is_shareable, names_of_grantees, terms_in_words


class Assign(StepKind):
    """Give the record to somebody."""

    name = "assign"
    label = gettext_lazy("Assign")
    help = gettext_lazy("To a person, in turn, to whoever stands in a field, or to the superior.")
    icon = "user-check"
    group = "people"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which field, and to whom."""
        return _AssignForm(data, initial=dict(config), context=context)

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        form = _AssignForm({**config}, context=context)
        return [] if form.is_valid() else [str(message) for messages in form.errors.values() for message in messages]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say who gets it."""
        entry = context.spec.all_fields.get(str(config.get("field") or "owner"))
        names = _(", ").join(names_of_people(list(config.get("people") or ())).values())
        way = {
            "turn": _("in turn to %(names)s") % {"names": names},
            "field": _("to %(names)s") % {"names": context.setting.label_at(context.spec, str(config.get("path")))},
            "rule": _("by the assignment rule “%(rule)s”")
            % {"rule": dict(assignment_rules(context.spec)).get(str(config.get("rule")), "…")},
            "superior": _("to the superior of the owner"),
            "actor": _("to whoever did it"),
        }.get(str(config.get("way")), "")
        return _("Assign “%(field)s” %(way)s") % {"field": entry.label if entry else "", "way": way}

    def sets(self, config: Json) -> dict[str, Json]:
        """Return the field that is written; who comes next in turn is someone else each time."""
        source = "turn" if config.get("way") == "turn" and len(config.get("people") or ()) > 1 else "copy"
        return {str(config.get("field") or "owner"): {"source": source, "value": None}}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Assign all records together."""
        if works[0].config.get("way") == "rule":
            return _assigned_by_rule(works)
        name = str(works[0].config.get("field") or "owner")
        chosen = self._people(works)
        if None in chosen:
            raise Invalid([FieldError(name, "nobody", _("There is nobody to assign it to."))])
        return update_each(works, {work.record.pk: {name: person} for work, person in zip(works, chosen, strict=True)})

    def _people(self, works: Sequence[Work]) -> list[Any]:
        config, way = works[0].config, works[0].config.get("way")
        if way == "turn":
            ids = [pk for text in config.get("people") or () if (pk := parse_id(text)) is not None]
            active = set(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
            present = [pk for pk in ids if pk in active]
            if not present:
                return [None] * len(works)
            first = take_numbers(works[0].run.organization_id, _turn_key(works[0]), len(works))
            return [present[(first + number - 1) % len(present)] for number in range(len(works))]
        if way == "superior":
            lines = ReportingLine.objects.filter(user_id__in=[work.value("owner") for work in works], is_main=True)
            superiors = dict(lines.values_list("user_id", "superior_id"))
            return [superiors.get(work.value("owner")) for work in works]
        if way == "actor":
            return [parse_id(work.actor_id) for work in works]
        return [work.value(str(config.get("path"))) for work in works]


def assignment_rules(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the assignment rules of an object: keys and names."""
    return list(AssignmentRule.objects.filter(object_name=spec.name).values_list("key", "name"))


def _assigned_by_rule(works: Sequence[Work]) -> list[Outcome]:
    """Let an assignment rule say who gets the records; those that it cannot place stay."""
    key = str(works[0].config.get("rule"))
    rule = AssignmentRule.objects.filter(object_name=works[0].spec.name, key=key).first()
    if rule is None:
        raise Invalid([FieldError("rule", "unknown_record", _("The assignment rule is gone."))])
    outcome = assign_by_rule(works[0].actor, rule.pk, works[0].spec, [work.record.pk for work in works])
    if outcome.rejected:
        raise Invalid(next(iter(outcome.rejected.values())))
    placed = set(outcome.updated)
    done, left = (
        _("Assigned by “%(rule)s”.") % {"rule": rule.name},
        _("“%(rule)s” found nobody for it.") % {"rule": rule.name},
    )
    return [Outcome(done if work.record.pk in placed else left) for work in works]


def _turn_key(work: Work) -> str:
    return f"turn:{work.rule.pk}:{work.instruction.step_id}"[:80]


class _AssignForm(forms.Form):
    field = forms.ChoiceField(label=gettext_lazy("Which field"))
    way = forms.ChoiceField(
        label=gettext_lazy("To whom"),
        choices=[
            ("turn", gettext_lazy("People, in turn")), ("rule", gettext_lazy("By an assignment rule")), ("field", gettext_lazy("Whoever stands in a field")),
            ("superior", gettext_lazy("The superior of the owner")), ("actor", gettext_lazy("Whoever did it")),
        ],
    )  # fmt: skip
    people = PickField(
        label=gettext_lazy("People"), pick_url="/pick/user", names=names_of_people, multiple=True, required=False,
        help_text=gettext_lazy("One person, or several who get records one after the other."),
    )  # fmt: skip
    rule = forms.ChoiceField(label=gettext_lazy("Assignment rule"), required=False)
    path = forms.ChoiceField(label=gettext_lazy("Field that holds the person"), required=False)

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["field"]
        entry.choices = [
            (name, str(field.label))
            for name, field in context.spec.writable_fields.items()
            if getattr(field.kind, "target", "") == USER
        ]
        rule: Any = self.fields["rule"]
        rule.choices = [("", "–"), *assignment_rules(context.spec)]
        path: Any = self.fields["path"]
        path.choices = [("", "–"), *people.person_fields(context.setting, context.spec)]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("way") == "turn" and not found.get("people"):
            self.add_error("people", _("Choose at least one person."))
        if found.get("way") == "rule" and not found.get("rule"):
            self.add_error("rule", _("Choose the assignment rule."))
        if found.get("way") == "rule" and found.get("field") != "owner":
            self.add_error("field", _("Assignment rules give records an owner."))
        if found.get("way") == "field" and not found.get("path"):
            self.add_error("path", _("Choose the field that holds the person."))
        return found


class Share(StepKind):
    """Share the record."""

    name = "share"
    label = gettext_lazy("Share")
    help = gettext_lazy("Let people, departments or roles see or change the record.")
    icon = "share"
    group = "people"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether records of the object can be shared."""
        return is_shareable(context.spec)

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: with whom, how far and for how long."""
        return _ShareForm(data, initial=dict(config))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        if not is_shareable(context.spec):
            return [_("Records of this kind are not shared by themselves.")]
        given = list(config.get("grantees") or ())
        if not given or len(names_of_grantees(given)) < len(set(given)):
            return [_("Choose with whom to share; somebody chosen earlier may be gone.")]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say with whom."""
        names = _(", ").join(names_of_grantees(list(config.get("grantees") or ())).values())
        terms = terms_in_words(str(config.get("access") or SharedAccess.VIEW), None)
        return _("Share with %(names)s: %(terms)s") % {"names": names, "terms": terms}

    def run(self, work: Work) -> Outcome:
        """Share the record."""
        grantees = people.grantees_in(work.config)
        days = work.config.get("days")
        ends_on = today(work.setting.organization.time_zone) + timedelta(days=int(days)) if days else None
        share(work.actor, work.spec, work.record.pk, grantees, Terms(str(work.config.get("access")), ends_on))
        names = _(", ").join(sorted(names_of(grantees).values()))
        return Outcome(_("Shared with %(names)s.") % {"names": names})


class _ShareForm(forms.Form):
    grantees = PickField(
        label=gettext_lazy("With whom"), pick_url="/pick/grantees", multiple=True,
        names=lambda values: names_of_grantees(values),  # noqa: PLW0108 found when it is called
    )  # fmt: skip
    access = forms.ChoiceField(
        label=gettext_lazy("What they may do"), choices=SharedAccess.choices, initial=SharedAccess.VIEW.value
    )
    days = forms.IntegerField(
        label=gettext_lazy("For days"), min_value=1, max_value=3_650, required=False,
        help_text=gettext_lazy("Empty: until somebody ends it."),
    )  # fmt: skip


for _kind in (Assign(), Share()):
    register_step(_kind)
