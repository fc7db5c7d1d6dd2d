"""The words in which flows and approvals are written down."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mode(models.TextChoices):
    """How the approvers of a step decide together."""

    ALL = "all", _("All have to agree")
    ONE = "one", _("The first to decide decides for all")
    TURN = "turn", _("One after the other, all have to agree")
    RATIO = "ratio", _("A share of them has to agree")


class ApproverKind(models.TextChoices):
    """How the approvers of a step are found."""

    PEOPLE = "people", _("Certain people")
    ROLE = "role", _("Everybody with a role")
    SUPERIOR = "superior", _("The superior at a distance")
    CHAIN = "chain", _("All superiors up to a distance")
    HEAD = "head", _("The head of the department")
    FIELD = "field", _("The person in a field of the record")
    CHOSEN = "chosen", _("Whoever starts the approval chooses")


class WhenEmpty(models.TextChoices):
    """What happens with a step that nobody can decide."""

    ADMINISTRATORS = "administrators", _("Administrators decide")
    SKIP = "skip", _("The step is skipped")


class WhenStarter(models.TextChoices):
    """What happens when an approver is who started the approval."""

    SUPERIOR = "superior", _("The others decide; if there are none, the superior")
    SKIP = "skip", _("The others decide; if there are none, the step is skipped")
    DECIDES = "decides", _("Nothing: they decide about their own")


class WhenLate(models.TextChoices):
    """What happens when the time for a step is over."""

    REMIND = "remind", _("Remind once more")
    ESCALATE = "escalate", _("The superior decides instead")
    AGREE = "agree", _("It counts as agreed")
    REFUSE = "refuse", _("It counts as refused")


class CommentRule(models.TextChoices):
    """When a decision needs a comment."""

    NEVER = "never", _("Never")
    REFUSING = "refusing", _("When refusing or returning")
    ALWAYS = "always", pgettext_lazy("comment", "Always")


class Taken(models.TextChoices):
    """When a step is taken."""

    ALWAYS = "always", pgettext_lazy("step", "Always")
    IF = "if", _("Only if a condition holds")
    OTHERWISE = "otherwise", _("Only if the step before it is not taken")


class Starters(models.TextChoices):
    """Who may start an approval by hand."""

    EDITORS = "editors", _("Whoever may change the record")
    VIEWERS = "viewers", _("Whoever sees the record")
    ROLES = "roles", _("People with certain roles who see the record")
    NOBODY = "nobody", _("Nobody: it starts by itself or by an automation")


class Afterwards(models.TextChoices):
    """What holds for the locked fields once an approval was agreed to."""

    FREE = "free", _("They may be changed again")
    LOCKED = "locked", _("They stay locked")
    ANEW = "anew", _("They may be changed, and a change needs approval again")


class Withdrawing(models.TextChoices):
    """How long who started an approval may withdraw it."""

    ALWAYS = "always", _("As long as it runs")
    UNDECIDED = "undecided", _("Until somebody has decided")
    NEVER = "never", pgettext_lazy("withdraw", "Never")


class ApprovalState(models.TextChoices):
    """What became of an approval."""

    RUNNING = "running", pgettext_lazy("approval", "Under way")
    RETURNED = "returned", pgettext_lazy("approval", "Returned")
    AGREED = "agreed", pgettext_lazy("approval", "Agreed")
    REFUSED = "refused", pgettext_lazy("approval", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("approval", "Withdrawn")
    LAPSED = "lapsed", pgettext_lazy("approval", "No longer valid")


OPEN_STATES = (ApprovalState.RUNNING, ApprovalState.RETURNED)


class StepState(models.TextChoices):
    """What became of a step."""

    OPEN = "open", pgettext_lazy("step", "Waiting for a decision")
    AGREED = "agreed", pgettext_lazy("step", "Agreed")
    REFUSED = "refused", pgettext_lazy("step", "Refused")
    SKIPPED = "skipped", pgettext_lazy("step", "Skipped")
    RETURNED = "returned", pgettext_lazy("step", "Returned")
    ENDED = "ended", pgettext_lazy("step", "Not needed any more")


class SeatState(models.TextChoices):
    """What became of the part that one person has in a step."""

    WAITING = "waiting", pgettext_lazy("approver", "Has a later turn")
    OPEN = "open", pgettext_lazy("approver", "Has to decide")
    AGREED = "agreed", pgettext_lazy("approver", "Agreed")
    REFUSED = "refused", pgettext_lazy("approver", "Refused")
    HANDED_ON = "handed_on", pgettext_lazy("approver", "Handed on")
    ENDED = "ended", pgettext_lazy("approver", "Not needed any more")


class ActKind(models.TextChoices):
    """What somebody did with an approval."""

    START = "start", pgettext_lazy("act", "Started")
    AGREE = "agree", pgettext_lazy("act", "Agreed")
    REFUSE = "refuse", pgettext_lazy("act", "Refused")
    RETURN = "return", pgettext_lazy("act", "Returned")
    HAND_ON = "hand_on", pgettext_lazy("act", "Handed on")
    ADD_BEFORE = "add_before", pgettext_lazy("act", "Added an approver before")
    ADD_AFTER = "add_after", pgettext_lazy("act", "Added an approver after")
    WITHDRAW = "withdraw", pgettext_lazy("act", "Withdrew")
    COMMENT = "comment", pgettext_lazy("act", "Commented")
    REMIND = "remind", pgettext_lazy("act", "Reminded")
    RESUBMIT = "resubmit", pgettext_lazy("act", "Submitted again")
    COPY = "copy", pgettext_lazy("act", "Sent a copy")
    SKIP = "skip", pgettext_lazy("act", "Skipped")
    ESCALATE = "escalate", pgettext_lazy("act", "Passed on: the time was over")
    RELEASE = "release", pgettext_lazy("act", "Unlocked")
    LAPSE = "lapse", pgettext_lazy("act", "Lapsed: the record was changed")
    REPLACE = "replace", pgettext_lazy("act", "Replaced an approver who left")
    PUT_BACK = "put_back", pgettext_lazy("act", "Put an approver back")
