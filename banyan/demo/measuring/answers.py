"""How long the product takes to answer.

Each figure is the median of many calls through the product's own doors (pages and REST interface),
without the network; its twin is what plain SQL needs for the same rows, with the organization set and
row-level security on.
"""

# ruff: noqa: S608 - the twins are SQL of our own with ids of our own

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.test import Client

from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.identity.services import create_token
from banyan.core.identity.sessions import ORGANIZATION_KEY
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer
from banyan.demo.large import ADMINISTRATOR, CREDIT_LINE, MANAGER, SALESPERSON
from banyan.demo.measuring.figures import Figure
from banyan.orders.public import Order, place_order

RUNS = 40
LINES_OF_A_DRAFT = 20
WARM_UP = 5
#: Half of all customers have less.
SOME_CREDIT = 25_000_000
LIST_COLUMNS = "id, number, name, phone, status, level, owner_id, next_follow_up_on, last_activity_at, updated_at"


class Answers:
    """Measures the answers of one installation's large demo organization."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        with organization_scope(organization.pk):
            self.users = {
                user.email: user for user in User.objects.filter(email__in=[ADMINISTRATOR, MANAGER, SALESPERSON])
            }
            self.tokens = {email: create_token(user, name="bench") for email, user in self.users.items()}
            self.customer = Customer.objects.filter(deleted_at__isnull=True).order_by("created_at")[100]
            # The words of a real customer, so that the search has hits.
            self.two_characters = self.customer.name[2:4]

    def figures(self) -> Iterator[Figure]:
        """Yield all figures."""
        for measure in (
            self.lists,
            self.deep_page,
            self.own_field,
            self.pages,
            self.searches,
            self.board,
            self.creation,
            self.orders,
        ):
            yield from measure()

    def lists(self) -> list[Figure]:
        """Measure the list of 50 through the API for people who see all, or 5,000 or 10 besides what is shared with them."""
        figures = []
        for label, email in (
            ("all", ADMINISTRATOR),
            ("5,000 and shares", MANAGER),
            ("10 and 50 shares", SALESPERSON),
        ):
            client = self._api(email)
            path = "/api/v1/customers?status=active&sort=-updated_at&limit=50"
            twin = self._list_sql(self._owner_condition(email))
            figures.append(self._figure(f"API list of 50, sees {label}", partial(client.get, path), twin, 12))
        return figures

    def deep_page(self) -> list[Figure]:
        """Measure the hundredth page, which may not cost more than the first."""
        client, cursor = self._api(ADMINISTRATOR), ""
        for _page in range(20):
            answer = client.get(f"/api/v1/customers?sort=-updated_at&limit=50{cursor}").json()
            if not answer["next"]:
                break
            cursor = f"&cursor={answer['next']}"
        path = f"/api/v1/customers?sort=-updated_at&limit=50{cursor}"
        return [self._figure("API list of 50, twentieth page", lambda: client.get(path), self._list_sql("true"), 12)]

    def own_field(self) -> list[Figure]:
        """Measure lists that are filtered and sorted by a field of the organization's own with an index."""
        value = f"custom_numeric(custom ->> '{CREDIT_LINE}')"
        figures = []
        for label, email in (("all", ADMINISTRATOR), ("5,000 and shares", MANAGER)):
            client = self._api(email)
            path = f"/api/v1/customers?{CREDIT_LINE}__lte={SOME_CREDIT}&sort=-{CREDIT_LINE}&limit=50"
            seen = "true" if email == ADMINISTRATOR else self._owner_condition(email)
            twin = (
                f"SELECT {LIST_COLUMNS}, custom FROM customers_customer WHERE organization_id = "
                f"'{self.organization.pk}' AND deleted_at IS NULL AND {value} <= {SOME_CREDIT} AND {seen}"
                f" ORDER BY {value} DESC, id DESC LIMIT 50"
            )
            name = f"API list of 50 by an own field, sees {label}"
            figures.append(self._figure(name, partial(client.get, path), twin, 12))
        return figures

    def pages(self) -> list[Figure]:
        """Measure list page and record page."""
        client = self._browser(ADMINISTRATOR)
        record = f"SELECT * FROM customers_customer WHERE id = '{self.customer.pk}'"
        return [
            self._figure("list page", lambda: client.get("/customers"), self._list_sql("true"), 20),
            self._figure("record page", lambda: client.get(f"/customers/{self.customer.pk}"), record, 25),
            self._figure("my day", lambda: client.get("/"), None, None),
        ]

    def searches(self) -> list[Figure]:
        """Measure searches for two Chinese characters and for a phone's end."""
        client = self._api(ADMINISTRATOR)
        text, end = self.two_characters, self.customer.phone[-6:]
        twin = (
            "SELECT id, name FROM customers_customer WHERE organization_id = "
            f"'{self.organization.pk}' AND deleted_at IS NULL AND search @@ '{text}'::tsquery LIMIT 20"
        )
        return [
            self._figure("search, two Chinese characters", lambda: client.get("/api/v1/search", {"q": text}), twin, 15),
            self._figure("search, six digits of a phone", lambda: client.get("/api/v1/search", {"q": end}), None, 15),
        ]

    def board(self) -> list[Figure]:
        """Measure the board over all opportunities."""
        client = self._browser(ADMINISTRATOR)
        twin = (
            "SELECT stage_id, count(*), sum(amount) FROM sales_opportunity WHERE organization_id = "
            f"'{self.organization.pk}' AND deleted_at IS NULL GROUP BY 1"
        )
        return [self._figure("board", lambda: client.get("/opportunities?display=board"), twin, 60)]

    def creation(self) -> list[Figure]:
        """Measure creating a customer through the API, with change log, event and search text."""
        client, count = self._api(ADMINISTRATOR), iter(range(10_000))

        def create() -> Any:
            body = orjson.dumps({"name": f"新客户科技有限公司 {next(count)}", "phone": "+8613900000000"})
            return client.post("/api/v1/customers", body, content_type="application/json")

        return [self._figure("create through the API", create, None, 10)]

    def orders(self) -> list[Figure]:
        """Measure the page of an order with its lines, and confirming one of twenty lines with all that checks it."""
        client, api = self._browser(ADMINISTRATOR), self._api(ADMINISTRATOR)
        with organization_scope(self.organization.pk):
            order = Order.objects.filter(customer=self.customer).first() or Order.objects.order_by("created_at")[0]
            drafts = iter(self._drafts(WARM_UP + RUNS))
        twin = (
            "SELECT o.*, l.* FROM orders_order o JOIN orders_orderline l ON l.organization_id = o.organization_id"
            f" AND l.order_id = o.id AND l.deleted_at IS NULL WHERE o.id = '{order.pk}' ORDER BY l.position"
        )
        page = self._figure("order page", lambda: client.get(f"/orders/{order.pk}"), twin, 25)

        def confirm() -> Any:
            return api.post(f"/api/v1/orders/{next(drafts)}/confirm", b"{}", content_type="application/json")

        return [page, self._figure(f"confirm an order of {LINES_OF_A_DRAFT} lines", confirm, None, 40)]

    def _drafts(self, count: int) -> list[Any]:
        """Write drafts with many lines to be confirmed."""
        user = self.users[ADMINISTRATOR]
        lines = [{"name": f"明细 {place}", "quantity": 2, "unit_price": "80"} for place in range(LINES_OF_A_DRAFT)]
        values = {"customer": self.customer.pk, "status": "draft"}
        return [place_order(actor_for(user), values, lines).pk for _run in range(count)]

    def _figure(self, name: str, call: Callable[[], Any], sql: str | None, bound: float | None) -> Figure:
        for _run in range(WARM_UP):
            answer = call()
            if answer.status_code >= 400:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.content[:300]!r}")
        times = [_milliseconds(call) for _run in range(RUNS)]
        twin = None
        if sql is not None:
            with organization_scope(self.organization.pk):
                for _run in range(WARM_UP):
                    _fetch(sql)
                twin = round(statistics.median(_milliseconds(lambda: _fetch(sql)) for _run in range(RUNS)), 2)
        p95 = round(statistics.quantiles(times, n=20)[-1], 2)
        return Figure(name, round(statistics.median(times), 2), raw=twin, bound=bound, p95=p95)

    def _list_sql(self, condition: str) -> str:
        status = "" if condition == "true" else " AND status = 'active'"
        return (
            f"SELECT {LIST_COLUMNS} FROM customers_customer WHERE organization_id = '{self.organization.pk}'"
            f" AND deleted_at IS NULL{status} AND {condition} ORDER BY updated_at DESC, id DESC LIMIT 50"
        )

    def _owner_condition(self, email: str) -> str:
        """Return the limit of a person's view as a programmer would write it by hand."""
        if email == ADMINISTRATOR:
            return "status = 'active'"
        user = self.users[email]
        with organization_scope(self.organization.pk):
            team = User.objects.filter(department__path__contains=[user.department_id]).values_list("pk", flat=True)
            owners = [user.pk] if email == SALESPERSON else list(team)
            grantees = actor_for(user).grantee_ids
        return (
            f"(owner_id IN ({_listed(owners)}) OR id IN (SELECT record_id FROM access_share WHERE organization_id = "
            f"'{self.organization.pk}' AND object_name = 'customer' AND grantee_id IN ({_listed(grantees)})))"
        )

    def _api(self, email: str) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.tokens[email]}", "Host": settings.ALLOWED_HOSTS[0]})

    def _browser(self, email: str) -> Client:
        client = Client(headers={"Host": settings.ALLOWED_HOSTS[0]})
        account = self.users[email].account
        if account is None:
            raise LookupError(f"{email} cannot sign in.")
        client.force_login(account)
        session = client.session
        session[ORGANIZATION_KEY] = str(self.organization.pk)
        session.save()
        return client


def _listed(ids: Iterable[Any]) -> str:
    return ", ".join(f"'{pk}'" for pk in ids)


def _milliseconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1_000


def _fetch(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
