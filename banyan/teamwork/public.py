"""The front door of the teamwork app for apps above it."""

from banyan.teamwork.models import Comment, Notification, Task
from banyan.teamwork.notices import mark_read, notify, unread_count
from banyan.teamwork.services import comment, complete_task, visible_tasks

__all__ = [
    "Comment",
    "Notification",
    "Task",
    "comment",
    "complete_task",
    "mark_read",
    "notify",
    "unread_count",
    "visible_tasks",
]
