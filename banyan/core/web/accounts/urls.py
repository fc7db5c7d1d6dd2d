"""Addresses of signing in and joining."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.accounts import passwords, second_factor, single_logout, single_sign_on, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/new-password", passwords.renew_password, name="sign_in_new_password"),
    path("sign-in/factor", second_factor.factor, name="sign_in_factor"),
    path("sign-in/enrol", second_factor.enrol, name="sign_in_enrol"),
    path("sign-in/enrol/options", second_factor.enrol_passkey_options, name="sign_in_enrol_options"),
    path("sign-in/enrol/passkey", second_factor.enrol_passkey, name="sign_in_enrol_passkey"),
    path("sign-in/go-on", second_factor.go_on, name="sign_in_go_on"),
    path("sign-in/passkey", second_factor.passkey, name="sign_in_passkey"),
    path("sign-in/passkey/options", second_factor.passkey_options, name="sign_in_passkey_options"),
    path("sso/callback", single_sign_on.callback, name="sso_callback"),
    path("sso/finish/<str:state>", single_sign_on.finish, name="sso_finish"),
    path("sso/saml/<uuid:organization_id>/<uuid:provider_id>", single_sign_on.answer, name="sso_saml"),
    path("sso/saml/<uuid:organization_id>/<uuid:provider_id>/metadata", single_sign_on.metadata, name="sso_metadata"),
    path("sso/saml/<uuid:organization_id>/<uuid:provider_id>/logout", single_logout.sign_out, name="sso_logout"),
    path(
        "sso/oidc/<uuid:organization_id>/<uuid:provider_id>/logout", single_logout.end_by_openid, name="sso_backchannel"
    ),
    path("sso/signed-out", single_logout.signed_out, name="sso_signed_out"),
    path("sso/<uuid:organization_id>/<uuid:provider_id>", single_sign_on.begin, name="sso"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("demo/sign-in", views.demo_sign_in, name="demo_sign_in"),
    path("choose-organization", views.choose_organization, name="choose_organization"),
    path("forgot-password", passwords.forgot_password, name="forgot_password"),
    path("reset-password/<uuid:account_id>/<str:token>", passwords.reset_password, name="reset_password"),
    path("join/<str:secret>", passwords.join, name="join"),
]
