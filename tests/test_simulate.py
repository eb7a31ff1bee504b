"""`sitrep protocol simulate`: what is printed, and what is said of wrong use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli_protocol import app
from bot.store.files.protocols import builtin_names, load
from bot.views.simulation import WIDTH

NIGHT = ("--at", "2026-11-20T03:00")

CONFIG = """\
announce_channel: on-fire
assets: {"orders_*": {owner: [U0MAX, C0OWN]}}
timezone: Europe/Amsterdam
directory:
  incident-manager: [U0BEA]
  level-2: [U0TEC, U0SME]
  director: [C0DIR]
oncall:
  primary: {members: [U0ANA], starts: 2020-01-06, handoff: "mon 09:00"}
"""

OURS = """\
name: ours
extends: self-healing-pipeline
severities:
  P1: {acknowledge_within: 10m § 1.2, escalate_after: 20m}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SITREP_CONFIG", raising=False)


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments])


def printed(*arguments: str) -> list[str]:
    result = simulate(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def row(lines: list[str], *words: str) -> str:
    [found] = [line for line in lines if all(word in line for word in words)]
    return found


@pytest.mark.parametrize("name", builtin_names())
def test_the_highest_severity_of_every_protocol_fits_a_terminal(name: str) -> None:
    lines = printed(name, load(name).of_rank(1).name, *NIGHT)
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith(f"{name}: {load(name).of_rank(1).label}, declared Fri 20 Nov 2026 03:00 UTC")
    assert any("Busiest hour: " in line for line in lines)
    assert all(line == line.rstrip() and "&" not in line for line in lines)


def test_minute_by_minute_with_its_clause_and_people_who_are_made_up() -> None:
    lines = printed("self-healing-pipeline", "P1", *NIGHT)
    assert row(lines, "+0:03", "pages").split(None, 3) == [
        *("+0:03", "03:03", "pages"),
        "on-call, in the channel and directly: acknowledgement",
    ]
    assert row(lines, "+0:00", "tells", "director").endswith("word to management (§ escalation.management.P1)")
    assert row(lines, "level-3", "into the channel")


def test_the_people_are_those_who_are_configured() -> None:
    Path("sitrep.yml").write_text(CONFIG)
    lines = printed("self-healing-pipeline", "P1", *NIGHT, "--affected", "orders_mart")
    assert "declared Fri 20 Nov 2026 03:00 CET" in lines[0]
    assert row(lines, "that something of theirs is affected").split(None, 3)[2:] == [
        "tells",
        "U0MAX, directly: that something of theirs is affected",
    ]
    assert "U0ANA (on-call), in the channel" in row(lines, "+0:03", "pages")
    assert "U0TEC (level-2) and U0SME (level-2), in the channel and directly" in " ".join(
        row(lines, "+0:10", "pages").split()
    )
    assert "in #C0DIR" in row(lines, "word to management", "+0:00")
    assert "in #on-fire: the announcement" in row(lines, "the announcement")
    told = " ".join(lines[-4:])
    assert "Nobody stands behind" in told
    assert "level-3" in told


def test_a_team_sees_what_its_own_lines_do() -> None:
    Path("ours.yml").write_text(OURS)
    lines = printed("ours.yml", "p1", *NIGHT, "--ack-after", "5m", "--resolve-after", "25m")
    assert "acknowledged after 5 min, resolved after 25 min." in " ".join(lines[:2])
    assert "(§ 1.2)" in " ".join(row(lines, "+0:03", "pages").split()) or "(§ 1.2)" in " ".join(lines)
    assert row(lines, "+0:05", "acknowledges").endswith("on-call acknowledges it")
    assert row(lines, "+0:20", "calls")
    assert row(lines, "+0:25", "resolves").endswith("on-call resolves it")
    assert "Then it is resolved." in lines


def test_for_programs_every_line_and_the_noise() -> None:
    told = json.loads(simulate("self-healing-pipeline", "P1", *NIGHT, "--json").stdout)
    assert {line["how"] for line in told["lines"]} >= {"act", "direct", "mention", "post", "invite", "edit"}
    first = next(line for line in told["lines"] if line["does"] == "pages")
    assert (first["after_minutes"], first["people"], first["about"]) == (0, ["on-call"], ["acknowledge"])
    assert told["noise"]["rings"] == sum(one["rings"] + one["direct"] for one in told["noise"]["shares"].values())
    assert {"key": "acknowledge", "stands": "late"}.items() <= told["promises"][0].items()


def test_a_time_of_day_is_the_next_one() -> None:
    assert " 14:30 UTC" in printed("self-healing-pipeline", "P4", "--at", "14:30")[0]
    assert "+0:00   14:30" in "\n".join(printed("self-healing-pipeline", "P4", "--at", "14:30"))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nope", "P1"], 2, "no built-in protocol of this name"),
        (["broken.yml", "P1"], 1, "broken.yml"),
        (["self-healing-pipeline", "P9"], 2, '"P9" is no severity of self-healing-pipeline; it has P1, P2, P3, P4.'),
        (["self-healing-pipeline", "P1", "--at", "25:99"], 2, "--at: 25:99 is not a time of day"),
        (["self-healing-pipeline", "P1", "--at", "2026-13-01T03:00"], 2, "is no time; write it like 03:00"),
        (["self-healing-pipeline", "P1", "--at", "9999-12-31T23:59"], 2, "--at: choose a year from 2000 to 2100."),
        (["self-healing-pipeline", "P1", "--ack-after", "-5m"], 2, '--ack-after: "-5m" is not a length of time'),
        (["self-healing-pipeline", "P1", "--until", "40d"], 2, "--until: 40d is longer than 31 days."),
        (["self-healing-pipeline", "P1", "--environment", "moon"], 2, "it has production, staging, development."),
        (["self-healing-pipeline", "P1", "--category", "weather"], 2, '"weather" is no category of'),
    ],
)
def test_wrong_use_gets_one_sentence(arguments: list[str], code: int, sentence: str) -> None:
    Path("broken.yml").write_text("name: broken\nextends: self-healing-pipeline\nnonsense: 1\n")
    result = simulate(*arguments)
    assert result.exit_code == code
    assert result.stdout == ""
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
