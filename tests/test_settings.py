from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.domain.duty.rotation import Turn, parse_local
from bot.environment import SettingsError
from bot.inbound.reactions import ACKNOWLEDGES
from bot.settings import Settings, load, unused_names
from bot.store.files import protocols
from tests.zygote import sitrep

BOT, APP, SECRET = "xoxb-not-a-real-one", "xapp-not-a-real-one", "not-a-real-secret"
WHOLE = """\
protocol: self-healing-pipeline
announce_channel: "#incidents"
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
business_hours: {days: mon-fri, from: 08:30, to: "18:00"}
directory:
  data-engineering: [S0123ABCD]
  team-lead: [U0BEA]
  level-2: [U0TEC, sme@example.com]
  director: U0DIR
oncall:
  primary:   {members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00"}
  secondary: {members: [U0CAR, U0DEE], starts: 2026-11-16, handoff: "mon 09:00"}
reactions: {mark: [":pushpin:", star]}
"""


CONTRACT = """\
protocol: self-healing-pipeline
protocols: {"#dataforge-incident": dataforge}
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
business_hours: {days: mon-fri, from: "09:00", to: "18:00"}
directory:
  data-engineering: [S0123ABCD]
  team-lead: [U0BEA]
  level-2: [U0TEC, U0SME]
  director: [U0DIR]
assets: {"orders_*": {owner: [U0BEA], consumers: [C0FINANCE], tier: 1}}
oncall:
  primary:   {members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00"}
  secondary: {members: [U0CAR, U0DEE], starts: 2026-11-16, handoff: "mon 09:00"}
alerts: {alertmanager: {secret: "hunter2"}}
permissions: {close: [incident-manager, responder], cancel: any}
reactions: {mark: [pushpin, star], task: [ballot_box_with_check], action: [clipboard], update: [mega]}
lineage: {dbt: path/to/manifest.json}
"""
"""Every key there will be, as one file for this version and later ones."""


def settings(folder: Path, text: str | None = None, **environ: str) -> Settings:
    if text is not None:
        (folder / "sitrep.yml").write_text(text, encoding="utf-8")
    return load(environ, folder)


def refused(folder: Path, text: str | None = None, **environ: str) -> str:
    with pytest.raises(SettingsError) as error:
        settings(folder, text, **environ)
    return str(error.value)


def test_nothing_set_is_a_running_default(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.protocol == "self-healing-pipeline"
    assert (found.announce_channel, found.stakeholder_channel) == ("incidents", None)
    assert found.database_url == "sqlite:///sitrep.db"
    assert found.mark_reactions == ("pushpin", "star")
    assert found.stepped_clock_port is None
    assert found.calendar.timezone == "UTC"


def test_every_key_is_read(tmp_path: Path) -> None:
    found = settings(tmp_path, WHOLE)
    assert found.announce_channel == "incidents"
    assert found.stakeholder_channel == "data-stakeholders"
    assert (found.calendar.timezone, found.calendar.opens) == ("Europe/Amsterdam", time(8, 30))
    assert found.directory["level-2"] == ("U0TEC", "sme@example.com")
    assert found.directory["director"] == ("U0DIR",)
    assert found.oncall["primary"].starts == date(2026, 11, 16)
    assert found.oncall["secondary"].timezone == "Europe/Amsterdam"
    assert found.mark_reactions == ("pushpin", "star")


def test_rotations_of_any_length_in_any_zone_with_specialists_and_a_calendar(tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\nUID:a\nDTSTART:20261116T090000\nDTEND:20261123T090000\nSUMMARY:U0ANA\nEND:VEVENT"
    (tmp_path / "rota.ics").write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}\nEND:VCALENDAR\n")
    found = settings(
        tmp_path,
        "timezone: Europe/Amsterdam\n"
        "oncall:\n"
        "  primary: {calendar: rota.ics}\n"
        "  secondary: {members: [U0CAR], starts: 2026-11-16, every: 1d, timezone: Asia/Kolkata, group: S0ONCALL}\n"
        "  ingestion:\n"
        "    members: [tec@example.org]\n"
        "    starts: 2026-11-16\n"
        "    for: [ingestion, raw_*]\n"
        "    overrides: [{person: U0SME, from: 2026-12-24, until: 2026-12-26 18:00}]\n",
    ).oncall
    begins = parse_local("2026-11-16 09:00", "Europe/Amsterdam")
    assert found["primary"].turns == (Turn(person="U0ANA", start=begins, end=begins + timedelta(days=7)),)
    assert (found["secondary"].handoff, found["secondary"].timezone) == ("09:00", "Asia/Kolkata")
    assert found["ingestion"].covers == ("ingestion", "raw_*")
    assert found["ingestion"].at(parse_local("2026-12-26 17:59", "Europe/Amsterdam")) == "U0SME"


def test_what_specialists_know_may_be_a_mistyped_category(tmp_path: Path) -> None:
    known = "for: [infrastructre, performance, 'raw_*', orders_mart]"
    found = settings(tmp_path, f"oncall: {{dba: {{members: [U0ANA], starts: 2026-11-16, {known}}}}}\n")
    [said] = unused_names(found, protocols.load(found.protocol))
    assert said.startswith('sitrep.yml, oncall.dba.for: "infrastructre" is no category')
    assert said.endswith('did you mean "infrastructure"?')


def test_what_only_a_later_version_uses_is_taken_and_never_in_silence(tmp_path: Path) -> None:
    found = settings(tmp_path, CONTRACT)
    said = [sentence.split(" is not used by this version; ")[0] for sentence in found.later]
    assert said == [
        "sitrep.yml, line 16: alerts",
        "sitrep.yml, line 19: lineage",
    ]
    assert found.permissions == {"close": ("incident-manager", "responder"), "cancel": ("any",)}
    assert "hunter2" not in repr(found)
    assert found.mark_reactions == ("pushpin", "star")
    assert found.directory["level-2"] == ("U0TEC", "U0SME")
    assert settings(tmp_path, WHOLE).later == ()


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("permissions: {clsoe: any}\n", 'line 1: unknown key "clsoe" in permissions; did you mean "close"?'),
        ("permissions:\n  close: [lead, incident-manger]\n", 'line 2: permissions.close: "incident-manger" is nobody'),
        ("permissions:\n  close: incident-manger\n", 'did you mean "incident-manager"?'),
        ("permissions: {cancel: [any, U0BEA]}\n", "permissions.cancel names nobody; write any alone"),
        ("permissions: {cancel: []}\n", "permissions.cancel names nobody"),
        ("permissions: {cancel: [C0GENERAL]}\n", '"C0GENERAL" is nobody here'),
        ("permissions: {cancel: }\n", "permissions.cancel must be text"),
    ],
)
def test_a_rule_that_names_no_verb_or_nobody_is_refused_at_the_start(
    tmp_path: Path, written: str, sentence: str
) -> None:
    assert sentence in refused(tmp_path, written)


def test_a_rule_names_roles_duty_people_and_groups_and_its_names_are_used(tmp_path: Path) -> None:
    rules = "permissions: {approve: [S0123ABCD, lead, on-call, boss, a@example.com, U0BEA], reopen: responder}\n"
    found = settings(tmp_path, f"directory: {{boss: [U0DIR]}}\n{rules}")
    assert found.permissions["approve"] == ("S0123ABCD", "lead", "on-call", "boss", "a@example.com", "U0BEA")
    assert found.permissions["reopen"] == ("responder",)
    assert unused_names(found, protocols.load(found.protocol)) == ()


@pytest.mark.parametrize(("written", "days"), [("400d", 400), ("30d", 30), ("none", None), ("", None)])
def test_words_are_kept_for_so_many_days_or_for_ever(tmp_path: Path, written: str, days: int | None) -> None:
    assert settings(tmp_path, f"retention: {{texts: {written}}}\n").texts_kept == days
    assert Settings().texts_kept is None


def test_an_emoji_does_one_thing(tmp_path: Path) -> None:
    assert settings(tmp_path, "reactions: {task: [todo]}\n").reactions["task"] == ("todo",)
    assert "the emoji mega stands twice under reactions" in refused(tmp_path, "reactions: {mark: [mega]}\n")
    taken = f"reactions: {{mark: [{ACKNOWLEDGES}]}}\n"
    assert "acknowledges already, on the card; choose another" in refused(tmp_path, taken)


def test_a_name_that_the_protocol_never_uses_is_said_with_the_nearest_it_uses(tmp_path: Path) -> None:
    found = settings(tmp_path, "directory: {directr: [U0DIR], director: [U0DIR], on-call: [U0ANA], level-2: [U0TEC]}\n")
    [said] = unused_names(found, protocols.load(found.protocol))
    assert said.startswith("sitrep.yml, directory: the protocol self-healing-pipeline has no use for the name ")
    assert said.endswith('"directr"; did you mean "director"?')


SECOND = "name: second\nextends: self-healing-pipeline\n"


def test_several_protocols_are_for_channels_and_teams(tmp_path: Path) -> None:
    (tmp_path / "second.yml").write_text(SECOND)
    lines = '"#second": {protocol: second.yml, announce_channel: "#others"}, C0TEAM: second.yml, GROWTH: second.yml'
    usual, second = settings(tmp_path, f"protocols: {{{lines}}}\n").choices()
    assert (usual.name, usual.title, usual.announces) == ("self-healing-pipeline", usual.protocol.title, "incidents")
    assert (second.channels, second.title, second.announces) == (("second", "C0TEAM"), "GROWTH", "others")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("second.yml", "sitrep.yml, line 1: protocols must be a group of"),
        ("{'#a': secnd.yml}", 'line 1: protocols.#a names no built-in protocol and no file: "secnd.yml"'),
        ("{'#a': {file: second.yml}}", 'line 1: unknown key "file" in protocols.#a; there is protocol, announce'),
        ("{'#a': {announce_channel: x}}", "line 1: protocols.#a.protocol is missing"),
        ("{'#a': {protocol: second.yml, announce_channel: A b}}", 'protocols.#a: "A b" is no channel'),
        ("{%s: second.yml}" % ("T" * 61), "is neither a channel"),
        ("{'#Our Data': second.yml}", 'protocols: "#Our Data" is neither a channel such as "#data", in small letters'),
    ],
)
def test_a_slip_among_several_protocols_is_refused(tmp_path: Path, lines: str, sentence: str) -> None:
    (tmp_path / "second.yml").write_text(SECOND)
    assert sentence in refused(tmp_path, f"protocols: {lines}\n")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("{'#a': third.yml}", 'another protocol here is called "second" too; names must differ'),
        (
            "{'#b': {protocol: second.yml, announce_channel: x}, '#c': {protocol: second.yml, announce_channel: y}}",
            "it is announced in x and in y; a protocol has one such channel",
        ),
    ],
)
def test_protocols_that_cannot_be_told_apart_are_refused(tmp_path: Path, lines: str, sentence: str) -> None:
    (tmp_path / "second.yml").write_text(SECOND)
    (tmp_path / "third.yml").write_text(SECOND)
    found = settings(tmp_path, f"protocol: second.yml\nprotocols: {lines}\n")
    with pytest.raises(protocols.ProtocolError, match=sentence):
        found.choices()


async def test_run_says_at_its_start_what_will_have_no_effect(tmp_path: Path) -> None:
    (tmp_path / "sitrep.yml").write_text("lineage: {}\ndirectory: {directr: [U0DIR]}\n", encoding="utf-8")
    code, _, err = await sitrep(tmp_path, {}, "run")
    later, unused, missing = err.splitlines()
    assert later.startswith("sitrep.yml, line 1: lineage is not used by this version; ")
    assert 'did you mean "director"?' in unused
    assert missing.startswith("SLACK_BOT_TOKEN is missing; ")
    assert code == 2


def test_an_empty_file_of_comments_says_so_and_none_switches_announcing_off(tmp_path: Path) -> None:
    assert refused(tmp_path, "# nothing yet\n") == "sitrep.yml, line 1: the file is empty"
    assert settings(tmp_path, "announce_channel: none\n").announce_channel is None


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("postgres://u:p@db/sitrep", "postgresql+psycopg://u:p@db/sitrep"),
        ("postgresql://u:p@db/sitrep", "postgresql+psycopg://u:p@db/sitrep"),
        ("postgresql+psycopg://u:p@db/sitrep", "postgresql+psycopg://u:p@db/sitrep"),
        ("sqlite:////var/lib/sitrep.db", "sqlite:////var/lib/sitrep.db"),
    ],
)
def test_the_database_url_is_one_that_sqlalchemy_takes(tmp_path: Path, written: str, url: str) -> None:
    assert settings(tmp_path, DATABASE_URL=written).database_url == url


def test_slack_by_socket_and_by_http(tmp_path: Path) -> None:
    socket = settings(
        tmp_path, SLACK_BOT_TOKEN=f" {BOT}\n", SLACK_APP_TOKEN=APP, SLACK_API_URL="http://127.0.0.1:9/api"
    )
    assert (socket.slack().mode, socket.slack().api_url) == ("socket", "http://127.0.0.1:9/api/")
    assert socket.slack().bot_token.get_secret_value() == BOT
    http = settings(tmp_path, SLACK_BOT_TOKEN=BOT, SLACK_SIGNING_SECRET=SECRET)
    assert http.slack().mode == "http"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "SLACK_BOT_TOKEN is missing; "),
        ({"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": APP}, "SLACK_BOT_TOKEN is missing; "),
        ({"SLACK_BOT_TOKEN": BOT}, "SLACK_APP_TOKEN is missing; "),
    ],
)
def test_slack_needs_its_tokens(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(tmp_path, **environ).slack()
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"SLACK_BOT_TOKEN": "xapp-swapped"},
            "SLACK_BOT_TOKEN must start with xoxb-: copy it from the app's page, OAuth & Permissions, Bot User OAuth",
        ),
        (
            {"SLACK_APP_TOKEN": "xoxb-swapped"},
            "SLACK_APP_TOKEN must start with xapp-: copy it from the app's page, Basic Information, App-Level Tokens",
        ),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL must be an address that begins with https:// or http://"),
        ({"DATABASE_URL": "mysql://u:hidden@db/x"}, "DATABASE_URL must begin with sqlite:/// or postgresql://"),
        ({"DATABASE_URL": "hidden"}, "DATABASE_URL must look like sqlite:///sitrep.db or postgresql://"),
        ({"PORT": "eighty"}, "PORT must be a port: a number from 0 to 65535"),
        ({"PORT": "70000"}, "PORT must be a port: a number from 0 to 65535"),
        ({"SITREP_CLOCK": "fast"}, "SITREP_CLOCK must be written stepped:<port>; "),
        ({"SITREP_CLOCK": "stepped:70000"}, "SITREP_CLOCK must be a port: "),
        ({"SITREP_CONFG": "x"}, 'unknown variable SITREP_CONFG; did you mean "SITREP_CONFIG"?'),
        ({"SITREP_CONFIG": "gone.yml"}, "SITREP_CONFIG names a file that is not there: gone.yml"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not_shown(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    said = refused(tmp_path, **environ)
    assert said.startswith(sentence)
    assert "swapped" not in said
    assert "hidden" not in said


def test_secrets_stand_in_no_repr(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        SLACK_BOT_TOKEN=BOT,
        SLACK_APP_TOKEN=APP,
        SLACK_SIGNING_SECRET=SECRET,
        DATABASE_URL="postgresql://u:hidden@db/x",
    )
    shown = repr(found) + repr(found.slack())
    assert not any(secret in shown for secret in (BOT, APP, SECRET, "hidden"))


def test_it_listens_for_slack_or_where_a_port_is_set(tmp_path: Path) -> None:
    """Two bots on their sockets on one machine must not fight over a port that nobody asked for."""
    secret = {"SLACK_SIGNING_SECRET": "s"}
    assert settings(tmp_path, **secret).listens == ("127.0.0.1", 3000)
    assert settings(tmp_path, **secret, SLACK_APP_TOKEN="xapp-1").listens is None
    assert settings(tmp_path, SLACK_APP_TOKEN="xapp-1", PORT="8080", HOST="0.0.0.0").listens == ("0.0.0.0", 8080)


def test_the_stepped_clock_is_a_local_port(tmp_path: Path) -> None:
    assert settings(tmp_path, SITREP_CLOCK="stepped:4711").stepped_clock_port == 4711


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ours.yml").write_text("name: ours\nextends: self-healing-pipeline\n", encoding="utf-8")
    (tmp_path / "etc" / "team.yml").write_text("protocol: ours.yml\n", encoding="utf-8")
    found = settings(tmp_path, SITREP_CONFIG="etc/team.yml")
    assert Path(found.protocol) == (tmp_path / "etc" / "ours.yml").resolve()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("anounce_channel: x\n", 'line 1: unknown key "anounce_channel"; did you mean "announce_channel"?'),
        ("permisions: {}\n", 'line 1: unknown key "permisions"; '),
        ("reactions: {tasks: [star]}\n", 'line 1: unknown key "tasks" in reactions; '),
        ("assets: {fx: {tier: 0}}\n", "line 1: assets.fx.tier must not be less than 1"),
        ('assets: {"": {tier: 1}}\n', "line 1: assets: an asset has no name"),
        ("directory: {director: }\n", "line 1: directory.director: nobody is named; "),
        ("reactions: soon\n", "line 1: reactions must be a group of `key: value` lines"),
        ("\nbusiness_hours: {form: x}\n", 'line 2: unknown key "form" in business_hours; did you mean "from"?'),
        ("oncall: {tertiary: {}}\n", 'line 1: unknown key "tertiary" in oncall; '),
        ("reactions: {marks: [star]}\n", 'line 1: unknown key "marks" in reactions; did you mean "mark"?'),
        ("retention: 400d\n", "line 1: retention must be a group of `key: value` lines"),
        ("\nretention: {text: 400d}\n", 'line 2: unknown key "text" in retention; did you mean "texts"?'),
        ("retention:\n  texts: a year\n", 'line 2: retention.texts: "a year" is no number of days; write it like 400d'),
        ("retention: {texts: 4d}\n", "line 1: retention.texts: what was written is needed for 30 days"),
        ("retention: {texts: -400d}\n", 'line 1: retention.texts: "-400d" is no number of days'),
        ("retention: {texts: 400}\n", 'line 1: retention.texts: "400" is no number of days'),
        ("protocol: self-heeling-pipeline\n", 'line 1: protocol names no built-in protocol and no file: "self-heeling'),
        ("announce_channel: My Channel\n", 'line 1: announce_channel: "My Channel" is no channel; '),
        (
            "timezone: Europe/Amsterdm\n",
            (
                'line 1: timezone: "Europe/Amsterdm" is not a time zone; write an IANA name such as Europe/Amsterdam; '
                'did you mean "Europe/Amsterdam"?'
            ),
        ),
        ("business_hours:\n  from: 9\n", "line 2: business_hours.from: 9 is not a time of day; "),
        ('business_hours:\n  from: "19:00"\n', "line 1: business_hours: working hours must end after they begin"),
        ("business_hours: {days: mon-fry}\n", 'line 1: business_hours.days: "fry" is not a weekday; '),
        ("directory:\n  boss: [U0DIR, bea]\n", 'line 2: directory.boss: "bea" is neither the id of a user, user group'),
        (
            "oncall:\n  primary: {members: [], starts: 2026-11-16}\n",
            "line 2: oncall.primary: a rotation needs at least",
        ),
        (
            "oncall:\n  primary: {members: [ana], starts: 2026-11-16}\n",
            'line 2: oncall.primary.members.1: "ana" is neither',
        ),
        ("oncall:\n  primary: {members: [U0ANA]}\n", "line 2: oncall.primary.starts is missing"),
        (
            "oncall:\n  primary: {members: [U0ANA], starts: monday}\n",
            "line 2: oncall.primary.starts must be a day such as",
        ),
        (
            "oncall:\n  primary: {members: [U0ANA], starts: 2026-11-16, handoff: noon}\n",
            'line 2: oncall.primary.handoff: "noon" is not a handoff; write a weekday and a time, like "mon 09:00"',
        ),
        (
            "oncall:\n  primary: {members: [U0ANA], starts: 2026-11-16, every: 1d, handoff: mon 09:00}\n",
            "line 2: oncall.primary: with every: 1d the handoff is a time only, like",
        ),
        (
            "oncall:\n  primary:\n    members: [U0ANA]\n    starts: 2026-11-16\n    for: [x]\n",
            "line 5: oncall.primary.for: primary is asked about everything",
        ),
        (
            "oncall:\n  ingestion: {members: [U0ANA], starts: 2026-11-16, for: []}\n",
            "line 2: oncall.ingestion.for names nothing",
        ),
        (
            "oncall:\n  primary: {members: [U0ANA], starts: 2026-11-16, group: U0ANA}\n",
            'line 2: oncall.primary.group: "U0ANA" is not the id of a user group',
        ),
        (
            (
                "oncall:\n  primary:\n    members: [U0ANA]\n    starts: 2026-11-16\n    overrides:\n"
                "      - {person: U0BEA, from: 2026-12-24, until: 2026-12-23}\n"
            ),
            "line 6: oncall.primary.overrides.1 must end after it begins",
        ),
        (
            (
                "oncall:\n  primary:\n    members: [U0ANA]\n    starts: 2026-11-16\n    overrides:\n"
                "      - {person: U0BEA, from: 2026-12-32, until: 2026-12-23}\n"
            ),
            'line 6: oncall.primary.overrides.1: "2026-12-32" is no day and time; write it like "2026-12-24 09:00"',
        ),
        ("oncall:\n  primary: {calendar: none.ics}\n", "line 2: oncall.primary.calendar: none.ics cannot be used: it"),
        (
            "oncall:\n  primary: {calendar: none.ics, every: 1d}\n",
            "line 2: oncall.primary.calendar: the calendar says who has it when, so take every out",
        ),
        ("reactions: {mark: [push pin]}\n", 'line 1: reactions.mark: "push pin" is not the name of an emoji'),
        ("directory: [U0DIR]\n", "line 1: directory must be a group of `key: value` lines"),
        ("oncall: soon\n", "line 1: oncall must be a group of `key: value` lines"),
        ("timezone:\n", "line 1: timezone must be text"),
    ],
)
def test_a_wrong_line_is_named_with_file_line_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    said = refused(tmp_path, text)
    assert said.startswith(f"sitrep.yml, {sentence}")
    assert "\n" not in said
