"""Who vouches for people instead of a password, and who tells which people there are."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.tenancy.models import Organization, OrganizationOwned

USER, ROLE, DEPARTMENT = "identity.User", "identity.Role", "identity.Department"


class ProviderKind(models.TextChoices):
    """How a provider is asked."""

    OIDC = "oidc", _("OpenID Connect")
    SAML = "saml", _("SAML 2.0")
    LDAP = "ldap", _("LDAP / Active Directory")


class SecondFactor(models.TextChoices):
    """Where somebody who comes through a provider proves the second factor that a role demands."""

    HERE = "here", _("Here: whatever the provider says")
    STATED = "stated", _("At the provider, when it states so; else here")
    PROVIDER = "provider", _("At the provider: it is trusted without a statement")


class IdentityProvider(OrganizationOwned):
    """An organization's provider of single sign-on.

    ``settings`` are what its kind needs and may be shown; the secret (of the client, or of the
    directory's reader) is sealed and never shown again. ``group_roles`` maps the provider's groups to
    lists of role ids; ``default_role_ids`` are for people in none of them.
    """

    name = models.CharField(_("Name"), max_length=80)
    kind = models.CharField(max_length=10, choices=ProviderKind.choices)
    is_on = models.BooleanField(default=False)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict)
    sealed_secret = models.TextField(blank=True)
    domains: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=190), default=list, blank=True)
    group_roles: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    default_role_ids: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list, blank=True)
    creates_people = models.BooleanField(default=True)
    sets_roles = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="identity_provider_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def purpose(self) -> str:
        """Return what its sealed secret is bound to."""
        return f"identity provider {self.pk}"


class ProviderDomain(models.Model):
    """An e-mail domain whose people sign in through a provider.

    It is read before the organization is known, and each domain belongs to one organization only.
    """

    domain = models.CharField(primary_key=True, max_length=190)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    provider_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["domain"]
        indexes: ClassVar = [models.Index(fields=["organization", "provider_id"], name="provider_domain_provider")]

    def __str__(self) -> str:
        return self.domain


class ProviderVisit(OrganizationOwned):
    """Somebody who was sent to a provider and is to come back once, soon, and with the same browser."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+")
    state_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    sealed_verifier = models.TextField(blank=True)
    next_path = models.CharField(max_length=500, default="/")
    created_at = models.DateTimeField(auto_now_add=True)
    #: Who came back, until the browser that was sent fetches the session.
    user = models.ForeignKey(USER, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    #: How the provider calls the session that it began, by which it can be ended there.
    began: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    #: Whether the person was sent to prove themselves anew, which a session at the provider does not do.
    is_fresh = models.BooleanField(default=False)
    #: How strongly the provider has checked who came back, and when.
    strength: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "state_hash"], name="provider_visit_state_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.created_at:%Y-%m-%d %H:%M}"


class UsedAssertion(OrganizationOwned):
    """An assertion that signed somebody in: it never does so again."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+", db_index=False)
    assertion_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["expires_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "provider", "assertion_hash"], name="used_assertion_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} until {self.expires_at:%Y-%m-%d %H:%M}"


class SigningKey(OrganizationOwned):
    """A key pair of the organization for SAML: providers encrypt for it, and we sign with it.

    The private key is sealed. One key is in use; another one may stand beside it while providers learn of it.
    """

    sealed_private_key = models.TextField()
    certificate = models.TextField()
    is_used = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-is_used", "created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_used=True), name="signing_key_one_used"
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d}"

    @property
    def purpose(self) -> str:
        """Return what the sealed private key is bound to."""
        return f"signing key {self.pk}"


class ExternalIdentity(OrganizationOwned):
    """Which person of a provider is which user; it outlives a change of the e-mail address."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "provider", "subject"], name="external_identity_unique"),
        ]

    def __str__(self) -> str:
        return self.subject


class ProvisioningToken(OrganizationOwned):
    """What a directory shows when it tells by SCIM who works here; only the hash of its secret is stored."""

    name = models.CharField(_("Name"), max_length=120)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "secret_hash"], name="provisioning_token_secret")]

    def __str__(self) -> str:
        return self.name


class ProvisionedPerson(OrganizationOwned):
    """A user that a directory manages, under the id that the directory has for them."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "user"], name="provisioned_unique")]
        indexes: ClassVar = [models.Index(fields=["organization", "external_id"], name="provisioned_external")]

    def __str__(self) -> str:
        return self.external_id


class ProvisionedGroup(OrganizationOwned):
    """A group of a directory: its members have the role, or belong to the department, that it stands for."""

    name = models.CharField(_("Name"), max_length=190)
    external_id = models.CharField(max_length=255, blank=True)
    role = models.ForeignKey(ROLE, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    department = models.ForeignKey(DEPARTMENT, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    members: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        USER, through="ProvisionedMember", related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="provisioned_group_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class ProvisionedMember(OrganizationOwned):
    """A person in a directory's group."""

    group = models.ForeignKey(ProvisionedGroup, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "group", "user"], name="provisioned_member_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.user_id}"
