"""Field kinds: one class each, found by name in ``kinds``."""

from banyan.core.objects.kinds.base import Kind, Operator, Reading, Unacceptable, kinds, register_kind
from banyan.core.objects.kinds.choices import TERRITORIES, Choice, MultipleChoice, Option, Tags, TerritoryChoice
from banyan.core.objects.kinds.links import (
    ADDRESS_PARTS,
    FILE,
    USER,
    Address,
    File,
    Link,
    Person,
    Reference,
    reference_to,
    split_reference,
)
from banyan.core.objects.kinds.numbers import Boolean, Integer, Money, Number, has_cents
from banyan.core.objects.kinds.people import MAXIMUM_PEOPLE, Departments, People
from banyan.core.objects.kinds.personal import BankAccount, IdentityNumber
from banyan.core.objects.kinds.points import ContactPoints
from banyan.core.objects.kinds.texts import AutoNumber, Email, LongText, PersonName, Phone, Text, Url
from banyan.core.objects.kinds.times import Date, DateTime

__all__ = [
    "ADDRESS_PARTS",
    "FILE",
    "MAXIMUM_PEOPLE",
    "TERRITORIES",
    "USER",
    "Address",
    "AutoNumber",
    "BankAccount",
    "Boolean",
    "Choice",
    "ContactPoints",
    "Date",
    "DateTime",
    "Departments",
    "Email",
    "File",
    "IdentityNumber",
    "Integer",
    "Kind",
    "Link",
    "LongText",
    "Money",
    "MultipleChoice",
    "Number",
    "Operator",
    "Option",
    "People",
    "Person",
    "PersonName",
    "Phone",
    "Reading",
    "Reference",
    "Tags",
    "TerritoryChoice",
    "Text",
    "Unacceptable",
    "Url",
    "has_cents",
    "kinds",
    "reference_to",
    "register_kind",
    "split_reference",
]  # fmt: skip
