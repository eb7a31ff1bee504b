"""`sitrep doctor`: one workspace in which everything is wrong, one in which nothing is, and none at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot import app, cli_doctor
from bot.cli_doctor import examine
from bot.domain.checkup import Finding
from bot.sandbox import Person, Sandbox
from bot.store import migrate
from bot.store.checkup import database, file_system
from tests.living import MANIFEST, living
from tests.scenarios.world import access, by_hand
from tests.zygote import sitrep

NOW = datetime.now(UTC)

BROKEN = """\
announce_channel: incidents
stakeholder_channel: data-stakeholders
directory:
  incident-manager: [nobody@example.com, U0CEM]
  communications-coordinator: [U0GUEST, C0NOWHERE]
  level-2: [S0OFF, S0EMPTY, S0NONE]
  technical-coordinator: [U0BOT, U0STRANGER, C0SECRET]
  directer: [U0NOBODY]
oncall:
  primary: {members: [U0ANA], starts: 2020-01-06}
  secondary: {members: [U0BEA], starts: 2199-01-07}
"""


def granted(without: Iterable[str] = (), extra: Iterable[str] = ()) -> dict[str, Any]:
    """The manifest of an app that was installed with other scopes than Sitrep's."""
    document: dict[str, Any] = yaml.safe_load(MANIFEST.read_text("utf-8"))
    scopes = document["oauth_config"]["scopes"]
    scopes["bot"] = [*(one for one in scopes["bot"] if one not in without), *extra]
    return document


def broken_town(slack: Sandbox) -> Person:
    ana = slack.person("Ana", id="U0ANA", tz="Europe/Amsterdam")
    ana.mute(since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=8))
    slack.person("Bea", id="U0BEA")
    slack.person("Cem", id="U0CEM", deleted=True)
    slack.person("Gus", id="U0GUEST", guest=True)
    slack.person("Sue", id="U0STRANGER", stranger=True)
    incidents = slack.channel("incidents", [ana])
    incidents.archived = True
    slack.channel("secret", [ana], id="C0SECRET", private=True)
    slack.subteam("off", [ana], id="S0OFF", disabled=True)
    slack.subteam("empty", [], id="S0EMPTY")
    slack.skew = -90
    slack.faults.add("apps.connections.open", "error:missing_scope")
    return ana


def says(findings: list[Finding], state: str, *words: str) -> Finding:
    """The one finding in whose line all these words stand. What is not right has a remedy."""
    found = [one for one in findings if all(word in f"{one.about} {one.text}" for word in words)]
    assert len(found) == 1, (words, [one for one in findings if words[0] in f"{one.about} {one.text}"])
    assert found[0].state == state, found[0]
    assert found[0].state == "right" or found[0].remedy
    return found[0]


async def test_each_kind_of_fault_has_a_line_and_a_remedy(sqlite_url: str, tmp_path: Path) -> None:
    with by_hand(sqlite_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute(f"UPDATE numbers SET value = 9999 WHERE name = '{migrate.SERVES}'")
    (tmp_path / "sitrep.yml").write_text(BROKEN)
    async with Sandbox(granted(without=["reactions:read"], extra=["team:read"])) as slack:
        broken_town(slack)
        before = (len(slack.channels), len(slack.ws.channels))
        found = await examine(access(slack, sqlite_url), tmp_path, NOW)
        assert (len(slack.channels), len(slack.ws.channels)) == before, "looking changes nothing"
        assert not slack.sockets.sockets
    wrong = [
        ("app token", "SLACK_APP_TOKEN lacks"),
        ("scopes", "the token lacks reactions:read"),
        ("Slack's clock", "9", "s ahead"),
        ("channels", "announce_channel: #incidents is archived"),
        ("channels", "directory.communications-coordinator", "C0NOWHERE"),
        ("channels", "directory.technical-coordinator", "C0SECRET"),
        ("user groups", "directory.level-2: @off is switched off"),
        ("user groups", "directory.level-2: nobody is in @empty"),
        ("user groups", "directory.level-2", "S0NONE"),
        ("people", "directory.incident-manager", "nobody@example.com"),
        ("people", "directory.incident-manager: Cem", "deactivated"),
        ("people", "directory.communications-coordinator: Gus", "guest"),
        ("people", "directory.technical-coordinator: Sue", "guest"),
        ("people", "directory.technical-coordinator", "is a bot"),
        ("people", "directory.directer", "U0NOBODY"),
        ("Do Not Disturb", "Ana is on call and in Do Not Disturb until"),
        ("protocol's people", "level 2"),
        ("protocol's people", "management"),
        ("database", "newer Sitrep"),
    ]
    for words in wrong:
        says(found, "wrong", *words)
    doubtful = [
        ("scopes", "team:read"),
        ("channels", "stakeholder_channel: there is no #data-stakeholders yet"),
        ("protocol", "directer"),
        ("on call", "nobody is second in line before 2199-01-07"),
        ("protocol's people", "level 3"),
        ("protocol's people", "Incident Manager"),
    ]
    for words in doubtful:
        says(found, "doubtful", *words)
    says(found, "right", "on call", "Ana is called now")
    assert {(one.about, one.text) for one in found if one.state == "wrong"} == {
        (one.about, one.text) for words in wrong for one in [says(found, "wrong", *words)]
    }, "nothing else is wrong"


async def test_the_bot_says_at_its_start_what_was_not_granted() -> None:
    async with Sandbox(granted(without=["reactions:read"])) as slack:
        with capture_logs() as logged:
            await app._identity(AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[]))
        assert [entry["scopes"] for entry in logged if entry["event"] == "scopes_missing"] == [("reactions:read",)]


HEALTHY = """\
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
directory:
  incident-manager: [bea@example.com]
  communications-coordinator: [U0ZOE]
  stakeholder-representative: [U0MAX]
  level-2: [S0EXPERTS]
  level-3: [U0SME]
  level-4: [U0DIR]
  director: [U0DIR]
  data-engineering: [U0TEC]
  development: [U0TEC]
  devops: [U0SME]
  security: [U0SME]
oncall:
  primary: {members: [U0ANA], starts: 2020-01-06}
  secondary: {members: [U0CAR], starts: 2020-01-06}
"""


async def sitrep_doctor(folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Exit code and everything that is printed, as whoever runs it sees it."""
    code, out, err = await sitrep(folder, {"COLUMNS": "100", **environ}, "doctor")
    return code, out + err


async def test_beside_a_running_bot_all_is_well(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path, config=HEALTHY.replace("S0EXPERTS", "U0TEC")) as life:
        life.slack.subteam("experts", [life.tec], id="S0EXPERTS")
        (tmp_path / "sitrep.yml").write_text(HEALTHY)
        calls = len(life.slack.calls)
        code, out = await sitrep_doctor(tmp_path, access(life.slack, sqlite_url))
        assert code == 0, out
        marked = [line for line in out.splitlines() if line[:1] in "✓!✗"]
        assert {line[0] for line in marked} == {"✓"}, out
        assert "a Sitrep runs with it now" in out
        assert "@experts has 1 member" in out
        assert max(len(line) for line in out.splitlines() if str(tmp_path) not in line) <= 100
        assert life.slack.bot_token not in out
        writing = [c.method for c in life.slack.calls[calls:] if not c.method.endswith((".info", ".list", ".test"))]
        assert set(writing) <= {"apps.connections.open", "users.lookupByEmail", "users.conversations"}


def test_without_tokens_the_rest_is_still_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sitrep.yml").write_text(HEALTHY)
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("bot.logs.configure", lambda level: None)  # it is for the whole process
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.Exit) as ended:
        cli_doctor.doctor(as_json=True)
    assert ended.value.exit_code == 1
    found = [Finding(**one) for one in json.loads(capsys.readouterr().out)]
    assert says(found, "wrong", "SLACK_BOT_TOKEN is missing").remedy.startswith("copy it from")
    assert "SLACK_SIGNING_SECRET" in says(found, "wrong", "SLACK_APP_TOKEN is missing").remedy
    says(found, "doubtful", "Slack", "not looked at")
    says(found, "right", "on call", "U0ANA")
    says(found, "right", "protocol's people")
    assert "sitrep db upgrade" in says(found, "doubtful", "database", "nothing in").remedy
    assert list(tmp_path.iterdir()) == [tmp_path / "sitrep.yml"], "looking makes no database"


async def test_a_token_that_slack_refuses_and_a_slack_that_is_not_there(tmp_path: Path) -> None:
    async with Sandbox(granted(without=["dnd:read"])) as slack:
        slack.person("Ana", id="U0ANA")
        (tmp_path / "sitrep.yml").write_text("oncall: {primary: {members: [U0ANA], starts: 2020-01-06}}")
        environ = access(slack, f"sqlite:///{tmp_path / 'none'}") | {"PORT": "3000"}
        found = await examine(environ, tmp_path, NOW)
        says(found, "doubtful", "scopes", "dnd:read")
        muted = says(found, "doubtful", "people on call can be disturbed")
        assert "Slack alone cannot break Do Not Disturb" in muted.remedy
        found = await examine(environ | {"SLACK_APP_TOKEN": "xapp-1-A0002-other"}, tmp_path, NOW)
        says(found, "wrong", "app token", "invalid_auth")
        by_http = {k: v for k, v in environ.items() if k != "SLACK_APP_TOKEN"} | {"SLACK_SIGNING_SECRET": "s"}
        found = await examine(by_http | {"SLACK_BOT_TOKEN": "xoxb-old"}, tmp_path, NOW)
        says(found, "wrong", "bot token", "invalid_auth")
        says(found, "doubtful", "signing secret", "Socket Mode")
        assert "xoxb-old" not in str(found)
    found = await examine(environ, tmp_path, NOW)
    assert "network" in says(found, "wrong", "bot token", "cannot be reached").remedy


async def test_settings_that_cannot_be_used_are_a_line(sqlite_url: str, tmp_path: Path) -> None:
    found = await examine({"SLACK_BOT_TOKEN": "xapp-in-the-wrong-place"}, tmp_path, NOW)
    assert "xoxb-" in says(found, "wrong", "environment", "SLACK_BOT_TOKEN").text
    assert "xapp-in" not in str(found)
    (tmp_path / "sitrep.yml").write_text("anounce_channel: incidents")
    found = await examine({"DATABASE_URL": sqlite_url, "SITREP_CLOCK": "stepped:1"}, tmp_path, NOW)
    says(found, "wrong", "configuration", "anounce_channel")
    says(found, "right", "database", "newest")
    says(found, "doubtful", "environment", "time stands still")
    (tmp_path / "ours.yml").write_text("name: ours\nextends: self-healing-pipelin")
    (tmp_path / "sitrep.yml").write_text("protocol: ours.yml\nannounce_channel: none")
    found = await examine({"DATABASE_URL": sqlite_url}, tmp_path, NOW)
    says(found, "wrong", "protocol", "self-healing-pipelin")


# --------------------------------------------------------------------------------------------------------- the database


def test_a_database_that_is_well(database_url: str) -> None:
    look = database(database_url)
    assert {one.state for one in look.findings} == {"right"}, look.findings
    if database_url.startswith("postgresql"):
        says(look.findings, "right", "database's clock")


def test_a_database_that_is_not(empty_database_url: str, tmp_path: Path) -> None:
    says(database(empty_database_url).findings, "doubtful", "nothing in")
    migrate.upgrade(empty_database_url)
    with by_hand(empty_database_url) as connection:
        drop = "DROP TRIGGER facts_update"
        connection.execute(f"{drop} ON facts" if empty_database_url.startswith("postgresql") else drop)
    says(database(empty_database_url).findings, "wrong", "facts_update")


STANDBY = """DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
END $$"""


def test_a_postgresql_that_takes_nothing(pg_url: str) -> None:
    with by_hand(pg_url) as connection:
        connection.execute(STANDBY)
    says(database(pg_url).findings, "wrong", "only reads")


def test_where_a_file_cannot_be(tmp_path: Path) -> None:
    says(database(f"sqlite:///{tmp_path}/nowhere/sitrep.db").findings, "wrong", "no folder")
    (tmp_path / "text").write_text("This is no database, but a text. " * 40)
    says(database(f"sqlite:///{tmp_path}/text").findings, "wrong", "not a database")
    secret = database("postgresql://sitrep:hunter2@127.0.0.1:1/none").findings
    assert "hunter2" not in str(secret)
    assert says(secret, "wrong", "cannot be used").remedy.startswith("Check DATABASE_URL")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/data", "nfs4"),
        ("/srv", "ext4"),
        ("/srv/my disk/x", "cifs"),
        ("/srv/database", "ext4"),
        ("/other", "ext4"),
    ],
)
def test_which_file_system_a_folder_lies_on(folder: str, kind: str) -> None:
    local = "proc /proc proc rw 0 0\n/dev/vda / ext4 rw 0 0\n"
    mounts = f"{local}nas:/a /srv/data nfs4 rw 0 0\n//nas/b /srv/my\\040disk cifs rw 0 0\n"
    assert file_system(Path(folder), mounts) == kind
