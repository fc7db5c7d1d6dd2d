"""Giving selected records to whom a rule says, and why somebody got a record, in its timeline."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.scopes import Action
from banyan.core.business_rules.assignment import assign_by_rule
from banyan.core.business_rules.assignment_rules import TAKERS
from banyan.core.business_rules.choices import Way
from banyan.core.business_rules.models import Assignment, AssignmentRule
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.storage import chunks
from banyan.core.web.answers import done
from banyan.core.web.business_rules.takers import why_text
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.plain_forms import form_answer
from banyan.core.web.selections import outcome_text, selected_records
from banyan.core.web.sharing import find_grantees
from banyan.core.web.views.base import object_page, signed_in

RECORDS_AT_ONCE = 1_000


class ChooseForm(forms.Form):
    """By which rule records are given away."""

    rule = forms.ChoiceField(label=gettext_lazy("Rule"), choices=())

    def __init__(self, *args: Any, rules: list[AssignmentRule], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["rule"]
        field.choices = [(str(rule.pk), rule.name) for rule in rules]
        field.initial = str(rules[0].pk)


@object_page("GET", "POST", action=Action.BULK)
def assign_selected(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for a rule, and give the selected records to whom it says."""
    chosen = selected_records(request, spec, Action.EDIT)
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many at once. Choose fewer records."))
    rules = list(AssignmentRule.objects.filter(object_name=spec.name, is_active=True))
    if not rules:
        raise Refused("no_rule", _("There is no assignment rule for these records. An administrator can make one."))
    is_sent = request.method == "POST" and "rule" in request.POST
    form = ChooseForm(request.POST if is_sent else None, rules=rules)
    rule_id = parse_id(form.cleaned_data["rule"]) if form.is_bound and form.is_valid() else None
    if rule_id is not None:
        batch_id, given = new_id(), 0
        rejected: dict[Any, Any] = {}
        for ids in chunks(chosen.ids, RECORDS_AT_ONCE):
            outcome = assign_by_rule(request.actor, rule_id, spec, ids, batch_id=batch_id)
            given += len(outcome.updated)
            rejected |= outcome.rejected
        text = ngettext("%(count)d record was given away.", "%(count)d records were given away.", given)
        text = outcome_text(text % {"count": given}, rejected, chosen.left_out)
        return done(
            request, text, next_url=f"/{spec.plural}", changed=(spec.plural,),
            undo_url=f"/undo/{batch_id}" if given else "", close_dialog=True, clear_selection=True,
        )  # fmt: skip
    title = ngettext("Assign %(count)d record by a rule", "Assign %(count)d records by a rule", chosen.count)
    return form_answer(
        request,
        form,
        title=title % {"count": chosen.count},
        hidden=chosen.hidden,
        submit_label=_("Assign"),
        cancel_url=f"/{spec.plural}",
        action=request.path,
    )


@signed_in("GET")
def pick_takers(request: SignedInRequest) -> HttpResponse:
    """Answer with who can be given records: people, departments, roles and posts."""
    items = find_grantees(request.actor, request.GET.get("q", "")[:100])
    return JsonResponse({"items": [item for item in items if item["value"].partition(":")[0] in TAKERS]})


#: What an entry of the timeline tells of an assignment.
TOLD = ("at", "rule_name", "entry_number", "way", "passed_over")


def load_assignments(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return by which rules a record was given to whom, and who was passed over, newest first."""
    rows = Assignment.objects.filter(record_id=question.record_id, object_name=question.spec.name)
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    found = list(rows.select_related("user").only(*TOLD, "user__name")[: question.limit + 1])
    people = {passed["user"] for row in found for passed in row.passed_over}
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "name")}
    return [TimelineEntry(row.at, row.pk, _entry(row, names)) for row in found]


def _entry(row: Assignment, names: dict[str, str]) -> dict[str, Any]:
    who = row.user.name if row.user else _("the queue")
    title = _("gave it to %(who)s") % {"who": who} if row.user else _("left it in the queue")
    parts = []
    if row.entry_number:
        parts.append(_("entry %(number)d") % {"number": row.entry_number})
        parts.append(str(Way(row.way).label) if row.way in Way.values else row.way)
    else:
        parts.append(_("no entry found anybody"))
    parts += [f"{names.get(passed['user'], '')}: {why_text(passed['why'])}" for passed in row.passed_over]
    return {
        "icon": "user-check",
        "color": "blue",
        "who": _("Rule “%(name)s”") % {"name": row.rule_name},
        "title": title,
        "text": " · ".join(parts),
    }
