"""The five protocols that come along say what their documents say. Whatever is not in the tables of `documents` is
silent there, and the house fills it in."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli_protocol import app
from bot.domain.protocol import HOUSE, PROMISE_KEYS, Protocol
from bot.domain.protocol.parts import HOUSE_KEYS, ITEM_MOST
from bot.store.files.protocols import builtin_names, load
from tests.store.documents import COMMANDS, FIGURES, TOLD, TYPICAL

NAMES = ("data-observability", "data-walkthrough", "dataforge", "etl", "self-healing-pipeline")


@pytest.fixture(scope="module")
def shipped() -> dict[str, Protocol]:
    return {name: load(name) for name in NAMES}


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def sourced(node: Any) -> list[str]:
    """Every clause anywhere in a protocol."""
    if isinstance(node, list):
        return [clause for one in node for clause in sourced(one)]
    if not isinstance(node, dict):
        return []
    own = [str(clause) for clause in node.get("clauses", {}).values()]
    own += [str(node["clause"])] if "clause" in node else []
    return own + [clause for key, one in node.items() if key != "clauses" for clause in sourced(one)]


def items(protocol: Protocol) -> list[Any]:
    """Everything that people tick, in any list."""
    lists = [protocol.questions, *(one.steps for one in protocol.phases), *(one.items for one in protocol.checklists)]
    lists += [section.steps for runbook in protocol.runbooks for section in runbook.sections]
    return [item for each in lists for item in each]


def test_five_come_along() -> None:
    assert tuple(sorted(builtin_names())) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_document_and_no_other(name: str, shipped: dict[str, Protocol]) -> None:
    protocol = shipped[name]
    tree = json.loads(protocol.canonical_json())
    severities = {one["name"]: one for one in tree["severities"]}
    told = [
        (who, key, written(severities[who][key]), protocol.clause(who, key)) for who, key, *_ in rows(FIGURES[name])
    ]
    assert told == [(who, key, value, f"{name} § {clause}") for who, key, value, clause in rows(FIGURES[name])]
    mine = {(who, key) for who, key, *_ in rows(FIGURES[name])}
    others = [(one, key) for one in protocol.severities for key in HOUSE_KEYS if (one.name, key) not in mine]
    assert [(one.name, key) for one, key in others if key not in one.house and one.clause(key) != HOUSE] == [], (
        "a figure that the document does not have is the house's, and says so"
    )


@pytest.mark.parametrize("name", NAMES)
def test_who_is_told_at_once_and_how_loudly(name: str, shipped: dict[str, Protocol]) -> None:
    told = [
        [severity.name, one.who, ",".join(one.ways), one.clause]
        for severity in shipped[name].severities
        for one in severity.tell
    ]
    assert told == [[*row, f"{name} § {clause}"] for *row, clause in rows(TOLD[name])]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_kind_of_incident_typically_is(name: str, shipped: dict[str, Protocol]) -> None:
    found = [
        (one.name, one.severity or "-", one.down_to or "-", one.clause("severity") if one.severity else "")
        for one in shipped[name].categories
    ]
    table = [each.split() for each in TYPICAL[name].split(",")]
    assert found == [(who, high, low, f"{name} § {rest[0]}" if rest else "") for who, high, low, *rest in table]


@pytest.mark.parametrize("name", NAMES)
def test_commands_stand_as_they_are_typed(name: str, shipped: dict[str, Protocol]) -> None:
    protocol = shipped[name]
    typed = [item.command for item in items(protocol)]
    typed += [part for recipe in protocol.backfills for part in (recipe.command, recipe.check)]
    assert [one for one in COMMANDS[name] if not any(one in each for each in typed)] == []
    assert not {"“", "”", "‘", "’", "–", "…"} & set("".join(typed)), "typographic signs do not run"


@pytest.mark.parametrize("name", NAMES)
def test_every_part_knows_its_place_in_the_document(name: str, shipped: dict[str, Protocol]) -> None:
    protocol = shipped[name]
    clauses = [clause for clause in sourced(json.loads(protocol.canonical_json())) if clause]
    assert {clause for clause in clauses if not clause.startswith(f"{name} § ") and clause != HOUSE} == set()
    keys = re.compile(r" § (severities|phases|ladder|categories|checklists|runbooks|questions|messages|detection)\.")
    assert [clause for clause in clauses if keys.search(clause)] == [], "no clause is a mere place in the file"


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_short_enough_for_a_phone_at_night(name: str, shipped: dict[str, Protocol]) -> None:
    protocol = shipped[name]
    texts = [text for item in items(protocol) for text in (item.text, item.note)]
    texts += [one.text for one in protocol.validation] + [one.text for one in protocol.closure]
    texts += [text for one in protocol.severities for text in (*one.examples, one.description)]
    texts += [text for one in protocol.categories for text in (*one.examples, one.description)]
    texts += [text for one in protocol.troubleshooting for text in one.advice]
    assert [text for text in texts if len(text) > ITEM_MOST] == []
    lists = [len(one.steps) for one in protocol.phases] + [len(one.items) for one in protocol.checklists]
    assert max(lists) <= 10, "ticks of one list fit into one group of check boxes"


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing(name: str) -> None:
    done = CliRunner().invoke(app, ["check", name])
    assert done.exit_code == 0, done.output


def test_etl_says_the_rest_of_its_document(shipped: dict[str, Protocol]) -> None:
    etl = shipped["etl"]
    assert (etl.standup.at.isoformat("minutes"), etl.standup.clause("at"), etl.standup.clause()) == (
        *("09:30", "etl § 4.3.P3, the hour is house", "etl § 4.3.P3"),
    ), "daily, the hour is ours"
    assert (etl.review.every, etl.review.by, etl.review.clause("every")) == (
        "quarter",
        ("data-engineering",),
        "etl § 7",
    )
    assert len(etl.definition.counts) == 4
    assert [one.clause() for one in etl.detection] == [f"etl § 3.{number}" for number in range(1, 5)]
    assert [one.name for one in etl.phases if one.clause() != HOUSE] == [
        *("triaging", "investigating", "containing", "fixing", "verifying"),
    ]
    containment = etl.checklist("containment")
    assert containment
    assert (containment.any_of, containment.opens) == (True, "containing")
    assert [one.id for one in containment.items] == ["pause", "isolate"]
    assert len(etl.postmortem.sections) == 7


def test_self_healing_says_the_rest_of_its_document(shipped: dict[str, Protocol]) -> None:
    healing = shipped["self-healing-pipeline"]
    lists = {one.name: [item.clause() for item in one.items] for one in healing.checklists}
    steps = {one.name: [item.clause() for item in one.steps] for one in healing.phases}
    for part, count, found in (
        ("triage.initial", 4, [*steps["detecting"], *steps["triaging"]]),
        ("triage.response", 3, steps["triaging"]),  # the fourth is the timeline, which begins by itself
        ("triage.self-healing", 4, lists["self-healing"]),
        ("investigation.cause", 3, steps["investigating"]),
        ("resolution.restoration", 4, steps["monitoring"]),
        ("communication.users", 4, lists["users"]),
        ("closure.handoff", 4, lists["wrap-up"]),
        ("post-incident.process", 8, lists["post-incident"]),
    ):
        numbered = [f"self-healing-pipeline § {part}.{number}" for number in range(1, count + 1)]
        assert [one for one in found if f" {part}." in one] == numbered
    assert [one.clause() for one in healing.validation] == [
        f"self-healing-pipeline § resolution.verification.{number}" for number in range(1, 5)
    ]
    assert len(healing.closure) == 5
    assert len(healing.principles) == 6
    assert len(healing.definition.counts) == 6
    assert len(healing.detection) == 3
    assert [one.name for one in healing.techniques] == ["5-whys", "ishikawa"]
    assert (healing.duty.published, healing.duty.review) == ("month", True)


def test_dataforge_says_the_rest_of_its_document(shipped: dict[str, Protocol]) -> None:
    forge = shipped["dataforge"]
    alarms = {one.name: (one.alarms, one.categories) for one in forge.runbooks}
    assert alarms == {
        "ingestion-failures": (("IngestionErrorRateHigh",), ("ingestion-failure",)),
        "processing-latency": (("SparkProcessingLatencyHigh",), ("processing-latency",)),
        "api-dashboard-outage": (("5XXErrorRate",), ("api-dashboard-outage",)),
    }
    steps = {one.name: [len(section.steps) for section in one.sections] for one in forge.runbooks}
    assert steps == {
        "ingestion-failures": [3, 4, 2],
        "processing-latency": [3, 3, 2],
        "api-dashboard-outage": [3, 3, 2],
    }
    assert [item.id for item in items(forge) if item.approval] == ["override"]
    assert forge.ticket
    assert (forge.ticket.pattern, forge.ticket.where) == ("DFG-INC-###", "Jira")
    assert forge.ticket.clause("pattern") == "dataforge § communication.2"
    assert len(forge.approving_roles) > 1, "nobody approves a plan of their own"


def test_data_walkthrough_says_the_rest_of_its_document(shipped: dict[str, Protocol]) -> None:
    walk = shipped["data-walkthrough"]
    looking = walk.phase("investigating")
    for severity in walk.severity_names:
        assert (looking.reminds[severity], looking.within[severity]) == (timedelta(minutes=15), timedelta(minutes=30))
    assert looking.clause("within") == "data-walkthrough § phase-2"
    assert [(one.id, one.clause()) for one in walk.questions] == [
        (which, f"data-walkthrough § step-2.{number}")
        for number, which in enumerate(("what", "when", "who", "impact"), 1)
    ]
    options = walk.checklist("containment")
    assert options
    assert options.any_of
    assert (set(options.within.values()), options.clause("within")) == ({timedelta(minutes=5)}, HOUSE), "at once"
    assert [one.clause()[-8:] for one in options.items] == [f"step-8.{letter}" for letter in "ABC"]
    practice = walk.checklist("best-practice")
    assert practice
    assert len(practice.items) == 8
    assert len(walk.validation) + len(walk.closure) - 1 == 6, "the document's six, and that it is resolved"
    assert [one.name for one in walk.runbooks] == ["freshness", "schema-change", "quality"]
    assert {when for one in walk.troubleshooting for when in one.when} == {
        *("cause-unknown", "fix-fails", "recurrence", "reopened"),
    }
    assert [len(one.advice) for one in walk.troubleshooting] == [1, 4, 4]
    assert [len(one.prompts) for one in walk.techniques] == [5]
    assert walk.postmortem.attendees == ("responder", "asset-consumers", "asset-owners")
    assert len(walk.postmortem.agenda) == 5
    assert [one.who for one in walk.contacts] == ["team-lead", "on-call", "devops"]


def test_data_observability_says_the_rest_of_its_document(shipped: dict[str, Protocol]) -> None:
    watch = shipped["data-observability"]
    assessment = watch.checklist("impact-assessment")
    assert assessment
    assert assessment.counts_from == "detected"
    assert len(assessment.items) == 8
    assert set(assessment.within.values()) == {timedelta(minutes=30)}
    assert assessment.clause("within") == "data-observability § impact"
    assert len(watch.detection) == 4
    assert [len(one.says) for one in watch.messages] == [7, 5, 6, 2]
    assert [one.name for one in watch.backfills] == ["dbt-full", "dbt-from", "dagster", "sql"]
    assert len(watch.postmortem.sections) == 7


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_named_who_has_to_be_looked_up_elsewhere(name: str, shipped: dict[str, Protocol]) -> None:
    """Each protocol runs with the names of the example directory and few more, so that changing over is one key."""
    known = {"on-call", "data-engineering", "team-lead", "level-2", "director"}
    more = {
        "etl": {"product-owner"},
        "dataforge": {"data-producer"},
        "data-walkthrough": {"devops"},
        "data-observability": set[str](),
    }
    if name in more:
        assert set(shipped[name].directory_names()) <= known | more[name]
    assert {key for one in shipped[name].severities for key in PROMISE_KEYS if one.within(key) == timedelta(0)} <= {
        "management_after"
    }
