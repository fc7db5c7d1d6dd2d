"""Settings > Supply chain: who keeps the stock, what happens when it is short, carriers, and the places of warehouses."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.supply.choices import Shortage, StockOwner
from banyan.supply.models import Carrier
from banyan.supply.queries import places_of, warehouses
from banyan.supply.services.stock import add_place, close_place, find_warehouse, save_carriers, save_setting
from banyan.supply.setting import supply_setting

PAGE, URL = "supply", "/settings/supply"
MOST_CARRIERS = 50


class SettingForm(forms.Form):
    """What the organization chooses."""

    stock_owner = forms.ChoiceField(label=gettext_lazy("Who keeps the stock"), choices=StockOwner.choices)
    shortage = forms.ChoiceField(
        label=gettext_lazy("When an order asks for more than there is"), choices=Shortage.choices
    )
    handling_days = forms.IntegerField(
        label=gettext_lazy("Days from stock to shipping"), min_value=0, max_value=60,
        help_text=gettext_lazy("Promised dates allow for it."),
    )  # fmt: skip
    tolerance = forms.IntegerField(
        label=gettext_lazy("Suppliers may deliver too much, in %"), min_value=0, max_value=100,
        help_text=gettext_lazy("What goes beyond is refused when goods are received."),
    )  # fmt: skip
    carriers = forms.CharField(
        label=gettext_lazy("Carriers"), required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "wide": True}),
        help_text=gettext_lazy(
            "One in each line; after a space the https address where a parcel is followed, with {number} for its number."
        ),
    )  # fmt: skip


def carriers_in(text: str) -> list[tuple[str, str]]:
    """Return the carriers of a text: a name, and after the last space an address if there is one."""
    found = []
    for line in text.splitlines()[:MOST_CARRIERS]:
        name, _space, url = line.strip().rpartition(" ")
        if name and "://" in url:
            found.append((name.strip()[:80], url[:300]))
        elif line.strip():
            found.append((line.strip()[:80], ""))
    return found


@signed_in("GET", "POST")
def setting(request: SignedInRequest) -> HttpResponse:
    """Show and change what the organization chooses, above its warehouses and their places."""
    require_page(request.actor, PAGE)
    known = supply_setting(request.actor.organization)
    carriers = "\n".join(" ".join(filter(None, row)) for row in Carrier.objects.values_list("name", "tracking_url"))
    initial = {name: getattr(known, name) for name in SettingForm.base_fields if name != "carriers"}
    form = SettingForm(request.POST or None, initial={**initial, "carriers": carriers})
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        try:
            save_carriers(request.actor, carriers_in(given.pop("carriers")))
            save_setting(request.actor, **given)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("Saved."), URL)
    context = {
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "warehouses": [
            {
                "name": place.name, "url": f"/warehouses/{place.pk}", "add_url": f"{URL}/{place.pk}/places/new",
                "places": [
                    {"code": bin_.code, "is_held": bin_.is_held, "close_url": f"{URL}/places/{bin_.pk}/close"}
                    for bin_ in places_of(place.pk)
                ],
            }
            for place in warehouses()
        ],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "supply/settings.html", context, status=status))


class PlaceForm(forms.Form):
    """A place of a warehouse."""

    code = forms.CharField(
        label=pgettext_lazy("warehouse", "Code"),
        max_length=40,
        help_text=gettext_lazy("As it stands on the shelf, such as A-01-3."),
    )
    is_held = forms.BooleanField(
        label=gettext_lazy("Held back"), required=False,
        help_text=gettext_lazy("What lies here is promised to nobody, such as goods that came back."),
    )  # fmt: skip


@signed_in("GET", "POST")
def new_place(request: SignedInRequest, warehouse_id: uuid.UUID) -> HttpResponse:
    """Add a place to a warehouse."""
    require_page(request.actor, PAGE)
    warehouse = find_warehouse(warehouse_id)
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_place(request.actor, warehouse_id, form.cleaned_data["code"], is_held=form.cleaned_data["is_held"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The place is there."), URL)
    title = _("New place in %(warehouse)s") % {"warehouse": warehouse.name}
    return settings_form(request, PAGE, form, title=title, cancel_url=URL)


@signed_in("POST")
def drop_place(request: SignedInRequest, place_id: uuid.UUID) -> HttpResponse:
    """Take a place out of use."""
    require_page(request.actor, PAGE)
    close_place(request.actor, place_id)
    return saved(request, _("The place is out of use."), URL)
