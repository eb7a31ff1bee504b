"""Looking before merging: what cannot be meant, what is different, and what a team writes in fifteen lines."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli_protocol import app
from bot.domain.bench import sense
from bot.domain.bench.difference import differences
from bot.store.files.protocols import builtin_names, load
from bot.views.differences import plain, sentence

SIXTH = Path(__file__).parent.parent / "docs" / "examples" / "ours.yml"

FAULTS = """\
name: ours
severities:
  P1: {hours: business, update_every: 4h, escalate_after: 2h, resolve_within: 2h, impact_within: none, announce: none}
  P2: {acknowledge_within: 10m, update_every: 1h, snooze_up_to: 2h, management_after: 1h, stakeholders: true}
  P3: {management_after: none}
  P4: {first_notice_within: none}
phases:
  look: {stage: triage, within: none}
  work: {title: Work, stage: active, within: {P1: 3h}}
  watch: {title: Work, stage: monitoring}
  late: {stage: active}
  again: {stage: triage}
roles:
  everything: {leads: true, communicates: true, responds: true, required_for: [P1]}
ladder:
  first: {names: [on-call]}
closure: {}
categories:
  odd: {severity: P3 to P1, team: nowhere}
runbooks:
  lag: {title: Lag, sections: {one: {steps: {look: Look at it}}}}
checklists:
  start: {title: Start, opens: again, severities: [P1], within: {P1: 10m, P2: 10m}, items: {one: Look}}
messages:
  initial: {to: [team]}
  update: {to: [team]}
  resolution: {to: [team]}
ticket: {pattern: TICKET}
"""

EXPECTED = {
    ("asleep-at-the-top", "P1"): 3,
    ("escalation-after-resolve", "P1"): 3,
    ("update-after-resolve", "P1"): 3,
    ("update-after-escalation", "P1"): 3,
    ("notice-without-announcement", "P1"): 3,
    ("snooze-over-update", "P2"): 4,
    ("management-is-nobody", "P2"): 4,
    ("stricter-below", "P2.acknowledge_within"): 4,
    ("phases-over-resolve", "P1"): 3,
    ("phase-order", "late"): 11,
    ("unreachable-phase", "again"): 12,
    ("same-title", "phases.watch"): 10,
    ("role-without-people", "everything"): 14,
    ("empty-ladder", "P1"): 15,
    ("range-turned-round", "odd"): 19,
    ("nobody-answers", "nowhere"): 19,
    ("unreachable-runbook", "lag"): 21,
    ("unreachable-checklist", "start"): 23,
    ("stakeholders-never-told", "P1"): 24,
    ("ticket-without-number", "ticket"): 28,
}
"""What is wrong in it, and in which line."""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_what_cannot_be_meant_is_found_with_its_line_and_what_to_do() -> None:
    Path("ours.yml").write_text(FAULTS)
    Path("sitrep.yml").write_text("directory: {level-2: [U0TEC]}\n")
    found = run("check", "ours.yml", "--json")
    assert found.exit_code == 1
    rows = json.loads(found.stdout)["findings"]
    lines = {(row["id"], row["about"]): row["line"] for row in rows}
    assert {key: lines.get(key) for key in EXPECTED} == EXPECTED
    assert all(row["file"] == "ours.yml" and row["sentence"] and row["suggestion"] for row in rows)
    said = run("check", "ours.yml").stderr.splitlines()
    assert len(said) == len(rows)
    assert said[0] == (
        "ours.yml, line 3: P1 is to be resolved within 2 h, and the first update is due only after 4 h; "
        "make update_every shorter than resolve_within [update-after-resolve]"
    )


def test_a_finding_is_accepted_with_a_reason_and_a_reason_for_nothing_is_said() -> None:
    late = "name: ours\nextends: self-healing-pipeline\nseverities:\n  P1: {resolve_within: 20m}\n"
    Path("ours.yml").write_text(late)
    ids = {row["id"] for row in json.loads(run("check", "ours.yml", "--json").stdout)["findings"]}
    assert {"escalation-after-resolve", "update-after-resolve", "impact-after-resolve"} <= ids
    accepted = ", ".join(f"{one}: it is a drill" for one in sorted(ids))
    Path("ours.yml").write_text(f"{late}accept: {{{accepted}}}\n")
    assert run("check", "ours.yml").stdout.startswith("ours.yml is right: ours with P1, P2, P3, P4.")
    Path("ours.yml").write_text(f"{late}accept: {{{accepted}, noise.P4: quiet enough}}\n")
    idle = run("check", "ours.yml")
    assert (idle.exit_code, idle.stderr.count("\n")) == (1, 1)
    assert 'accept: "noise.P4" means no finding' in idle.stderr


def test_more_noise_than_anybody_bears_is_found() -> None:
    protocol = load("self-healing-pipeline")
    found = [one for one in sense.findings(protocol, most=5) if one.id == "noise"]
    assert [one.about for one in found] == ["P1", "P2"]
    assert "rings incident-manager 6 times within an hour, more than 5" in found[0].sentence


@pytest.mark.parametrize("name", builtin_names())
def test_what_ships_is_meant(name: str) -> None:
    found = run("check", name)
    assert (found.exit_code, found.stderr) == (0, "")


def test_the_sixth_protocol_is_fifteen_lines_and_is_right() -> None:
    text = SIXTH.read_text("utf-8")
    assert len(text.splitlines()) <= 15
    Path("ours.yml").write_text(text)
    assert run("check", "ours.yml").exit_code == 0
    assert "streams" in load("ours.yml").directory_names()
    rows = json.loads(run("diff", "self-healing-pipeline", "ours.yml", "--json").stdout)
    first = rows["differences"][0]
    assert first["sentence"] == "P1: updates every 20 min instead of 30 min (ours § 4.2)"
    assert (first["path"], first["before"], first["after"]) == (["severities", "P1", "update_every"], "30m", "20m")
    assert set(rows["noise"]) == {"P1", "P2", "P3", "P4"}


def test_every_difference_there_and_back_is_told() -> None:
    for name in builtin_names():
        one, other = load("self-healing-pipeline"), load(name)
        there, back = differences(one, other), differences(other, one)
        assert bool(there) == (name != "self-healing-pipeline")
        assert {(d.path, d.what) for d in there if d.what == "new"} == {
            (d.path, "new") for d in back if d.what == "gone"
        }
        assert all(plain(sentence(each, one, other)) for each in there)
    assert run("diff", "etl", "etl").stdout == "Nothing is different.\n"
    Path("ours.yml").write_text("name: ours\nextends: self-healing-pipeline\nseverities: {P1: {update_every: 20m}}\n")
    *_, noisy = run("diff", "self-healing-pipeline", "ours.yml").stdout.splitlines()
    assert noisy.startswith("P1, nobody answers for a day: ")


def test_a_difference_of_a_list_says_what_came_and_what_went() -> None:
    whole = load("self-healing-pipeline")
    role = whole.lead_role.model_copy(update={"duties": ("Coordinate",), "staffed_by": ("boss",)})
    roles = tuple(role if one.name == role.name else one for one in whole.roles)
    found = {one.key: one for one in differences(whole, whole.model_copy(update={"roles": roles}))}
    assert found["duties"].after == ("Coordinate",)
    assert whole.severity("P1").update_every == timedelta(minutes=30)
