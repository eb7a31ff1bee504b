"""`make live`, against the workspace in a box instead of a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.outbound.pace import Pace
from bot.sandbox import Sandbox
from tests import live
from tests.living import MANIFEST
from tests.scenarios.world import access


@pytest.mark.parametrize("missing", live.NEEDED)
def test_without_what_it_needs_it_says_so_and_ends(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {name: "C0LIVE" if "CHANNEL" in name else "xoxb-1" for name in live.NEEDED if name != missing}
    monkeypatch.setattr("os.environ", given)
    monkeypatch.setattr("bot.logs.configure", lambda level: None)  # it is for the whole process
    assert live.main() == 2
    told = capsys.readouterr().err
    assert told.startswith(f"make live needs {missing}: ")
    assert told.count("\n") == 1


async def test_it_runs_an_incident_and_clears_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.Bot._pace", lambda self: Pace(per_channel=0, per_update=0))
    async with Sandbox(MANIFEST) as slack:
        zoe = slack.person("Zoe")
        general, place = slack.channel("general", [zoe]), slack.channel("tries", [zoe], bot=True)
        before = [message.text for message in slack.messages(general)]
        environ = access(slack, "") | {"SITREP_LIVE_CHANNEL": place.id}
        said: list[str] = []
        await live.live(environ, said.append)
        assert all(line.startswith("✓") for line in said)
        [made] = [one for one in slack.channels if one.id not in (general.id, place.id)]
        assert made.archived
        assert not place.archived
        assert [message.text for message in slack.messages(general)] == before
        assert {message.user for message in slack.messages(place)} == {slack.bot_user_id}
        assert not slack.pings()
        changed = {call.args.get("channel") for call in slack.calls if call.method == "conversations.archive"}
        assert changed == {made.id}


async def test_beside_another_bot_and_on_refusals_it_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.Bot._pace", lambda self: Pace(per_channel=0, per_update=0))
    async with Sandbox(MANIFEST) as slack:
        place = slack.channel("tries", [slack.person("Zoe")], bot=True)
        environ = access(slack, "") | {"SITREP_LIVE_CHANNEL": place.id}
        slack.faults.add("pins.add", "error:restricted_action", times=None)
        with pytest.raises(live.Failed, match=r"pin \(restricted_action"):
            await live.live(environ, lambda line: None)
        assert [one.archived for one in slack.channels if one.id != place.id] == [True]
        monkeypatch.setattr(
            "bot.sandbox.sockets.SocketGateway._hello", lambda *_: {"type": "hello", "num_connections": 2}
        )
        with pytest.raises(live.Refused, match="connected with this app already"):
            await live.live(environ, lambda line: None)
        with pytest.raises(live.Refused, match="a name could make a channel"):
            await live.live(environ | {"SITREP_LIVE_CHANNEL": "tries"}, lambda line: None)
