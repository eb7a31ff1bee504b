from __future__ import annotations

import copy
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import ClientRefused, Message, Person, Sandbox
from tests.sandbox.probe import App, actions, button, option, plain, section

CONFIRM = {"title": plain("Sure?"), "text": plain("Really."), "confirm": plain("Yes"), "deny": plain("No")}


async def card(slack: Sandbox, app: App, *elements: dict[str, Any]) -> Message:
    posted = await app.web.chat_postMessage(channel="town", text="card", blocks=[section("card"), actions(*elements)])
    return next(m for m in slack.messages("town") if m.ts == posted["ts"])


@pytest.fixture
def town(slack: Sandbox, ana: Person) -> Any:
    return slack.channel("town", [ana], bot=True)


async def test_the_answer_to_a_command(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    answers: list[dict[str, Any] | None] = [
        None,
        {"text": "quiet"},
        {"response_type": "in_channel", "text": "loud"},
        {"text": "x", "blocks": [section("")]},
    ]

    async def answer(request: SocketModeRequest) -> dict[str, Any] | None:
        return answers.pop(0) if request.type == "slash_commands" else None

    app.answer = answer
    silent, quiet, loud, wrong = [await ana.command("/probe", "x", town) for _ in range(4)]
    assert (silent.ok, silent.message) == (True, None)
    assert [m.text for m in ana.ephemerals(town)] == [quiet.text] == ["quiet"]
    assert [m.text for m in slack.messages(town)] == [loud.text] == ["loud"]
    assert not wrong.ok
    assert "invalid_blocks" in (wrong.error or "")


async def test_what_a_command_carries(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    bea = slack.person("Bea")
    secret = slack.channel("secret", [ana], private=True)
    await ana.command("/probe", "ask @Bea in #town & #secret <now>", town)
    await ana.command("/plain", "ask @Bea in #town & <now>", secret)
    await ana.command("/plain", "x")
    escaped, raw, direct = app.asked
    assert escaped["text"] == f"ask <@{bea.id}> in <#{town.id}|town> &amp; <#{secret.id}|> &lt;now&gt;"
    assert raw["text"] == "ask @Bea in #town & <now>"
    names = [payload["channel_name"] for payload in (escaped, raw, direct)]
    assert names == ["town", "privategroup", "directmessage"]
    assert (escaped["user_id"], escaped["user_name"], escaped["command"]) == (ana.id, "ana", "/probe")


async def test_what_slacks_client_does_not_let_people_do(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    ext = slack.person("Ext", stranger=True)
    left = slack.person("Left", deleted=True)
    bea = slack.person("Bea")
    shared = slack.channel("shared", [ana, ext, left], bot=True)
    message = await ana.say(town, "x")
    for attempt in (
        ana.command("/unknown", "", town),
        bea.command("/probe", "", town),
        ext.command("/probe", "", shared),
        left.command("/probe", "", shared),
        ana.global_shortcut("keep"),
        ana.message_shortcut("nothing", message),
        bea.say(town, "x"),
        ana.say(town, "  "),
        bea.edit(message, "y"),
        bea.delete(message),
        ext.react(message, "eyes"),
        ana.unreact(message, "eyes"),
        ana.click(message, "Acknowledge"),
    ):
        with pytest.raises(ClientRefused):
            await attempt
    assert not app.got or {r.type for r in app.got} == {"events_api"}


async def test_people_of_other_workspaces_can_press_buttons(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    ext = slack.person("Ext", stranger=True)
    town.members.append(ext.id)
    message = await card(slack, app, button("Acknowledge", "ack"))
    assert (await ext.click(message, "Acknowledge")).ok
    assert app.asked[-1]["user"]["team_id"] == "T0EXT"


async def test_a_button_by_label_id_or_value(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    message = await card(
        slack, app, button("Yes", "yes", value="1"), button("No", "no", value="2", style="danger", confirm=CONFIRM)
    )
    await ana.click(message, "Yes")
    await ana.click(message, "no", value="2")
    denied = await ana.click(message, "No", confirm=False)
    clicks = app.asked
    assert [c["actions"][0]["value"] for c in clicks] == ["1", "2"]
    assert clicks[0]["container"]["message_ts"] == message.ts
    assert clicks[0]["message"]["blocks"][1]["elements"][0]["action_id"] == "yes"
    assert (denied.ok, denied.error) == (False, "denied")
    with pytest.raises(ClientRefused, match="to be seen"):
        await ana.click(message, "yes", value="9")


async def test_menus_and_overflows(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    menu = {"type": "static_select", "action_id": "rank", "options": [option("High", "1"), option("Low", "2")]}
    more = {"type": "overflow", "action_id": "more", "options": [option("Close", "close"), option("Brief", "brief")]}
    message = await card(slack, app, menu, more)
    await ana.click(message, "rank", "High")
    await ana.click(message, "Brief")
    first, second = [payload["actions"][0] for payload in app.asked]
    assert first["selected_option"]["value"] == "1"
    assert (second["type"], second["selected_option"]["value"]) == ("overflow", "brief")
    assert app.asked[-1]["state"]["values"][first["block_id"]]["rank"]["selected_option"]["value"] == "1"


async def test_a_button_of_a_card_that_has_changed(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    message = await card(slack, app, button("Acknowledge", "ack", value="v1"))
    old = copy.deepcopy(message)
    await app.web.chat_update(channel=town.id, ts=message.ts, text="done")
    with pytest.raises(ClientRefused):
        await ana.click(message, "Acknowledge")
    assert (await ana.click(old, "Acknowledge")).ok


async def test_a_click_in_a_private_answer_shows_the_app_no_message(
    slack: Sandbox, app: App, ana: Person, town: Any
) -> None:
    await app.web.chat_postEphemeral(channel=town.id, user=ana.id, text="x", blocks=[actions(button("Go", "go"))])
    await ana.click(ana.ephemerals(town)[0], "Go")
    payload = app.asked[-1]
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload


async def test_shortcuts(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    message = await ana.say(town, "look")
    await ana.message_shortcut("Keep this", message)
    kept = app.asked[-1]
    assert (kept["type"], kept["callback_id"], kept["message"]["text"]) == ("message_action", "keep", "look")
    assert "response_url" in kept
    await ana.global_shortcut("open_ticket")
    assert "response_url" not in app.asked[-1]


async def test_response_urls(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    message = await card(slack, app, button("Go", "go"))
    await ana.click(message, "Go")
    url = app.asked[-1]["response_url"]
    async with aiohttp.ClientSession() as session:
        bodies: list[dict[str, Any]] = [
            {"text": "private"},
            {"text": "public", "response_type": "in_channel", "replace_original": False},
            {"text": "new card", "replace_original": True},
            {"delete_original": True},
            {"text": "", "blocks": []},
            {"text": "sixth"},
        ]
        statuses = [(await session.post(url, json=body)).status for body in bodies]
    assert statuses == [200, 200, 200, 200, 400, 404]
    assert [m.text for m in ana.ephemerals(town)] == ["private"]
    assert [m.text for m in slack.messages(town)] == ["public"]
    assert message.deleted


async def test_a_response_url_grows_old(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    await ana.command("/probe", "", town)
    slack.timing.response_url = 0.0
    async with aiohttp.ClientSession() as session:
        answer = await session.post(app.asked[-1]["response_url"], json={"text": "late"})
        assert (answer.status, (await answer.json())["error"]) == (404, "expired_url")


async def test_a_response_url_works_where_the_app_is_no_member(slack: Sandbox, app: App, ana: Person) -> None:
    outside = slack.channel("outside", [ana], private=True)
    await ana.command("/probe", "", outside)
    async with aiohttp.ClientSession() as session:
        await session.post(app.asked[-1]["response_url"], json={"text": "here"})
    assert [m.text for m in ana.ephemerals(outside)] == ["here"]


async def test_what_a_person_can_see(slack: Sandbox, ana: Person) -> None:
    guest, bea = slack.person("Guest", guest=True), slack.person("Bea")
    town, secret = slack.channel("town", [ana]), slack.channel("secret", [ana], private=True)
    assert [bea.can_see(town), bea.can_see(secret), guest.can_see(town), ana.can_see(secret)] == [
        True,
        False,
        False,
        True,
    ]
    with pytest.raises(ClientRefused):
        bea.sees(secret)


async def test_a_late_acknowledgement_is_no_answer(slack: Sandbox, app: App, ana: Person, town: Any) -> None:
    slack.timing.ack = 0.05
    release = slack.ws.changes

    async def slow(request: SocketModeRequest) -> dict[str, Any]:
        await slack.wait_for(lambda: slack.ws.changes > release + 3)
        return {"text": "late"}

    app.answer = slow
    ack = await ana.command("/probe", "", town)
    assert ack.timed_out
    assert ack.seconds >= 0.05
    for text in "abcd":
        await ana.say(town, text)
    await slack.wait_for(lambda: slack.sockets.acks)
    assert ana.ephemerals(town) == []
