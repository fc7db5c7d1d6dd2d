"""Valid values for the fields of any object, so that a registered object is tested without a line of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Department, User
from banyan.core.kernel.ids import parse_id
from banyan.core.objects import kinds
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door
from banyan.teamwork.kinds import Checklist


@dataclass
class Maker:
    """Makes records of any object in an organization, with the records they point to."""

    actor: Actor
    count: int = 0

    def spec(self, name: str) -> ObjectSpec:
        return spec_for(self.actor.organization, name)

    def values(self, spec: ObjectSpec, *, full: bool = False) -> dict[str, Any]:
        """Return the values that a program would send: the required fields, or all of them."""
        self.count += 1
        title = spec.all_fields[spec.title]
        wanted = [
            entry
            for name, entry in spec.writable_fields.items()
            if full or entry.required or name in {title.name, spec.inherits_from}
        ]
        found = {entry.name: self.value(entry) for entry in wanted if entry.name not in UNLIKELY.get(spec.name, ())}
        given = {name: value for name, value in found.items() if value is not None}
        if spec.name in BEFORE:
            BEFORE[spec.name](self, given)
        return given

    def record(self, spec: ObjectSpec, **values: Any) -> Record:
        given = {**self.values(spec), **values}
        if spec.name in BEFORE:
            BEFORE[spec.name](self, given)
        return door.create(self.actor, spec, given)

    def value(self, entry: Field) -> Any:
        if isinstance(entry.kind, kinds.Person):
            return str(self.actor.user_id)
        if isinstance(entry.kind, kinds.File):
            return None
        if isinstance(entry.kind, kinds.Link):
            target = self.spec(entry.kind.target)
            if not (entry.required or entry.name == "customer"):
                return None
            return str(self.record(target).pk)
        if isinstance(entry.kind, kinds.Reference):
            return f"customer:{self.record(self.spec('customer')).pk}"
        return sample(entry.kind, self.count)


#: Fields that exclude each other by a business rule, and so cannot all be filled with samples.
UNLIKELY = {
    "opportunity": ("pipeline", "stage", "closed_on"),
    "customer": ("parent",),
    "pipeline": ("is_default",),
    "consent": ("withdrawn_at",),
    "target": ("departments",),
    "invoice": ("is_return", "kind", "tax_number"),
    "invoice_line": ("amount",),
    "price_book_entry": ("unit",),
}


def sign_contract(maker: Maker, values: dict[str, Any]) -> None:
    """Sign the contract that an amendment is for: a draft is changed itself."""
    spec = maker.spec("contract")
    if spec.model.objects.filter(pk=values["contract"], signed_on=None).exists():
        door.update(maker.actor, spec, parse_id(values["contract"]), {"signed_on": "2026-01-02"})


#: What has to be so before a record can be made, by its object.
BEFORE = {"contract_amendment": sign_contract}


@singledispatch
def sample(kind: kinds.Kind, count: int) -> Any:
    """Return a valid value of a kind."""
    return f"Sample {count}"


@sample.register
def _(kind: kinds.Text, count: int) -> Any:
    return f"样本 Sample {count}"[: kind.maximum] if kind.maximum > 3 else "CNY"


@sample.register
def _(kind: kinds.Email, count: int) -> Any:
    return f"sample{count}@example.com"


@sample.register
def _(kind: kinds.Phone, count: int) -> Any:
    return f"+8613{800000000 + count}"


@sample.register
def _(kind: kinds.Url, count: int) -> Any:
    return f"https://sample{count}.example.com/"


@sample.register
def _(kind: kinds.Integer, count: int) -> Any:
    return min(max(kind.minimum, count), kind.maximum)


@sample.register
def _(kind: kinds.Number, count: int) -> Any:
    # Few digits make a percentage.
    return str(count % 100) if kind.digits <= 5 else f"{count}.5"


@sample.register
def _(kind: kinds.Boolean, count: int) -> Any:
    return count % 2 == 0


@sample.register
def _(kind: kinds.Date, count: int) -> Any:
    return f"2026-03-{count % 28 + 1:02d}"


@sample.register
def _(kind: kinds.DateTime, count: int) -> Any:
    return f"2026-03-{count % 28 + 1:02d}T08:30:00Z"


@sample.register
def _(kind: kinds.Choice, count: int) -> Any:
    return kind.options[0].code if kind.options else None


@sample.register
def _(kind: kinds.MultipleChoice, count: int) -> Any:
    return [option.code for option in kind.options[:2]]


@sample.register
def _(kind: kinds.Tags, count: int) -> Any:
    return ["vip", f"tag{count}"]


@sample.register
def _(kind: kinds.Address, count: int) -> Any:
    return {"city": "上海", "street": f"南京路 {count} 号"}


@sample.register
def _(kind: kinds.ContactPoints, count: int) -> Any:
    number = f"+8615{800000000 + count}"
    return [{"type": "phone", "label": "办公", "value": number, "opt_out": False, "invalid": False}]


@sample.register
def _(kind: Checklist, count: int) -> Any:
    return [{"text": "Call back", "done": False}]


@sample.register
def _(kind: kinds.People, count: int) -> Any:
    return [str(pk) for pk in User.objects.values_list("pk", flat=True)[:2]]


@sample.register
def _(kind: kinds.Departments, count: int) -> Any:
    return [str(pk) for pk in Department.objects.values_list("pk", flat=True)[:2]]
