"""How many duplicates are found, and how many of those found are right, on data with known truth."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from banyan.core.kernel.text.tables import simplified
from banyan.customers.rules import POSSIBLE_DUPLICATE, match_keys, similarity

DATA = Path(__file__).resolve().parents[3] / "tests" / "data"
TRADITIONAL = {simple: traditional for traditional, simple in sorted(simplified().items())}
CITIES = ("深圳", "杭州", "北京", "成都", "上海", "武汉")
INDUSTRIES = ("科技", "网络技术", "信息技术", "贸易", "电子商务", "文化传媒")
VARIANTS = (
    lambda city, core: f"{city}{core}有限责任公司",
    lambda city, core: f"{city}{core}股份有限公司",
    lambda city, core: f"{city}{core}集团有限公司",
    lambda city, core: f"{city}{core}",
    lambda city, core: f"{city}市{core}有限公司",
    lambda city, core: f"{core}（{city}）有限公司",
    lambda city, core: f"{core}({city})有限公司",
    lambda city, core: f"{city}{core}（中国）有限公司",
    lambda city, core: f" {city} {core}　有限公司. ",
    lambda city, core: f"{core}有限公司",
    lambda city, core: "".join(TRADITIONAL.get(character, character) for character in f"{city}{core}有限公司"),
    lambda city, core: "".join(
        chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in f"{city}{core}有限公司"
    ),
)


def quality(records, truth):
    """Return precision and recall of the pairs that share a key and are similar enough."""
    holders = defaultdict(list)
    for identity, values in records.items():
        for key in match_keys(values):
            holders[key].append(identity)
    candidates = {pair for identities in holders.values() for pair in combinations(sorted(identities), 2)}
    found = {
        (one, other)
        for one, other in candidates
        if similarity(records[one], records[other]).score >= POSSIBLE_DUPLICATE
    }
    return len(found & truth) / len(found), len(found & truth) / len(truth)


def febrl_people(*, with_tax_number):
    with (DATA / "febrl" / "dataset1.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            {name: value.strip() for name, value in row.items()} for row in csv.DictReader(file, skipinitialspace=True)
        ]
    return {row["rec_id"]: febrl_person(row, with_tax_number=with_tax_number) for row in rows}


def febrl_person(row, *, with_tax_number):
    day = row["date_of_birth"]
    return {
        "name": f"{row['given_name']} {row['surname']}",
        "birthday": f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None,
        "address": {
            "street": f"{row['street_number']} {row['address_1']} {row['address_2']}",
            "city": row["suburb"],
            "province": row["state"],
            "postcode": row["postcode"],
        },
        "tax_number": row["soc_sec_id"] if with_tax_number else "",
    }


@pytest.mark.parametrize(("with_tax_number", "least_recall"), [(False, 0.97), (True, 0.98)])
def test_people_are_matched_when_they_are_misspelt(with_tax_number, least_recall):
    records = febrl_people(with_tax_number=with_tax_number)
    truth = {(f"{identity[:-4]}-dup-0", identity) for identity in records if identity.endswith("-org")}

    precision, recall = quality(records, truth)

    assert len(truth) == 500
    assert precision >= 0.99
    assert recall >= least_recall


def test_companies_are_matched_when_their_names_are_written_differently():
    # Fixed on purpose: the bounds below belong to these names.
    chance = random.Random(20261123)
    names = (DATA / "company-names-cn" / "sample-3k.txt").read_text(encoding="utf-8").split("\n")
    short_names = [name for name in dict.fromkeys(names) if len(name) > 1]
    records, truth = {}, set()
    for index, short_name in enumerate(short_names):
        city, core = chance.choice(CITIES), short_name + chance.choice(INDUSTRIES)
        records[f"{index}"] = {"name": f"{city}{core}有限公司", "type": "company"}
        if index % 8 == 0:
            written = VARIANTS[index // 8 % len(VARIANTS)](city, core)
            records[f"{index}-variant"] = {"name": written, "type": "company"}
            truth.add((f"{index}", f"{index}-variant"))

    precision, recall = quality(records, truth)

    assert len(truth) > 300
    assert precision >= 0.98
    assert recall >= 0.99
