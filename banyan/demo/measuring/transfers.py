"""How fast rows come in and go out, and how much memory that takes."""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
from django.db import connection

from banyan.core.access.founding import found_organization
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer
from banyan.demo.large import NAMES
from banyan.demo.measuring.figures import Figure
from banyan.demo.measuring.programs import run_banyan

ROWS = 100_000
COLUMNS = ("客户名称", "电话", "电子邮箱", "客户状态", "级别", "行业", "备注")
CITIES = ("北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "重庆", "武汉", "西安", "天津", "苏州")
ROWS_PER_SECOND = "rows/s"
MEGABYTES = "MB"


def import_rows(count: int = ROWS) -> Iterator[Figure]:
    """Import customers with duplicate detection through the command line, into an organization made for it."""
    organization = found_organization(
        name="Import measurement", language="zh-hans", settings={"demo": "measurement-import"}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        _write_rows(path, count)
        run = run_banyan(
            "import", str(path), "--object", "customers", "--organization", str(organization.pk), "--match", "skip",
            "--json",
        )  # fmt: skip
        balance = orjson.loads(run.output)
        raw = _copied_per_second(path, count)
    _remove(organization)
    if balance["read"] != count:
        raise RuntimeError(f"The import read {balance['read']} of {count} rows.")
    name = f"import of {count:,} customers"
    rate = round(count / balance["seconds"])
    yield Figure(name, rate, ROWS_PER_SECOND, raw=raw, bound=10_000, more_is_better=True)
    yield Figure(f"{name}, memory", run.peak_megabytes, MEGABYTES, bound=400)


def export_all(organization: Organization) -> Iterator[Figure]:
    """Export every customer to CSV through the command line."""
    with organization_scope(organization.pk):
        count = Customer.objects.filter(deleted_at__isnull=True).count()
        raw = _read_per_second(count)
    with tempfile.TemporaryDirectory() as folder:
        run = run_banyan(
            "export", "--object", "customers", "--organization", str(organization.pk), "--to", f"{folder}/all.csv"
        )
    name = f"export of {count:,} customers"
    yield Figure(name, round(count / run.seconds), ROWS_PER_SECOND, raw=raw, more_is_better=True)
    yield Figure(f"{name}, memory", run.peak_megabytes, MEGABYTES, bound=400)


def _write_rows(path: Path, count: int) -> None:
    choose = random.Random(5)  # noqa: S311 invented data
    names = NAMES.read_text(encoding="utf-8").split()
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for number in range(count):
            name = f"{choose.choice(CITIES)}{choose.choice(names)}{choose.choice(names)}有限公司"
            phone = f"1{choose.choice('3578')}{choose.randrange(10**8, 10**9)}"
            status = choose.choice(("潜在客户", "合作中", "沉睡"))
            level = choose.choice(("A 重点客户", "B 重要客户", "C 普通客户"))
            writer.writerow(
                (name, phone, f"contact{number}@example{number % 977}.cn", status, level, "软件", "来自展会")
            )


def _copied_per_second(path: Path, count: int) -> int:
    """Return how many of the same rows PostgreSQL takes by COPY into a table of texts without any index."""
    with connection.cursor() as cursor:
        columns = ", ".join(f"c{number} text" for number in range(len(COLUMNS)))
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS copied ({columns})")
        started = time.perf_counter()
        with cursor.copy("COPY copied FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(path.read_bytes())
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE copied")
    return round(count / seconds)


def _read_per_second(count: int) -> int:
    """Return how many whole rows PostgreSQL gives away by COPY."""
    sink = io.BytesIO()
    started = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT * FROM customers_customer) TO STDOUT") as copy:
        for block in copy:
            sink.seek(0)
            sink.write(block)
    return round(count / (time.perf_counter() - started))


def _remove(organization: Organization) -> None:
    """Take the imported rows out again; the empty organization stays, because the change log may not forget."""
    with organization_scope(organization.pk), connection.cursor() as cursor:
        for table in ("transfer_rejectedrow", "transfer_import", "customers_customer", "records_change"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 our own names; row-level security limits it
