"""What tasks and comments are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import People, Reference
from banyan.core.objects.spec import Board, Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of
from banyan.teamwork import preparation, rules
from banyan.teamwork.kinds import Checklist
from banyan.teamwork.models import Comment, Task

TASK = ObjectSpec(
    name="task",
    plural="tasks",
    model=Task,
    module="tasks",
    label=_("Task"),
    label_plural=_("Tasks"),
    icon="checkbox",
    description=_("What is to be done, by whom and until when."),
    number_pattern="TA-{number:05d}",
    subtitle=("due_on", "assignee"),
    sort="due_on",
    own_fields=("owner", "assignee"),
    open_filter={"field": "status", "op": "eq", "value": "open"},
    shared_field="shared_with",
    fields=(
        field_of(Task, "name", weight="A", aliases=("任务", "标题", "subject", "title")),
        field_of(Task, "assignee", default=lambda actor: actor.user_id, aliases=("执行人", "assigned to")),
        field_of(Task, "helpers", kind=People(), aliases=("协办人", "together with")),
        field_of(Task, "due_on", aliases=("截止日期", "到期", "due date", "deadline")),
        choice_of(Task, "status", colors={"open": "blue", "done": "green", "cancelled": "grey"}),
        choice_of(Task, "priority", colors={"high": "red", "normal": "grey", "low": "teal"}),
        field_of(Task, "customer", aliases=("客户", "company", "account")),
        field_of(Task, "about", kind=Reference()),
        field_of(Task, "parent", aliases=("上级任务", "part of")),
        field_of(Task, "waits_for", aliases=("前置任务", "depends on")),
        "repeat",
        "remind_at",
        field_of(Task, "checklist", kind=Checklist()),
        field_of(Task, "shared_with", kind=People()),
        field_of(Task, "notes", weight="D", aliases=("备注", "描述")),
        field_of(Task, "tags", weight="C"),
        "done_at",
    ),
    columns=("name", "status", "due_on", "assignee", "priority", "customer"),
    sections=(
        Section(_("Basics"), ("name", "assignee", "due_on", "priority", "status", "customer")),
        Section(
            _("More"),
            (
                "helpers",
                "parent",
                "waits_for",
                "checklist",
                "repeat",
                "remind_at",
                "shared_with",
                "tags",
                "notes",
                "owner",
            ),
        ),
    ),
    quick_fields=("name", "due_on", "assignee", "customer"),
    filters=("status", "assignee", "due_on", "priority", "tags"),
    views=(
        ViewPreset(
            "mine",
            _("My tasks"),
            {
                "all": [
                    {"any": rules.MINE},
                    {"field": "status", "op": "eq", "value": "open"},
                ]
            },
            sort="due_on",
        ),
        ViewPreset(
            "overdue",
            _("Overdue"),
            {
                "all": [
                    {"field": "due_on", "op": "lt", "value": "today"},
                    {"field": "status", "op": "eq", "value": "open"},
                ]
            },
            sort="due_on",
        ),
        ViewPreset(
            "given",
            _("Given to others"),
            {
                "all": [
                    {"field": "owner", "op": "eq", "value": "me"},
                    {"field": "assignee", "op": "ne", "value": "me"},
                ]
            },
        ),
    ),
    board=Board("status", card=("due_on", "assignee", "customer")),
    calendar=Calendar("due_on"),
    children=(
        Child("task", "parent", _("Sub-tasks"), columns=("status", "due_on", "assignee")),
        Child("task", "waits_for", _("Wait for this"), columns=("status", "due_on", "assignee"), cascade=False),
    ),
    prepare=preparation.prepare_tasks,
)

COMMENT = ObjectSpec(
    name="comment",
    plural="comments",
    model=Comment,
    module="tasks",
    label=_("Comment"),
    label_plural=_("Comments"),
    icon="message",
    title="text",
    number_pattern="CM-{number:06d}",
    sort="-created_at",
    fields=(
        field_of(Comment, "about", kind=Reference()),
        field_of(Comment, "text", weight="D"),
        field_of(Comment, "mentions", kind=People()),
    ),
    columns=("text", "owner", "created_at"),
    in_menu=False,
    has_page=False,
    timeline=False,
    importable=False,
)

OBJECTS = (TASK, COMMENT)
