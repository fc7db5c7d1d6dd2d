"""The base of every business object, and what an organization adds to the objects it uses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Record(OrganizationOwned):
    """Base of every business object: who owns it, when it changed, its number and its own fields.

    ``search`` holds the words by which the record is found; ``custom`` the values of custom fields;
    ``deleted_at`` puts the record into the recycle bin together with its ``deleted_batch``.

    The links to people have no index of their own: each is asked for within an organization, people are
    never deleted, and every index makes every write dearer.
    """

    number = models.CharField(_("Number"), max_length=40, editable=False)
    owner = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("Owner"),
    )
    custom: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    search = SearchVectorField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("Created"), default=now, editable=False)
    created_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("Created by"),
    )
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    updated_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("Changed by"),
    )
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    deleted_batch = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True


def record_indexes(prefix: str, *besides: str) -> list[models.Index]:
    """Return the indexes that every business object needs; ``prefix`` keeps their names apart.

    Each begins with the organization, and with the columns ``besides`` by which a table tells its objects apart;
    the sorted ones hold only records outside the recycle bin.
    """
    live = models.Q(deleted_at__isnull=True)
    first = ["organization", *besides]
    return [
        models.Index(fields=[*first, "-updated_at", "-id"], name=f"{prefix}_updated", condition=live),
        models.Index(fields=[*first, "-created_at", "-id"], name=f"{prefix}_created", condition=live),
        models.Index(fields=[*first, "owner", "-updated_at", "-id"], name=f"{prefix}_owner", condition=live),
        models.Index(fields=[*first, "number"], name=f"{prefix}_number"),
        models.Index(fields=[*first, "deleted_at"], name=f"{prefix}_bin", condition=models.Q(deleted_at__isnull=False)),
        GinIndex(fields=[*first, "search"], name=f"{prefix}_search"),
    ]


class Computed(models.TextChoices):
    """How the system itself finds the values of a field."""

    FORMULA = "formula", _("Formula")
    ROLLUP = "rollup", _("Roll-up")
    NUMBER = "number", _("Automatic number")


class CustomField(OrganizationOwned):
    """A field that an organization added to an object; its values lie in the record's ``custom`` column.

    An indexed field has an expression index of its own (see ``field_indexes``), so that lists are
    filtered and sorted by it as quickly as by a built-in one.

    ``kind`` is that of the values, also of those that are ``computed`` as the ``definition`` says (see
    ``definitions``). ``default`` is ``{"value": ...}`` or ``{"formula": ...}``. A field that was removed keeps its
    values until ``removed_at`` is long past.
    """

    object_name = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    help_texts: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    required = models.BooleanField(_("Required"), default=False)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("Active"), default=True)
    is_indexed = models.BooleanField(_("Indexed"), default=False)
    computed = models.CharField(max_length=10, choices=Computed.choices, blank=True, default="")
    definition: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    is_unique = models.BooleanField(_("Unique"), default=False)
    default: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["object_name", "position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "name"], name="custom_field_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.name}"

    @property
    def kept_by(self) -> str:
        """Return the name of what keeps the field and its values, such as the record types; empty for all others."""
        return str((self.settings or {}).get("kept_by", ""))


class Wording(OrganizationOwned):
    """What an organization calls a built-in object or field: 学员 where the product says 客户. Empty words are the product's."""

    object_name = models.CharField(max_length=60)
    field_name = models.CharField(max_length=60, blank=True)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    labels_plural: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["object_name", "field_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "field_name"], name="wording_unique")
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.field_name}".rstrip(".")


class CustomObject(OrganizationOwned):
    """An object that an organization has made; its records are rows of ``CustomRecord``.

    ``labels`` and ``labels_plural`` map ``zh`` and ``en`` to words, as does ``title_labels``, what a record's name is
    called. ``main_object`` is the object that each record belongs to, by a link called ``main_name``; with
    ``follows_main`` who sees that record sees this one. ``shape`` holds what lists, boards and calendars show.
    """

    name = models.CharField(max_length=40)
    plural = models.CharField(max_length=60)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    labels_plural: models.JSONField[Any, Any] = models.JSONField(default=dict)
    title_labels: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    descriptions: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    icon = models.CharField(max_length=40, default="package")
    number_pattern = models.CharField(max_length=40)
    main_object = models.CharField(max_length=40, blank=True)
    main_name = models.CharField(max_length=60, blank=True)
    main_labels: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    main_required = models.BooleanField(default=False)
    follows_main = models.BooleanField(default=False)
    shape: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    in_menu = models.BooleanField(_("In the menu"), default=True)
    is_active = models.BooleanField(_("Active"), default=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="custom_object_unique"),
            models.UniqueConstraint(fields=["organization", "plural"], name="custom_object_plural"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomRecord(Record):
    """A record of any custom object; each object sees its own rows through a proxy (see ``custom_specs``).

    ``belongs_to`` is the id of the record that it belongs to, of the object's ``main_object``.
    """

    object_name = models.CharField(max_length=40, editable=False)
    name = models.CharField(_("Name"), max_length=300)
    belongs_to = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            *record_indexes("custom_record", "object_name"),
            models.Index(
                fields=["organization", "object_name", "belongs_to", "-updated_at"],
                name="custom_record_main",
                condition=models.Q(deleted_at__isnull=True, belongs_to__isnull=False),
            ),
            models.Index(
                fields=["organization", "object_name", "name", "id"],
                name="custom_record_name",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Sealing(models.TextChoices):
    """How far the encryption of a field is."""

    SEALING = "sealing", _("Being encrypted")
    SEALED = "sealed", _("Encrypted")
    OPENING = "opening", _("Being decrypted")


class SensitiveField(OrganizationOwned):
    """A field, built-in or own, whose values the organization has encrypted; without a row they are not.

    While it is being encrypted or decrypted, both forms are read; new values are written in the coming one.
    """

    object_name = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=Sealing.choices, default=Sealing.SEALING)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["object_name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "name"], name="sensitive_field_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.name}"


class PickList(OrganizationOwned):
    """An organization's own values of a pick list, in order: ``[{code, label, color, active}]``.

    Values that the organization has not changed keep the translated label of the product: their
    ``label`` is empty.
    """

    name = models.CharField(max_length=80)
    options: models.JSONField[Any, Any] = models.JSONField(default=list)
    tags: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="pick_list_unique"),
        ]

    def __str__(self) -> str:
        return self.name
