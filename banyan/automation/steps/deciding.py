"""A step that asks for approval, and lets the run go on when that has ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.choices import RunState
from banyan.automation.models import Run
from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, Work, register_step
from banyan.automation.values import text_problem, written
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.approvals.live import LiveFlow, live_flows
from banyan.core.approvals.services import start_approval
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError

AGREED = "agreed"


def flows_of(context: StepContext) -> dict[str, LiveFlow]:
    """Return the approval flows that are in force for an object, by their keys."""
    return {flow.key: flow for flow in live_flows(context.setting.specs.get(context.spec.name, context.spec))}


class StartApproval(StepKind):
    """Ask for approval."""

    name = "approval"
    label = gettext_lazy("Ask for approval")
    help = gettext_lazy("By one of your approval flows; the run can wait for the decision.")
    icon = "checks"
    group = "people"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object has a flow in force."""
        return bool(flows_of(context))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which flow, and what follows."""
        return _ApprovalForm(data, initial=dict(config), context=context)

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return whether the flow is there."""
        found = [] if str(config.get("flow")) in flows_of(context) else [_("Choose an approval flow that is in force.")]
        problem = text_problem(context.setting, context.spec, str(config.get("reason") or ""))
        return [*found, *([problem] if problem else [])]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say by which flow, and what follows."""
        flow = flows_of(context).get(str(config.get("flow")))
        text = {
            "end": _("Ask for approval by “%(flow)s”, and go on if it is agreed"),
            "go_on": _("Ask for approval by “%(flow)s”, wait for the decision and go on"),
        }.get(str(config.get("then")), _("Ask for approval by “%(flow)s”"))
        return text % {"flow": flow.name if flow else "…"}

    def run(self, work: Work) -> Outcome:
        """Begin the approval; a run that waits goes on when it has ended."""
        flow = flows_of(StepContext(work.setting, work.rule, work.spec)).get(str(work.config.get("flow")))
        if flow is None:
            raise DomainError("no_flow", _("The approval flow is gone or switched off."))
        reason = written(work.moment, str(work.config.get("reason") or ""))
        approval = start_approval(work.actor, flow.id, work.spec, work.record.pk, reason=reason)
        text = _("Approval %(number)s was begun.") % {"number": approval.number}
        if not work.config.get("then"):
            return Outcome(text, {"approval": approval.number})
        awaited = {"id": str(approval.pk), "then": work.config["then"]}
        return Outcome(text, {"approval": approval.number}, waits=True, remember={"approval": awaited})


class _ApprovalForm(forms.Form):
    flow = forms.ChoiceField(label=gettext_lazy("Approval flow"))
    reason = forms.CharField(
        label=gettext_lazy("Why approval is asked for"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    then = forms.ChoiceField(
        label=gettext_lazy("And then"), required=False, initial="end",
        choices=[
            ("end", gettext_lazy("Wait; go on if it is agreed, else end")),
            ("go_on", gettext_lazy("Wait; go on whatever the decision")),
            ("", gettext_lazy("Go on at once")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["flow"]
        entry.choices = [(key, flow.name) for key, flow in flows_of(context).items()]


def go_on_after_approval(event: ApprovalEnded) -> list[Run]:
    """Let the runs go on that waited for an approval, or end those that wanted it agreed; return those that go on."""
    waiting = Run.objects.select_for_update().filter(
        record_id=event.record_id, state=RunState.WAITING, due_at=None, memory__approval__id=str(event.approval_id)
    )
    going = []
    for run in waiting:
        if event.outcome != AGREED and run.memory["approval"].get("then") == "end":
            run.state, run.ended_at, run.reason = RunState.STOPPED, now(), _("The approval was not given.")
        else:
            run.state, run.due_at = RunState.READY, now()
            going.append(run)
        run.save(update_fields=["state", "ended_at", "reason", "due_at"])
    return going


register_step(StartApproval())
