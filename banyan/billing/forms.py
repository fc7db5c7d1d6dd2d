"""Forms of what people do with instalments, payments, invoices and subscriptions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.billing.choices import CreditMode, HeaderKind, InvoiceKind, Method
from banyan.core.web.plain_forms import PickField

MOST = Decimal(10) ** 15


def amount_field(label: Any, **options: Any) -> forms.DecimalField:
    """Return the field of an amount above zero, to the cent."""
    errors = {"min_value": gettext_lazy("The amount must be above zero.")}
    options = {
        "min_value": Decimal("0.01"), "max_digits": 18, "decimal_places": 2, "error_messages": errors, **options,
    }  # fmt: skip
    return forms.DecimalField(label=label, **options)


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True, "wide": True})
    )


class PaymentForm(forms.Form):
    """A receipt for one order."""

    amount = amount_field(pgettext_lazy("payment", "Amount"))
    paid_on = forms.DateField(label=gettext_lazy("Payment date"))
    method = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=Method.choices)
    payer_name = forms.CharField(label=gettext_lazy("Payer"), max_length=200, required=False)
    reference = forms.CharField(label=gettext_lazy("Bank reference"), max_length=120, required=False)


class RefundForm(ReasonForm):
    """How much of a receipt is given back, and from where."""

    amount = amount_field(pgettext_lazy("payment", "Amount"))
    source = forms.ChoiceField(label=gettext_lazy("Taken from"), choices=())

    def __init__(self, *args: Any, sources: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].choices = list(sources)  # type: ignore[attr-defined]  # a choice field


class PlanForm(forms.Form):
    """How an order is to be paid: by terms of payment, or one instalment by hand."""

    template = forms.ChoiceField(
        label=gettext_lazy("Payment terms"), required=False, choices=(),
        help_text=gettext_lazy("Plans the whole rest. Leave it empty to add one instalment by hand."),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Instalment name"), max_length=120, required=False)
    amount = amount_field(gettext_lazy("Planned amount"), required=False)
    due_on = forms.DateField(label=gettext_lazy("Due date"), required=False)

    def __init__(self, *args: Any, templates: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["template"].choices = [("", "—"), *templates]  # type: ignore[attr-defined]  # a choice field


class PartsForm(forms.Form):
    """Numbers for several rows, such as what of each line is invoiced; a row is ``(key, label, value, most)``."""

    PREFIX = "part_"

    def __init__(
        self, *args: Any, rows: Sequence[tuple[str, str, Decimal, Decimal]], places: int = 2, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.keys = [key for key, _label, _value, _most in rows]
        for key, label, value, most in rows:
            self.fields[f"{self.PREFIX}{key}"] = forms.DecimalField(
                label=label, required=False, min_value=Decimal(0), max_value=most, decimal_places=places,
                max_digits=18, initial=_plain(value) if value else "",
                error_messages={
                    "max_value": _("At most %(most)s are left.") % {"most": _plain(most)},
                    "min_value": _("This cannot be negative."),
                },
            )  # fmt: skip

    def parts(self) -> dict[str, Decimal]:
        """Return the numbers above zero by the keys of their rows."""
        found = {key: self.cleaned_data.get(f"{self.PREFIX}{key}") for key in self.keys}
        return {key: value for key, value in found.items() if value}


class AllocateForm(PartsForm):
    """What of a payment goes to which open sum."""


class InvoiceForm(PartsForm):
    """Which kind of invoice is asked for, made out to whom, over which quantities."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of invoice"), choices=InvoiceKind.choices)
    header = forms.ChoiceField(label=gettext_lazy("Made out to"), required=False, choices=())
    notes = forms.CharField(label=gettext_lazy("Notes"), max_length=500, required=False)

    def __init__(self, *args: Any, headers: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["header"].choices = list(headers)  # type: ignore[attr-defined]  # a choice field
        if not headers:
            del self.fields["header"]


class CreditForm(PartsForm):
    """Why and how far an invoice is taken back."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)
    is_return = forms.BooleanField(
        label=gettext_lazy("Because of a return"), required=False,
        help_text=gettext_lazy("The customer owes less. Without it the same may be invoiced again."),
    )  # fmt: skip
    red_form_number = forms.CharField(
        label=gettext_lazy("Confirmation of the red-letter invoice"), max_length=60, required=False
    )


class IssueForm(forms.Form):
    """The day of an invoice, and the number that the tax office gave."""

    issued_on = forms.DateField(label=gettext_lazy("Issued on"))
    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=40, required=False)
    code = forms.CharField(
        label=gettext_lazy("Invoice code"), max_length=12, required=False,
        help_text=gettext_lazy("Only invoices of the older kinds have one."),
    )  # fmt: skip


class ChangeForm(forms.Form):
    """Another quantity or price of a running subscription."""

    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"), min_value=Decimal("0.001"), max_digits=14, decimal_places=3
    )
    unit_price = forms.DecimalField(
        label=gettext_lazy("Unit price"), min_value=Decimal(0), max_digits=18, decimal_places=2
    )
    is_prorated = forms.BooleanField(
        label=gettext_lazy("Charge the rest of this period by days"), required=False, initial=True,
        help_text=gettext_lazy("More is charged by an order at once; less becomes a credit for the next charge."),
    )  # fmt: skip


class CancelForm(ReasonForm):
    """Why and when a subscription ends."""

    ends_on = forms.DateField(
        label=gettext_lazy("Ends on"), required=False,
        help_text=gettext_lazy("Left empty, it ends with the period that is charged already."),
    )  # fmt: skip


class HeaderForm(forms.Form):
    """What invoices say about the buyer."""

    kind = forms.ChoiceField(label=gettext_lazy("Made out to"), choices=HeaderKind.choices)
    title = forms.CharField(label=gettext_lazy("Invoice title"), max_length=200)
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=30, required=False)
    bank = forms.CharField(label=gettext_lazy("Bank"), max_length=120, required=False)
    bank_account = forms.CharField(label=gettext_lazy("Bank account"), max_length=60, required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail for invoices"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Default"), required=False)


class TermsForm(forms.Form):
    """What holds for one customer."""

    credit_limit = forms.DecimalField(
        label=gettext_lazy("Credit limit"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=2,
        help_text=gettext_lazy("Left empty, the limit of the customer's level holds."),
    )  # fmt: skip
    credit_mode = forms.ChoiceField(
        label=gettext_lazy("Beyond the credit limit"), required=False,
        choices=[("", pgettext_lazy("credit", "As usual")), *CreditMode.choices],
    )  # fmt: skip
    term_days = forms.IntegerField(
        label=gettext_lazy("Days to pay without a plan"), required=False, min_value=0, max_value=3650
    )
    email = forms.EmailField(label=gettext_lazy("E-mail for reminders"), required=False)
    has_no_reminders = forms.BooleanField(label=gettext_lazy("No reminders"), required=False)


class StatementForm(forms.Form):
    """The lines of a bank statement, pasted or as a file."""

    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3)
    text = forms.CharField(
        label=gettext_lazy("Lines of the statement"), required=False, max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 8, "wide": True}),
        help_text=gettext_lazy(
            "With a row of headings, or in the order: day, amount, payer, reference, purpose. Money that went out is left out."
        ),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("or a CSV file"), required=False)


class LineForm(forms.Form):
    """Whose money a line of a bank statement is."""

    def __init__(self, *args: Any, names: Callable[[list[str]], Mapping[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["customer"] = PickField(
            label=gettext_lazy("Customer"), pick_url="/pick/customer", names=names,
            help_text=gettext_lazy("Open orders of the same currency are paid, the oldest first."),
        )  # fmt: skip
        self.fields["allocates"] = forms.BooleanField(
            label=gettext_lazy("Pay open orders"), required=False, initial=True
        )


class SettingsForm(forms.Form):
    """What an organization decides about payment."""

    term_days = forms.IntegerField(label=gettext_lazy("Days to pay without a plan"), min_value=0, max_value=3650)
    needs_confirmation = forms.BooleanField(
        label=gettext_lazy("Receipts are confirmed before they count"), required=False,
        help_text=gettext_lazy("By those who may keep accounts; what they write down themselves counts at once."),
    )  # fmt: skip
    reminds_owner = forms.BooleanField(label=gettext_lazy("Remind the owner"), required=False)
    reminds_customer = forms.BooleanField(label=gettext_lazy("Remind the customer by e-mail"), required=False)
    first_days = forms.IntegerField(label=gettext_lazy("First reminder after days"), min_value=1, max_value=3650)
    second_days = forms.IntegerField(label=gettext_lazy("Second reminder after days"), min_value=1, max_value=3650)
    third_days = forms.IntegerField(label=gettext_lazy("Third reminder after days"), min_value=1, max_value=3650)
    credit_mode = forms.ChoiceField(label=gettext_lazy("Beyond the credit limit"), choices=CreditMode.choices)

    LIMIT = "limit_"

    def __init__(self, *args: Any, levels: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        for code, label in levels:
            self.fields[f"{self.LIMIT}{code}"] = forms.DecimalField(
                label=f"{gettext_lazy('Credit limit')} {label}", required=False, min_value=Decimal(0),
                max_digits=18, decimal_places=2,
            )  # fmt: skip


class TermsTemplateForm(forms.Form):
    """Usual terms of payment: a row for each instalment."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    rows = forms.CharField(
        label=gettext_lazy("Instalments"),
        widget=forms.Textarea(attrs={"rows": 6, "wide": True}),
        help_text=gettext_lazy(
            "One in each line: percent, name, event (confirmed, delivered or invoiced), days after it. Such as: 30, Deposit, confirmed, 7"
        ),
    )


class SeriesForm(forms.Form):
    """A series of numbers of invoices."""

    name = forms.CharField(label=gettext_lazy("Series"), max_length=60)
    pattern = forms.CharField(
        label=gettext_lazy("Numbers"), max_length=40, initial="INV-{year}-{number:06d}",
        help_text=gettext_lazy("{year} and {number} are filled in; numbers begin anew each year and have no gaps."),
    )  # fmt: skip
    for_credits = forms.BooleanField(label=gettext_lazy("For credit notes"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


def key_of(order_id: uuid.UUID, plan_id: uuid.UUID | None) -> str:
    """Return the key of an open sum in a form."""
    return f"{order_id}_{plan_id or ''}"


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
