import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli_protocol import app
from bot.domain.calendar import Calendar
from bot.domain.protocol import PROMISE_KEYS
from bot.store.files.protocols import ProtocolError, builtin_names, load

SMALLEST = """\
name: ours
extends: self-healing-pipeline
severities:
  P1: {acknowledge_within: 10m, triage_within: 15m, first_notice_within: 15m, impact_within: 30m,
       update_every: 20m, escalate_after: 30m, management_after: 0s, postmortem_within: 48h}
"""

WHOLE = """\
name: own
severities:
  red: {acknowledge_within: 5m § rules.3}
  amber: {}
phases:
  look: {stage: triage}
  work: {stage: active}
  watch: {stage: monitoring, title: Watching}
roles:
  everything: {leads: true, communicates: true, responds: true, required_for: [red]}
ladder: {}
closure: {}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITREP_CONFIG", "")


def written(text: str, name: str = "ours.yml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def refused(text: str) -> str:
    with pytest.raises(ProtocolError) as error:
        load(written(text))
    return str(error.value)


@pytest.mark.parametrize("name", builtin_names())
def test_every_protocol_that_comes_along_loads(name: str) -> None:
    assert load(name).name == name


def test_the_default_protocol_promises_what_its_document_does() -> None:
    protocol = load("self-healing-pipeline")
    promises = {
        key: [json.loads(protocol.canonical_json())["severities"][i][key] for i in range(4)] for key in PROMISE_KEYS
    }
    assert promises == {
        "acknowledge_within": ["15m", "30m", "4h", "24h"],
        "triage_within": ["15m", "1h", "4h", "none"],
        "first_notice_within": ["15m", "15m", "4h", "none"],
        "impact_within": ["30m", "30m", "4h", "none"],
        "update_every": ["30m", "2h", "4h", "none"],
        "escalate_after": ["30m", "2h", "8h", "none"],
        "management_after": ["0s", "2h", "8h", "none"],
        "resolve_within": ["none", "none", "none", "none"],
        "postmortem_within": ["48h", "48h", "none", "none"],
    }
    assert [severity.hours for severity in protocol.severities] == ["always", "always", "always", "business"]
    assert protocol.clause("P1", "update_every") == "self-healing-pipeline § updates.P1"
    assert protocol.clause("P1", "escalate_after") == "self-healing-pipeline § escalation.technical.P1"
    assert [level.names for level in protocol.ladder] == [("on-call",), ("level-2",), ("level-3",), ("level-4",)]
    assert [role.name for role in protocol.required_roles("P4")] == ["on-call-responder"]
    assert [role.name for role in protocol.required_roles("P3")] == ["on-call-responder"]
    assert len(protocol.required_roles("P1")) == len(protocol.roles) == 6
    assert {role.name for role in protocol.required_roles("P2")} == {
        *("on-call-responder", "incident-manager", "technical-coordinator", "communications-coordinator")
    }
    assert len(protocol.closure) == 5


def test_the_default_protocol_knows_kinds_places_and_who_approves() -> None:
    protocol = load("self-healing-pipeline")
    assert [one.name for one in protocol.categories] == [
        *("data-quality", "pipeline-execution", "performance", "infrastructure", "security", "self-healing")
    ]
    teams = {one.name: (one.team, one.clause("team")) for one in protocol.categories}
    assert teams["data-quality"] == ("data-engineering", "self-healing-pipeline § escalation.functional.data")
    assert teams["infrastructure"] == ("devops", "self-healing-pipeline § escalation.functional.infrastructure")
    assert teams["security"] == ("security", "self-healing-pipeline § escalation.functional.security")
    assert teams["performance"] == ("development", "self-healing-pipeline § escalation.functional.application")
    assert teams["self-healing"][1] == "house", "the document names no team for it"
    assert [one.name for one in protocol.environments] == ["production", "staging", "development"]
    assert [len(one.questions) for one in protocol.impact] == [4, 4, 4, 4]
    assert [role.name for role in protocol.approving_roles] == ["incident-manager", "technical-coordinator"]
    assert [one.occasion for one in protocol.messages] == ["initial", "update", "resolution", "postmortem"]
    assert len(protocol.validation) == 4
    assert {"data-engineering", "devops", "security", "development"} <= set(protocol.directory_names())


def test_every_part_of_the_default_protocol_knows_its_clause() -> None:
    protocol = load("self-healing-pipeline")
    parts = (protocol.roles, protocol.ladder, protocol.closure, protocol.categories, protocol.environments)
    more = (protocol.impact, protocol.validation, protocol.messages, (protocol.approvals,))
    clauses = [part.clause() for section in (*parts, *more) for part in section]
    assert [clause for clause in clauses if not clause.startswith("self-healing-pipeline § ")] == []


def test_a_few_lines_change_a_few_promises_and_keep_the_rest() -> None:
    ours, theirs = load(written(SMALLEST)), load("self-healing-pipeline")
    assert ours.severity("P1").update_every == timedelta(minutes=20)
    assert ours.severity("P1").description == theirs.severity("P1").description
    assert ours.severities[1:] == theirs.severities[1:]
    assert ours.clause("P1", "update_every") == "ours § severities.P1.update_every"
    assert ours.clause("P2", "update_every") == "self-healing-pipeline § updates.P2"
    assert "impact_within" not in ours.severity("P1").house


def test_extending_what_extends_a_file_in_another_folder() -> None:
    Path("base").mkdir()
    written(SMALLEST, "base/ours.yml")
    child = "name: child\nextends: base/ours.yml\nseverities:\n  P3: {update_every: 1h § c.3}\n"
    protocol = load(written(child, "child.yml"))
    assert protocol.clause("P1", "update_every") == "ours § severities.P1.update_every"
    assert protocol.clause("P3", "update_every") == "child § c.3"


def test_a_protocol_of_its_own_names_severities_as_it_likes() -> None:
    own = load(written(WHOLE))
    assert own.severity_names == ("red", "amber")
    assert own.clause("red", "acknowledge_within") == "own § rules.3"
    assert own.severity("amber").acknowledge_within == timedelta(minutes=30)
    assert own.clause("amber", "acknowledge_within") == "house default for amber"
    assert own.phase("watch").title == "Watching"
    assert own.phase("look").title == "look"


def test_the_calendar_is_part_of_the_effective_protocol() -> None:
    assert load("self-healing-pipeline", Calendar(timezone="Asia/Tokyo")).calendar.timezone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "name: ours\nextends: self-healing-pipeline\nseverities:\n  P1: {update_evry: 20m}\n",
            'ours.yml, line 4: unknown key "update_evry" in severities.P1; did you mean "update_every"?',
        ),
        (
            "name: ours\nextends: self-healing-pipeline\nseverties: {}\n",
            'ours.yml, line 3: unknown key "severties"; did you mean "severities"?',
        ),
        (
            "name: ours\nextends: self-healing-pipeline\nseverities:\n  P11: {update_every: 20m}\n",
            'ours.yml, line 4: unknown key "P11" in severities; did you mean "P1"?',
        ),
        (
            "name: ours\nextends: self-healing-pipeline\nseverities:\n  P1: {rank: 2}\n",
            'ours.yml, line 4: unknown key "rank" in severities.P1; there is ',
        ),
        (
            SMALLEST.replace("20m", "20 minuts"),
            'ours.yml, line 5: severities.P1.update_every: "20 minuts" is not a length of time; write it like 90s, 15m',
        ),
        (SMALLEST.replace("20m", "0s"), "ours.yml, line 5: severities.P1.update_every: 0s would be missed"),
        (SMALLEST.replace("20m", ""), "ours.yml, line 5: severities.P1.update_every must not be left empty"),
        (SMALLEST.replace("20m", "[20m]"), "ours.yml, line 5: severities.P1.update_every: a length of time is written"),
        (
            SMALLEST.replace("update_every: 20m", "hours: alwys"),
            'ours.yml, line 5: severities.P1.hours cannot be "alwys"; did you mean "always"?',
        ),
        (
            SMALLEST.replace("update_every: 20m", "stakeholders: perhaps"),
            "ours.yml, line 5: severities.P1.stakeholders must be true or false",
        ),
        (
            SMALLEST.replace("update_every", "triage_within"),
            'ours.yml, line 5: "triage_within" is written twice in severities.P1, first in line 4',
        ),
        (
            SMALLEST + "severities: {}\n",
            'ours.yml, line 6: "severities" is written twice, first in line 3',
        ),
        (
            SMALLEST.replace("self-healing-pipeline", "self-healing"),
            (
                'ours.yml, line 2: extends names no built-in protocol and no file: "self-healing"; '
                'did you mean "self-healing-pipeline"?'
            ),
        ),
        (
            SMALLEST.replace("self-healing-pipeline", "ours.yml"),
            'ours.yml, line 2: extends leads in a circle: "ours.yml" extends this file in turn',
        ),
        (SMALLEST.replace("name: ours\n", ""), "ours.yml, line 1: name is missing"),
        (SMALLEST.replace("P1: {", "P1: [").replace("}", "]"), "ours.yml, line 4: severities.P1 must be a group of"),
        ("name: ours\n", "ours.yml, line 1: severities is missing; write it, or extend a protocol that has it"),
        (
            WHOLE.replace("[red]", "[rad]"),
            'ours.yml, line 10: required_for names no severity: "rad"; did you mean "red"?',
        ),
        (WHOLE.replace("[red]", "red"), "ours.yml, line 10: roles.everything.required_for must be a list such as"),
        (WHOLE.replace("stage: active", "stage: monitoring"), "ours.yml, line 5: phases: phases needs at least one"),
        (WHOLE.replace("stage: active", "title: Work"), "ours.yml, line 7: phases.work.stage is missing"),
        (WHOLE.replace("leads: true, ", ""), "ours.yml, line 9: roles: exactly one of the roles needs leads: true"),
        ("", "ours.yml, line 1: the file is empty"),
        ("- name: ours\n", "ours.yml, line 1: the file must hold `key: value` lines"),
        ("name: ours\n\tx: 1\n", "ours.yml, line 2: this is not YAML: "),
        ("name: [ours\n", "ours.yml, line 2: this is not YAML: "),
        ("name: a\n---\nname: b\n", "ours.yml, line 2: this is not YAML: "),
        ("name: \x01\n", "ours.yml: this is not YAML: it holds a character that no text has"),
        ("name: &a [*a]\nextends: *a\n", "ours.yml, line 1: this is nested too deeply"),
        ("name: ours\ntitle: " + "[" * 5000, "ours.yml, line 2: this is nested too deeply"),
        ("name: ours\n" + "".join(" " * n + "a:\n" for n in range(22)), "ours.yml, line 22: this is nested too deeply"),
        ('name: "a\\0b"\nextends: etl\n', "ours.yml, line 1: this holds a character that no text has: U+0000"),
        ('name: ours\n"\\a": x\n', "ours.yml, line 2: this holds a character that no text has: U+0007"),
        ('name: ours\ntitle: "\\ud800"\n', "ours.yml, line 2: this holds a character that no text has: U+D800"),
        ("? [a, b]\n: 1\n", "ours.yml, line 1: a key must be one word or text"),
    ],
)
def test_a_broken_file_gets_one_sentence_with_its_place(text: str, sentence: str) -> None:
    said = refused(text)
    assert said.startswith(sentence)
    assert "\n" not in said


SECTIONS = """\
name: ours
extends: self-healing-pipeline
phases:
  fixing: {within: {P1: 30m § ours.3, P2: 2h}}
  verifying: {within: 20m}
categories:
  data-quality: {team: platform}
  streaming: {title: Streams, severity: P2, team: streams § rota.2}
environments:
  staging: {lowers_by: 2}
  demo: {lowers_by: 3, hours: business, stakeholders: false}
impact:
  business: {levels: {total: P1, some: P3, none: none}}
approvals: {by: [technical-coordinator], clause: changes.2}
validation:
  users: {text: Three people have looked}
messages:
  update: {to: [team]}
checklists:
  restart: {title: Before a restart, opens: fixing, severities: [P1, P2], within: 25m, items: {lag: Write it down}}
"""


def test_a_team_changes_kinds_places_phases_and_approvals_in_a_few_lines() -> None:
    ours = load(written(SECTIONS))
    assert ours.phase_within("fixing", "P1", "production") == (timedelta(minutes=30), "ours § ours.3")
    assert ours.phase_within("fixing", "P2", "production")[1] == "ours § phases.fixing.within.P2"
    assert ours.phase_within("verifying", "P4", "production") == (
        timedelta(minutes=20),
        "ours § phases.verifying.within",
    )
    assert ours.phase_within("fixing", "P3", "production")[0] is None
    restart = ours.checklist("restart")
    assert restart is not None
    assert list(restart.within) == ["P1", "P2"], "a time written once holds where the list opens"
    assert ours.phase_within("fixing", "P1", "staging")[0] is None, "there a P1 counts as a P3"
    assert [one.name for one in ours.categories][-2:] == ["self-healing", "streaming"]
    quality, streams = ours.category("data-quality"), ours.category("streaming")
    assert quality is not None
    assert streams is not None
    assert (quality.team, quality.clause("team")) == ("platform", "ours § categories.data-quality.team")
    assert quality.clause() == "self-healing-pipeline § incident-types.1", "what it is, is still the base's word"
    assert (streams.clause("team"), streams.clause()) == ("ours § rota.2", "ours § categories.streaming")
    assert ours.team_named("streams team") == ours.team_named("stream") == "streams"
    assert (
        ours.severity_in("P1", "staging")
        .clause("update_every")
        .endswith("environment staging (ours § environments.staging.lowers_by)")
    )
    assert ours.severity_in("P1", "demo").rank == 4
    assert [role.name for role in ours.approving_roles] == ["technical-coordinator"]
    assert ours.approvals.clause() == "ours § changes.2"
    proposed = ours.proposed({"business": "total"})
    assert proposed is not None
    assert proposed.name == "P1"
    assert ours.proposed({"business": "none"}) is None
    assert [level.name for level in ours.impact[0].levels] == ["total", "some", "none"], "a scale is one scale"
    assert (ours.tells("update", "team"), ours.tells("update", "stakeholders")) == (True, False)
    assert ours.tells("resolution", "stakeholders")


def test_a_protocol_without_the_newer_sections_has_none_of_them() -> None:
    own = load(written(WHOLE))
    assert (own.categories, own.environments, own.impact, own.validation, own.messages) == ((), (), (), (), ())
    assert [role.name for role in own.approving_roles] == ["everything"], "then whoever leads approves"
    assert own.severity_in("red", "staging") == own.severity("red")


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ("P1: 30m § ours.3", "P11: 30m", 'line 4: unknown key "P11" in phases.fixing.within; did you mean "P1"?'),
        ("within: 20m", "within: soon", 'line 5: phases.verifying.within: "soon" is not a length of time'),
        ("within: 20m", "within: 0s", "line 5: phases.verifying.within: 0s would be missed"),
        ("  verifying: {", "  triaging: {", "line 5: phases.triaging: a phase of the stage triage gets its time from"),
        ("severity: P2,", "severity: P22,", 'line 8: severity names no severity: "P22"; did you mean "P2"?'),
        (
            "title: Streams",
            "titel: Streams",
            'line 8: unknown key "titel" in categories.streaming; did you mean "title"?',
        ),
        ("  streaming:", "  Data Quality:", 'line 8: "Data Quality" and "data-quality" in categories are one name'),
        ("lowers_by: 2", "lowers_by: two", "line 10: environments.staging.lowers_by must be a whole number"),
        ("lowers_by: 2", "lowers_by: -1", "line 10: environments.staging.lowers_by must not be less than 0"),
        ("hours: business", "hours: office", 'line 11: environments.demo.hours cannot be "office"; there is'),
        ("some: P3", "some: P33", 'line 13: levels names no severity: "P33"; did you mean "P3"?'),
        (
            "  business: {levels",
            "  weather: {lvls",
            'line 13: unknown key "lvls" in impact.weather; did you mean "levels"?',
        ),
        (
            "  business: {levels: {total: P1, some: P3, none: none}}",
            "  weather: {levels: {}}",
            "line 13: impact.weather.levels must",
        ),
        ("by: [technical-coordinator]", "by: [coordinator]", 'line 14: by names no role: "coordinator"; did you mean'),
        ("by: [technical", "by: [technical-coordinator, technical", 'line 14: by names "technical-coordinator" twice'),
        ("by: [technical-coordinator]", "who: [x]", 'line 14: unknown key "who" in approvals; there is by'),
        ("30m § ours.3", "30m §", "line 4: phases.fixing.within.P1: nothing follows the §"),
        ("Three people", "Three people " * 9, "line 16: validation.users.text is too long"),
        ("  update: {to", "  updates: {to", 'line 18: unknown key "updates" in messages; did you mean "update"?'),
        ("to: [team]", "to: [teams]", 'line 18: messages.update.to.1 cannot be "teams"; did you mean "team"?'),
    ],
)
def test_a_slip_in_the_newer_sections_gets_its_sentence(line: str, instead: str, sentence: str) -> None:
    assert SECTIONS.count(line) == 1
    said = refused(SECTIONS.replace(line, instead))
    assert said.startswith(f"ours.yml, {sentence}"), said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("severities: {P1: {update_every: 400d}}", 'severities.P1.update_every: "400d" is longer than 366 days'),
        ("severities: {P1: {update_every: 60d § 4}}", "severities.P1.update_every: 60d is longer than a month"),
        ("severities: {P1: {triage_within: 20s}}", "severities.P1.triage_within: 20s is less than a minute"),
        ("severities: {P1: {escalate_after: -5m}}", 'severities.P1.escalate_after: "-5m" is not a length of time'),
        ("severities: {P1: {title: %s}}" % ("T" * 51), "severities.P1.title is 51 characters long; at most 50 fit"),
        ("roles: {%s: {}}" % ("r" * 41), f'the name "{"r" * 40}…" in roles is 41 characters long; at most 40 fit'),
        ("phases: {fixing: {title: %s}}" % ("T" * 76), "phases.fixing.title is 76 characters long; at most 75 fit"),
        ("management: [%s]" % ("d" * 61), "management.1 is 61 characters long; at most 60 fit"),
        ("roles: {Incident Manager: {title: x}}", '"Incident Manager" and "incident-manager" in roles are one name'),
        ("phases: {fixing: {steps: {a/b: Do it}}}", '"a/b" holds a sign that names cannot have'),
        ("phases: {Fixing: {stage: active}}", '"Fixing" and "fixing" in phases are one name'),
        (
            "categories: {" + ", ".join(f"c{n}: {{}}" for n in range(101)) + "}",
            "categories holds 101; at most 100 fit where they are chosen",
        ),
        ("accept: {noise: ' '}", "accept.noise must say why it is meant so"),
    ],
)
def test_what_fits_nowhere_or_means_nothing_is_refused(line: str, sentence: str) -> None:
    said = refused(f"name: ours\nextends: self-healing-pipeline\n{line}\n")
    assert said.startswith(f"ours.yml, line 3: {sentence}"), said


def test_a_fault_in_what_is_extended_names_that_file() -> None:
    written(SMALLEST.replace("20m", "soon"), "base.yml")
    said = refused("name: ours\nextends: base.yml\nseverities:\n  P2: {update_every: 1h}\n")
    assert said.startswith("base.yml, line 5: severities.P1.update_every:")


def test_a_long_circle_is_found() -> None:
    written(SMALLEST.replace("self-healing-pipeline", "b.yml"), "a.yml")
    written(SMALLEST.replace("self-healing-pipeline", "a.yml"), "b.yml")
    with pytest.raises(ProtocolError, match=r'b\.yml, line 2: extends leads in a circle: "a\.yml"'):
        load("a.yml")


def test_a_file_that_is_no_text() -> None:
    Path("ours.yml").write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(ProtocolError, match=r"^ours\.yml: this is not a text file in UTF-8$"):
        load("ours.yml")


def test_show_json_keeps_the_contract() -> None:
    written(SMALLEST)
    shown = CliRunner().invoke(app, ["show", "ours.yml", "--json"])
    assert shown.exit_code == 0
    severities = json.loads(shown.stdout)["severities"]
    assert list(severities) == ["P1", "P2", "P3", "P4"]
    assert set(PROMISE_KEYS) <= set(severities["P1"])
    assert [severities[name]["update_every"] for name in severities] == ["20m", "2h", "4h", "none"]


def test_show_marks_what_the_house_fills_in() -> None:
    lines = CliRunner().invoke(app, ["show", "self-healing-pipeline"]).stdout.splitlines()
    assert any(line.split() == ["impact", "known", "within", "30m", "*house*"] for line in lines)
    assert any(line.endswith("30m       self-healing-pipeline § updates.P1") for line in lines)


@pytest.mark.parametrize("name", builtin_names())
def test_show_prints_every_list_step_and_way_of_telling(name: str) -> None:
    protocol, shown = load(name), CliRunner().invoke(app, ["show", name]).stdout
    steps = [item.text for phase in protocol.phases for item in phase.steps]
    books = [item.text for book in protocol.runbooks for part in book.sections for item in part.steps]
    ticks = [item.text for one in protocol.checklists for item in one.items]
    told = [f"{one.who}: {', '.join(one.ways)} ({one.clause})" for grade in protocol.severities for one in grade.tell]
    assert [text for text in (*steps, *books, *ticks, *told) if text not in shown] == []
    ranges = [f"usually {one.severity} to {one.down_to}" for one in protocol.categories if one.down_to]
    assert [text for text in ranges if text not in shown] == []


def test_list_and_check_succeed() -> None:
    assert "self-healing-pipeline  Self-healing data pipeline" in CliRunner().invoke(app, ["list"]).stdout
    checked = CliRunner().invoke(app, ["check", written(SMALLEST)])
    assert (checked.exit_code, checked.stdout) == (0, "ours.yml is right: ours with P1, P2, P3, P4.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["check", "ours.yml"], 1, 'ours.yml, line 1: unknown key "nme"; did you mean "name"?\n'),
        (["show", "ours.yml"], 1, 'ours.yml, line 1: unknown key "nme"; did you mean "name"?\n'),
        (
            ["show", "self-healing"],
            2,
            (
                "self-healing: there is no such file and no built-in protocol of this name; "
                'did you mean "self-healing-pipeline"?\n'
            ),
        ),
    ],
)
def test_errors_are_one_sentence_on_stderr(arguments: list[str], code: int, sentence: str) -> None:
    written("nme: ours\n")
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", sentence)
