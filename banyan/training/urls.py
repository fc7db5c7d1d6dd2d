"""Addresses of the training."""

from __future__ import annotations

from django.urls import path

from banyan.training import views

LESSON = "training/<slug:course>/<slug:lesson>"

urlpatterns = [
    path("training", views.courses, name="training"),
    path("training/people", views.people, name="training-people"),
    path("training/people/<uuid:user_id>/<slug:course>/reset", views.reset_person, name="training-person-reset"),
    path(
        "training/people/<uuid:user_id>/<slug:course>/certificate",
        views.certificate_of,
        name="training-person-certificate",
    ),
    path("training/leave", views.leave, name="training-leave"),
    path("training/close", views.close, name="training-close"),
    path("training/<slug:course>", views.course_page, name="training-course"),
    path("training/<slug:course>/reset", views.reset, name="training-reset"),
    path("training/<slug:course>/certificate", views.certificate, name="training-certificate"),
    path("training/<slug:course>/files/<slug:name>", views.practice_file, name="training-file"),
    path(LESSON, views.lesson_page, name="training-lesson"),
    path(f"{LESSON}/practise", views.practise_lesson, name="training-practise"),
    path(f"{LESSON}/check", views.check, name="training-check"),
    path(f"{LESSON}/read", views.mark_read, name="training-read"),
]
