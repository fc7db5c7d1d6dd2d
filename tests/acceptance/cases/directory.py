"""The directory of a financial company: three thousand people in their departments and posts, told by SCIM."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PEOPLE, AT_ONCE, REPORTS = 3_000, 1_000, 15
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#: Who is who of the three thousand. Everybody reports to the one whose number is that of their group of fifteen.
PRESIDENT, REGION, BRANCH, OFFICER, SYSTEM, SECURITY, AUDIT = 0, 1, 20, 310, 2_001, 2_002, 2_003
GROUPS = {
    "Relationship officers": (OFFICER, OFFICER + 1),
    "Managers": (PRESIDENT, REGION, BRANCH),
    "IT operations": (SYSTEM,),
    "IT security": (SECURITY,),
    "Internal audit": (AUDIT,),
}


def superior_of(number: int) -> int:
    """Return the number of whom somebody reports to."""
    return (number - 1) // REPORTS


@dataclass
class Directory:
    """Sends what it knows to an address of SCIM, and remembers under which ids people and groups are known there."""

    address: str
    token: str
    people: dict[int, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def tell_everything(self) -> None:
        """Tell of all people and groups."""
        for start in range(0, PEOPLE, AT_ONCE):
            made = self._send([self._person(number) for number in range(start, start + AT_ONCE)])
            self.people |= dict(zip(range(start, start + AT_ONCE), made, strict=True))
        made = self._send([self._group(name, members) for name, members in GROUPS.items()])
        self.groups = dict(zip(GROUPS, made, strict=True))

    def _person(self, number: int) -> dict[str, Any]:
        manager = superior_of(number)
        facts = {"department": ("East", "West", "Compliance")[number % 3]}
        line = {"manager": {"value": self.people.get(manager, f"bulkId:{manager}")}} if number else {}
        data = {
            "schemas": [USER, ENTERPRISE],
            "userName": f"employee{number}@bank.example",
            "externalId": f"E{number:05}",
            "displayName": f"Employee {number}",
            "title": "Relationship officer" if number >= BRANCH + 1 else "Head of branch",
            "emails": [{"value": f"employee{number}@bank.example", "primary": True}],
            "active": True,
            ENTERPRISE: {**facts, **line},
        }
        return {"method": "POST", "path": "/Users", "bulkId": str(number), "data": data}

    def _group(self, name: str, members: tuple[int, ...]) -> dict[str, Any]:
        data = {"displayName": name, "members": [{"value": self.people[number]} for number in members]}
        return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}

    def _send(self, operations: list[dict[str, Any]]) -> Iterator[str]:
        request = urllib.request.Request(  # noqa: S310 this machine
            f"{self.address}/Bulk",
            data=json.dumps({"failOnErrors": 1, "Operations": operations}).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"},
        )
        with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310 as above
            results = json.load(answer)["Operations"]
        assert {result["status"] for result in results} == {"201"}, results[-1]
        return (result["location"].rpartition("/")[2] for result in results)
