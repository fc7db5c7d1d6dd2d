"""The front door of the teamwork app for apps above it."""

from banyan.teamwork.models import Comment, Notification, Task
from banyan.teamwork.notices import Notice, able_to_see, mark_read, notify, notify_many, tell_mentioned, unread_count
from banyan.teamwork.services import comment, complete_task, mentioned, visible_tasks

__all__ = [
    "Comment",
    "Notice",
    "Notification",
    "Task",
    "able_to_see",
    "comment",
    "complete_task",
    "mark_read",
    "mentioned",
    "notify",
    "notify_many",
    "tell_mentioned",
    "unread_count",
    "visible_tasks",
]
