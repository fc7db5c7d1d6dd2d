"""Addresses of signing in and joining."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.accounts import passwords, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/new-password", passwords.renew_password, name="sign_in_new_password"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("demo/sign-in", views.demo_sign_in, name="demo_sign_in"),
    path("choose-organization", views.choose_organization, name="choose_organization"),
    path("forgot-password", passwords.forgot_password, name="forgot_password"),
    path("reset-password/<uuid:account_id>/<str:token>", passwords.reset_password, name="reset_password"),
    path("join/<str:secret>", passwords.join, name="join"),
]
