"""docs/protocols.md goes through the five documents: whatever place a reminder names is a row of it."""

import json
import re
from typing import Any

import pytest

from bot.domain.protocol import HOUSE
from bot.inbound.verbs import NAMED
from bot.store.files.protocols import builtin_names, load
from tests import pages

PAGE = (pages.ROOT / "docs" / "protocols.md").read_text("utf-8")
PLACE = re.compile(r"`([^`]+)`(?:–`([^`]+)`)?")


def chapter(name: str) -> str:
    return PAGE.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def rows(name: str) -> list[str]:
    """The first column."""
    table = [line for line in chapter(name).splitlines() if line.startswith("|")]
    return [row.split(" | ")[0] for row in table[2:]]


def places(name: str) -> set[str]:
    """What the first column names; `4.1.1`–`4.1.4` are all four."""
    found: set[str] = set()
    for row in rows(name):
        for first, last in PLACE.findall(row):
            found |= {first, last} if last else {first}
            numbers = [re.fullmatch(r"(.*?)(\d+)", each) for each in (first, last)]
            if all(numbers):
                low, high = numbers
                assert low is not None
                assert high is not None
                found |= {f"{low[1]}{n}" for n in range(int(low[2]), int(high[2]) + 1)}
            elif last:
                stem, _, begin = first.rpartition(".")
                every = ("detect", "triage", "mitigate", "recover")
                between = every[every.index(begin) : every.index(last.rpartition(".")[2]) + 1]
                found |= {f"{stem}.{each}" for each in between}
    return found


def clauses(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(clauses, node))
    if not isinstance(node, dict):
        return set()
    own = {str(one) for one in node.get("clauses", {}).values()} | (
        {str(node["clause"])} if "clause" in node else set()
    )
    return own.union(*(clauses(one) for key, one in node.items() if key != "clauses"))


@pytest.mark.parametrize("name", builtin_names())
def test_every_place_that_people_read_is_explained(name: str) -> None:
    known = places(name)
    told = {
        one.partition("§")[2].partition(",")[0].strip()
        for one in clauses(json.loads(load(name).canonical_json()))
        if one != HOUSE
    }
    lost = {place for place in told if place and not any(place == one or place.startswith(f"{one}.") for one in known)}
    assert lost == set()
    of_file = {place for one in told for place in (one, *(one[:n] for n, sign in enumerate(one) if sign == "."))}
    named = {each for row in rows(name) for found in PLACE.findall(row) for each in found if each}
    assert named - of_file == set(), "a place that the file does not have"


@pytest.mark.parametrize("name", builtin_names())
def test_an_incident_in_each_is_told(name: str) -> None:
    link = f"../tests/scenarios/stories/{name}.txt"
    assert f"]({link})" in chapter(name)
    assert (pages.ROOT / "docs" / link).exists()


def test_every_command_on_the_page_is_one() -> None:
    typed = set(re.findall(r"`/incident ([\w ]+?)(?: at| DFG| protocol| false| month)?(?: [^`]*)?`", PAGE))
    assert {one for one in typed if one.split()[0] not in NAMED} == set()
