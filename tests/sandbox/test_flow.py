"""The walk most apps take: a command, a form, a channel, a message, a reaction."""

from __future__ import annotations

from typing import Any

from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox import Person, Sandbox
from tests.sandbox.probe import App

FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "ticket",
    "title": {"type": "plain_text", "text": "New ticket"},
    "submit": {"type": "plain_text", "text": "Create"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "title", "max_length": 80},
        },
        {
            "type": "input",
            "block_id": "rank",
            "label": {"type": "plain_text", "text": "Rank"},
            "element": {
                "type": "static_select",
                "action_id": "rank",
                "options": [
                    {"text": {"type": "plain_text", "text": "High"}, "value": "1"},
                    {"text": {"type": "plain_text", "text": "Low"}, "value": "2"},
                ],
                "initial_option": {"text": {"type": "plain_text", "text": "Low"}, "value": "2"},
            },
        },
    ],
}


async def test_from_command_to_pinned_message(slack: Sandbox, app: App, ana: Person) -> None:
    town = slack.channel("town", [ana])

    async def answer(request: SocketModeRequest) -> dict[str, Any] | None:
        if request.type == "slash_commands":
            await app.web.views_open(trigger_id=request.payload["trigger_id"], view=FORM)
            return {"text": "Fill in the form"}
        return None

    app.answer = answer
    ack = await ana.command("/probe", "please", channel=town)
    assert (ack.ok, ack.text) == (True, "Fill in the form")
    assert [m.text for m in ana.ephemerals(town)] == ["Fill in the form"]
    view = await ana.opened_view()
    sent = await ana.submit(view, {"Title": "Broken <b>", "rank": "High"})
    assert sent.ok
    assert sent.view is None
    values = app.got[-1].payload["view"]["state"]["values"]
    assert values["title"]["title"]["value"] == "Broken <b>"
    assert values["rank"]["rank"]["selected_option"]["value"] == "1"

    made = await app.web.conversations_create(name="ticket-1")
    channel = made["channel"]["id"]
    await app.web.conversations_invite(channel=channel, users=[ana.id])
    posted = await app.web.chat_postMessage(channel=channel, text="hello")
    await app.web.pins_add(channel=channel, timestamp=posted["ts"])
    await ana.react(slack.messages("ticket-1")[0], "eyes")
    await slack.settled()
    assert [m.text for m in slack.pinned("ticket-1")] == ["hello"]
    assert [(e["user"], e["reaction"]) for e in app.events("reaction_added")] == [(ana.id, "eyes")]
