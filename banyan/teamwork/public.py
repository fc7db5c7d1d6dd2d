"""The front door of the teamwork app for apps above it."""

from banyan.teamwork.models import Comment, Notification, Task
from banyan.teamwork.notices import Notice, mark_read, notify, notify_many, unread_count
from banyan.teamwork.services import comment, complete_task, mentioned, visible_tasks

__all__ = [
    "Comment",
    "Notice",
    "Notification",
    "Task",
    "comment",
    "complete_task",
    "mark_read",
    "mentioned",
    "notify",
    "notify_many",
    "unread_count",
    "visible_tasks",
]
