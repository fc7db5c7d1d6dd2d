"""Addresses of the teamwork app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.teamwork.views import reacting, talk, tasks

urlpatterns = [
    path("tasks/quick", tasks.quick_add, name="task-quick"),
    path("tasks/about/<slug:plural>/<uuid:record_id>", tasks.about_part, name="tasks-about"),
    path("tasks/<uuid:task_id>/complete", tasks.complete, name="task-complete"),
    path("tasks/<uuid:task_id>/reopen", tasks.reopen, name="task-reopen"),
    path("tasks/<uuid:task_id>/state", tasks.state_part, name="task-state"),
    path("tasks/<uuid:task_id>/checklist", tasks.checklist, name="task-checklist"),
    path("tasks/<uuid:task_id>/share", tasks.share, name="task-share"),
    path("reactions/<slug:object_name>/<uuid:record_id>/<slug:emoji>", reacting.give, name="react"),
    path("follow/<slug:plural>/<uuid:record_id>", talk.follow_record, name="follow"),
    path("<slug:plural>/<uuid:record_id>/comment", talk.write_comment, name="comment"),
]
