"""What people type to set up a provider of single sign-on, one form for each kind."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from cryptography import x509
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.signing_keys import has_key
from banyan.core.access.single_sign_on import ProviderDraft
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind, SecondFactor
from banyan.core.identity.providers.reaching import require_encryption
from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.kernel.ids import parse_id
from banyan.core.web.settings.people import role_choices

EMPTY_ROWS = 3
MOST_GROUPS = 60


def text_field(label: Any, *, required: bool = True, help_text: Any = "", **attributes: Any) -> forms.CharField:
    """Return an input of one line."""
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=label, max_length=500, required=required, help_text=help_text, widget=widget)


def secret_field(label: Any) -> forms.CharField:
    """Return the input of a secret, which is never shown again; empty leaves the one that is stored."""
    return forms.CharField(
        label=label,
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Stored encrypted and never shown again. Leave it empty to keep the one that is stored."
        ),
    )


class ProviderForm(forms.Form):
    """What every kind of provider has: name, domains, roles."""

    kind: ClassVar[str]
    title: ClassVar[Any]
    #: Fields that become ``settings`` as they are.
    own: ClassVar[tuple[str, ...]]

    name = text_field(gettext_lazy("Name"), help_text=gettext_lazy("As people see it when they are sent there."))
    is_on = forms.BooleanField(label=gettext_lazy("On"), required=False)
    domains = text_field(
        gettext_lazy("E-mail domains"), placeholder="example.com, example.cn",
        help_text=gettext_lazy("Of your company. People with such an address are sent to this provider; it speaks for nobody else."),
    )  # fmt: skip
    creates_people = forms.BooleanField(
        label=gettext_lazy("Create people at their first sign-in"), required=False, initial=True
    )
    sets_roles = forms.BooleanField(
        label=gettext_lazy("Set roles from groups at every sign-in"), required=False,
        help_text=gettext_lazy("Otherwise only at the first one."),
    )  # fmt: skip
    default_roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles without a group"), required=False, widget=forms.SelectMultiple(attrs={"wide": True}),
        help_text=gettext_lazy("For people in none of the groups below. Empty keeps them out."),
    )  # fmt: skip

    def __init__(self, *args: Any, provider: IdentityProvider | None, **options: Any) -> None:
        self.provider = provider
        super().__init__(*args, **{"initial": self._initial(provider), **options})
        roles = role_choices()
        self.fields["default_roles"].choices = roles  # type: ignore[attr-defined]  # a choice field
        mapped = list(provider.group_roles.items()) if provider else []
        self.rows = min(len(mapped) + EMPTY_ROWS, MOST_GROUPS)
        for number in range(self.rows):
            group, ids = mapped[number] if number < len(mapped) else ("", [])
            self.fields[f"group_{number}"] = forms.CharField(
                label=_("Group %(number)d") % {"number": number + 1}, max_length=255, required=False, initial=group
            )
            self.fields[f"group_role_{number}"] = forms.ChoiceField(
                label=_("Role"), required=False, initial=ids[0] if ids else "", choices=[("", "–"), *roles]
            )

    def sections(self) -> list[tuple[Any, list[str]]]:
        """Return headings with the names of their fields."""
        pairs = [name for number in range(self.rows) for name in (f"group_{number}", f"group_role_{number}")]
        first = ["name", "is_on", "domains"]
        shared = {*first, *pairs, "creates_people", "sets_roles", "default_roles"}
        own = [name for name in self.fields if name not in shared]
        return [
            ("", first),
            (self.title, own),
            (_("People and roles"), ["creates_people", "sets_roles", "default_roles"]),
            (_("Groups of the provider"), pairs),
        ]

    def draft(self) -> ProviderDraft:
        """Return what the form says."""
        data = self.cleaned_data
        groups: dict[str, list[str]] = {}
        for number in range(self.rows):
            group, role = data[f"group_{number}"].strip(), data[f"group_role_{number}"]
            if group and role:
                groups.setdefault(group, []).append(role)
        default = [one for one in map(parse_id, data["default_roles"]) if one is not None]
        return ProviderDraft(
            name=data["name"],
            kind=self.kind,
            is_on=data["is_on"],
            settings=self.own_settings(),
            domains=re.split(r"[\s,;，；、]+", data["domains"]),
            group_roles=groups,
            default_role_ids=default,
            creates_people=data["creates_people"],
            sets_roles=data["sets_roles"],
            secret=data.get("secret", ""),
        )

    def own_settings(self) -> dict[str, Any]:
        """Return what belongs to this kind alone."""
        return {name: self.cleaned_data[name] for name in self.own}

    def _initial(self, provider: IdentityProvider | None) -> dict[str, Any]:
        if provider is None:
            return {}
        return {
            **{name: provider.settings.get(name, "") for name in self.own},
            "name": provider.name,
            "is_on": provider.is_on,
            "domains": ", ".join(provider.domains),
            "creates_people": provider.creates_people,
            "sets_roles": provider.sets_roles,
            "default_roles": [str(one) for one in provider.default_role_ids],
        }


class StrengthForm(ProviderForm):
    """What providers are asked and believed about how strongly they check people."""

    strength: ClassVar[tuple[str, ...]] = (
        "second_factor", "factor_statements", "required_levels", "max_age_minutes", "needs_time",
    )  # fmt: skip

    second_factor = forms.ChoiceField(
        label=gettext_lazy("Second factor, where a role demands one"), required=False, choices=SecondFactor.choices,
        help_text=gettext_lazy("Whoever has no factor here yet sets one up at the next sign-in."),
    )  # fmt: skip
    factor_statements = text_field(
        gettext_lazy("What states a second factor"), required=False, placeholder="mfa",
        help_text=gettext_lazy("Values that the provider sends (acr or amr, in SAML the class of the context), apart by spaces."),
    )  # fmt: skip
    required_levels = text_field(
        gettext_lazy("Demanded level"), required=False,
        help_text=gettext_lazy("One of these values has to be stated, or nobody gets in. Empty demands nothing."),
    )  # fmt: skip
    max_age_minutes = forms.IntegerField(
        label=gettext_lazy("Signed in there at most so many minutes ago"), required=False, min_value=1, max_value=43_200,
        help_text=gettext_lazy("Empty accepts a session at the provider however old it is."),
    )  # fmt: skip
    needs_time = forms.BooleanField(
        label=gettext_lazy("A fresh proof needs the time at which it was given"), required=False,
        help_text=gettext_lazy("Critical actions send people to the provider again. Switch it off only when the provider cannot tell the time (auth_time)."),
    )  # fmt: skip

    def sections(self) -> list[tuple[Any, list[str]]]:
        """Return headings with the names of their fields; those about strength stand together."""
        found = [(title, [name for name in names if name not in self.strength]) for title, names in super().sections()]
        return [*found[:2], (_("How strongly people are checked"), list(self.strength)), *found[2:]]

    def clean_second_factor(self) -> str:
        """Keep what held before where nothing is chosen."""
        return str(self.cleaned_data["second_factor"] or SecondFactor.PROVIDER)

    def own_settings(self) -> dict[str, Any]:
        """Return what belongs to the kind, and the demands."""
        return {**super().own_settings(), **{name: self.cleaned_data[name] for name in self.strength}}

    def _initial(self, provider: IdentityProvider | None) -> dict[str, Any]:
        if provider is None:
            return {"second_factor": SecondFactor.HERE, "needs_time": True}
        kept = {name: provider.settings.get(name) for name in self.strength}
        return {**super()._initial(provider), **kept, "second_factor": kept["second_factor"] or SecondFactor.PROVIDER}


class OidcForm(StrengthForm):
    """OpenID Connect: Microsoft Entra ID, Keycloak, Okta, Authing, Google and many others."""

    kind = ProviderKind.OIDC
    title = gettext_lazy("OpenID Connect")
    own = ("issuer", "client_id", "scopes", "email_claim", "name_claim", "groups_claim", "signs_out")

    issuer = text_field(
        gettext_lazy("Issuer"), placeholder="https://login.example.com/realms/company",
        help_text=gettext_lazy("Exactly as the provider writes it; everything else is read from there."),
    )  # fmt: skip
    client_id = text_field(gettext_lazy("Client ID"))
    secret = secret_field(gettext_lazy("Client secret"))
    scopes = text_field(gettext_lazy("Scopes"), required=False, placeholder="openid email profile")
    email_claim = text_field(gettext_lazy("Claim with the e-mail address"), required=False, placeholder="email")
    name_claim = text_field(gettext_lazy("Claim with the name"), required=False, placeholder="name")
    groups_claim = text_field(gettext_lazy("Claim with the groups"), required=False, placeholder="groups")

    signs_out = forms.BooleanField(
        label=gettext_lazy("Whoever signs out here signs out at the provider as well"), required=False,
        help_text=gettext_lazy("The provider has to know the address after signing out, which is named on this page."),
    )  # fmt: skip

    def clean_scopes(self) -> str:
        """Let ``openid`` always be among the scopes, without which there is no proof of who somebody is."""
        scopes = self.cleaned_data["scopes"].split()
        return " ".join(dict.fromkeys(["openid", *scopes])) if scopes else ""


class SamlForm(StrengthForm):
    """SAML 2.0: Active Directory Federation Services, Shibboleth, and many others."""

    kind = ProviderKind.SAML
    title = gettext_lazy("SAML 2.0")
    own = (
        "issuer", "sign_in_url", "sign_out_url", "sign_out_answer_url", "needs_encryption", "email_attribute",
        "name_attribute", "groups_attribute",
    )  # fmt: skip

    metadata = forms.CharField(
        label=gettext_lazy("Metadata of the provider"), required=False, max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 4, "wide": True}),
        help_text=gettext_lazy("Paste the XML file, and the addresses and certificates below are filled in by themselves."),
    )  # fmt: skip
    issuer = text_field(gettext_lazy("Entity ID of the provider"), required=False)
    sign_in_url = text_field(gettext_lazy("Sign-in address (HTTP redirect)"), required=False)
    sign_out_url = text_field(
        gettext_lazy("Sign-out address (HTTP redirect)"), required=False,
        help_text=gettext_lazy("Whoever signs out here signs out at the provider as well, and the other way round. It needs a key pair of your own."),
    )  # fmt: skip
    sign_out_answer_url = text_field(
        gettext_lazy("Address for answers to its sign-outs"), required=False,
        help_text=gettext_lazy("Only when it is another one than the sign-out address."),
    )  # fmt: skip
    needs_encryption = forms.BooleanField(
        label=gettext_lazy("Assertions have to be encrypted"), required=False,
        help_text=gettext_lazy("Refuses answers that are only signed. It needs a key pair of your own, which the provider knows from our metadata."),
    )  # fmt: skip
    certificate = forms.CharField(
        label=gettext_lazy("Certificates"), required=False, max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 4, "wide": True}),
        help_text=gettext_lazy("With which the provider signs, in PEM form; a second one while it changes."),
    )  # fmt: skip
    email_attribute = text_field(gettext_lazy("Attribute with the e-mail address"), required=False, placeholder="email")
    name_attribute = text_field(gettext_lazy("Attribute with the name"), required=False, placeholder="name")
    groups_attribute = text_field(gettext_lazy("Attribute with the groups"), required=False, placeholder="groups")

    def clean(self) -> dict[str, Any]:
        """Read the metadata, or else what was typed; without certificate nothing could be verified."""
        from banyan.core.identity.providers.saml import clean_certificate, read_metadata  # noqa: PLC0415 loads a library that most requests never need

        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            if data.get("metadata"):
                data.update(read_metadata(data["metadata"]))
            else:
                parts = re.findall(
                    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", data.get("certificate", ""), re.DOTALL
                )
                data["certificates"] = [clean_certificate(part) for part in parts]
        except ProviderFailed as problem:
            self.add_error("metadata" if data.get("metadata") else "certificate", str(problem.message))
            return data
        for name in ("issuer", "sign_in_url"):
            if not data.get(name):
                self.add_error(name, _("This is needed, or the metadata that has it."))
        if not data["certificates"]:
            self.add_error("certificate", _("This is needed, or the metadata that has it."))
        for name in ("sign_in_url", "sign_out_url", "sign_out_answer_url"):
            if data.get(name) and not data[name].startswith(("https://", "http://127.0.0.1", "http://localhost")):
                self.add_error(name, _("The address of the provider has to begin with https://."))
        if data.get("needs_encryption") and not has_key():
            message = _(
                "Make a key pair of your own first, on the page of single sign-on: the provider encrypts for it."
            )
            self.add_error("needs_encryption", message)
        return data

    def own_settings(self) -> dict[str, Any]:
        """Return what belongs to SAML, the certificates included."""
        return {**super().own_settings(), "certificates": self.cleaned_data["certificates"]}

    def _initial(self, provider: IdentityProvider | None) -> dict[str, Any]:
        found = super()._initial(provider)
        return {**found, "certificate": "".join(provider.settings.get("certificates", []))} if provider else found


class LdapForm(ProviderForm):
    """LDAP and Active Directory: people type the password of the directory on our sign-in page."""

    kind = ProviderKind.LDAP
    title = gettext_lazy("LDAP / Active Directory")
    own = (
        "url", "starts_tls", "ca_certificate", "bind_dn", "base_dn", "person_filter", "group_base_dn", "email_attribute",
        "name_attribute",
    )  # fmt: skip

    url = text_field(gettext_lazy("Address"), placeholder="ldaps://directory.example.com")
    starts_tls = forms.BooleanField(label=gettext_lazy("STARTTLS (for ldap:// addresses)"), required=False)
    ca_certificate = forms.CharField(
        label=gettext_lazy("Certificate of your own authority"), required=False, max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 3, "wide": True}),
        help_text=gettext_lazy("In PEM form; only when the directory's certificate is not from a public one."),
    )  # fmt: skip
    bind_dn = text_field(
        gettext_lazy("Account that reads"), required=False, placeholder="cn=reader,dc=example,dc=com",
        help_text=gettext_lazy("It needs the right to search people and nothing more."),
    )  # fmt: skip
    secret = secret_field(gettext_lazy("Password of this account"))
    base_dn = text_field(gettext_lazy("Where people are"), placeholder="ou=people,dc=example,dc=com")
    person_filter = text_field(
        gettext_lazy("Filter for people"), required=False, placeholder="(|(mail={login})(userPrincipalName={login}))",
        help_text=gettext_lazy("{login} stands for what was typed as e-mail address."),
    )  # fmt: skip
    group_base_dn = text_field(
        gettext_lazy("Where groups are"), required=False,
        help_text=gettext_lazy("Only when people have no memberOf of their own."),
    )  # fmt: skip
    email_attribute = text_field(gettext_lazy("Attribute with the e-mail address"), required=False, placeholder="mail")
    name_attribute = text_field(gettext_lazy("Attribute with the name"), required=False, placeholder="displayName")

    def clean_ca_certificate(self) -> str:
        """Refuse what is no certificate: with it, no connection would come about."""
        text: str = self.cleaned_data["ca_certificate"].strip()
        try:
            if text:
                x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise forms.ValidationError(_("This is no certificate in PEM form.")) from None
        return text

    def clean_person_filter(self) -> str:
        """Refuse a filter that would find somebody without regard to who signs in."""
        pattern: str = self.cleaned_data["person_filter"]
        if pattern and "{login}" not in pattern:
            raise forms.ValidationError(_("The filter has to hold {login}."))
        return pattern

    def clean(self) -> dict[str, Any]:
        """Refuse an address that would send passwords in clear."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            require_encryption(data.get("url", ""), starts_tls=data.get("starts_tls", False))
        except ProviderFailed as problem:
            self.add_error("url", str(problem.message))
        return data


FORMS: dict[str, type[ProviderForm]] = {
    ProviderKind.OIDC: OidcForm,
    ProviderKind.SAML: SamlForm,
    ProviderKind.LDAP: LdapForm,
}
