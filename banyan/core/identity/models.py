"""People: the account that signs in, and the user that an account is within an organization."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import Organization, OrganizationOwned


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account of an e-mail address."""
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """What signs in: an e-mail address and its credentials, for one or several organizations.

    Accounts belong to the installation: they are read before the organization is known.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    organization_ids: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    objects = AccountManager()

    class Meta:
        ordering: ClassVar = ["email"]

    def __str__(self) -> str:
        return self.email


class TreeNode(OrganizationOwned):
    """Base of what forms a tree; ``path`` holds the ids from the top down to the node itself."""

    name = models.CharField(_("Name"), max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    path: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(models.UUIDField(), default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "parent", "name"], nulls_distinct=False, name="%(class)s_name_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Department(TreeNode):
    """A department."""


class Role(OrganizationOwned):
    """A bundle of rights.

    ``grants`` maps object names (or ``*``) to actions to scopes, ``field_grants`` maps
    ``object.field`` to hidden, masked, read_only or editable, ``abilities`` names rights that
    belong to no object, such as managing people.
    """

    key = models.CharField(max_length=40)
    name = models.CharField(_("Name"), max_length=120)
    grants: models.JSONField[Any, Any] = models.JSONField(default=dict)
    field_grants: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    abilities: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    needs_second_factor = models.BooleanField(default=False)
    #: Networks in CIDR form from which people with the role may work; everywhere when empty.
    networks: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    #: How many rows people with the role may take in one export; zero is no limit of its own.
    most_export_rows = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="role_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class User(OrganizationOwned):
    """A person within an organization: who owns records, gets tasks and is mentioned."""

    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=120)
    email = models.EmailField(_("E-mail"), max_length=254)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    title = models.CharField(_("Post"), max_length=120, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    roles: models.ManyToManyField[Role, UserRole] = models.ManyToManyField(Role, through="UserRole", related_name="+")
    language = models.CharField(_("Language"), max_length=10, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    theme = models.CharField(_("Appearance"), max_length=10, default="auto")
    preferences: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "email"], name="user_email_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "department"], name="user_department"),
            models.Index(fields=["organization", "account"], name="user_account"),
        ]

    def __str__(self) -> str:
        return self.name


class UserRole(OrganizationOwned):
    """A role that a user has."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "role"], name="user_role_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role_id}"


class Invitation(OrganizationOwned):
    """A link by which a colleague joins; only the hash of its secret is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "secret_hash"], name="invitation_secret")]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at:%Y-%m-%d}"


class ApiToken(OrganizationOwned):
    """A bearer token of a user; only the hash of its secret is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=120)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "secret_hash"], name="api_token_secret")]

    def __str__(self) -> str:
        return self.name


class Session(AbstractBaseSession):
    """A signed-in browser; it belongs to the installation because it is read before the organization is known."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="+")
    user_agent = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    signed_in_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    #: The limits of the organization's policy; ``expire_date`` follows from them and from the last activity.
    idle_minutes = models.PositiveIntegerField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    #: How it was begun: with a password, a passkey, or the id of an identity provider.
    method = models.CharField(max_length=80, blank=True)
    #: Hashes of the names that the provider has for the person and the session, by which it can end it.
    provider_subject_hash = models.CharField(max_length=64, blank=True)
    provider_session_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "session"
        verbose_name_plural = "sessions"
        indexes: ClassVar = [
            models.Index(fields=["account"], name="session_account"),
            models.Index(
                fields=["provider_subject_hash"],
                condition=~models.Q(provider_subject_hash=""),
                name="session_provider_subject",
            ),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        """Return the store that keeps sessions in this table."""
        from banyan.core.identity.sessions import SessionStore  # noqa: PLC0415 the store needs this model

        return SessionStore


class SignInAttempts(models.Model):
    """How often signing in failed lately for one account or network address; ``key`` is a hash of it."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return f"{self.failures} until {self.last_failed_at:%Y-%m-%d %H:%M}"


# Django looks for tables in this module only; these rooms name ours by text, so nothing goes in circles.
from banyan.core.identity.factors import models as _factors  # noqa: E402, F401
from banyan.core.identity.policy import models as _policy  # noqa: E402, F401
from banyan.core.identity.providers import models as _providers  # noqa: E402, F401
