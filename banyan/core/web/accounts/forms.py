"""What people type to sign in, to join and to choose a password."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 200


def password_field(label: object, *, autocomplete: str, **options: object) -> forms.CharField:
    """Return a password's input; ``autocomplete`` tells password managers whether it is a new one."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **options)  # type: ignore[arg-type]  # labels are lazy texts


class SignInForm(forms.Form):
    """E-mail address and password; a malformed address is simply nobody's."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "kind": "email"}),
    )
    password = password_field(_("Password"), autocomplete="current-password")


class ForgottenPasswordForm(forms.Form):
    """The address that the link is sent to."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A new password, typed once: the reader can show it, and a mistake is mended by another link."""

    password = password_field(_("New password"), autocomplete="new-password")


class JoinForm(forms.Form):
    """Name and password of somebody who was invited."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = password_field(_("Password"), autocomplete="new-password")
