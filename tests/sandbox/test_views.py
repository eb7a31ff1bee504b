from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import ClientRefused, FormRefused, Person, Sandbox
from tests.sandbox.probe import (
    App,
    actions,
    button,
    error_of,
    manifest,
    modal,
    option,
    plain,
    refused,
    section,
    text_input,
    web_client,
)

FORM = modal(
    text_input("title", "Title", max_length=10),
    text_input("why", "Why", {"optional": True}, initial_value="because"),
)


async def opened(app: App, ana: Person, view: dict[str, Any] = FORM) -> Any:
    await ana.global_shortcut("open_ticket")
    await app.web.views_open(trigger_id=app.asked[-1]["trigger_id"], view=view)
    return await ana.opened_view()


async def test_a_trigger_opens_one_view_within_its_life(slack: Sandbox, app: App, ana: Person) -> None:
    await ana.global_shortcut("open_ticket")
    trigger = app.asked[-1]["trigger_id"]
    refusal = app.web.views_open(trigger_id=trigger, view=modal(section("x" * 3_001)))
    assert await error_of(refusal) == "invalid_arguments"
    await app.web.views_open(trigger_id=trigger, view=FORM)
    assert await error_of(app.web.views_open(trigger_id=trigger, view=FORM)) == "exchanged_trigger_id"
    assert await error_of(app.web.views_open(trigger_id="nonsense", view=FORM)) == "invalid_trigger_id"
    slack.timing.trigger = 0.0
    await ana.global_shortcut("open_ticket")
    late = app.web.views_open(trigger_id=app.asked[-1]["trigger_id"], view=FORM)
    assert await error_of(late) == "expired_trigger_id"


async def test_the_client_holds_back_an_incomplete_form(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana)
    before = len(app.got)
    with pytest.raises(FormRefused) as empty:
        await ana.submit(view)
    assert empty.value.problems == {"title": "Please complete this required field."}
    with pytest.raises(FormRefused) as long:
        await ana.submit(view, {"title": "x" * 11})
    assert long.value.problems == {"title": "Please enter at most 10 characters."}
    with pytest.raises(ClientRefused, match="no such field"):
        await ana.submit(view, {"Tittle": "x"})
    assert len(app.got) == before


async def test_what_a_submission_carries(slack: Sandbox, app: App, ana: Person) -> None:
    bea = slack.person("Bea")
    element = {"type": "static_select", "action_id": "rank", "options": [option("High", "1"), option("Low", "2")]}
    ticks = {
        "type": "checkboxes",
        "action_id": "flags",
        "options": [option("Private", "p"), option("Drill", "d")],
        "initial_options": [option("Drill", "d")],
    }
    view = await opened(
        app,
        ana,
        modal(
            text_input("title", "Title"),
            {"type": "input", "block_id": "rank", "label": plain("Rank"), "element": element},
            {"type": "input", "block_id": "flags", "optional": True, "label": plain("Flags"), "element": ticks},
            {
                "type": "input",
                "block_id": "who",
                "label": plain("Who"),
                "element": {"type": "users_select", "action_id": "who"},
            },
            {
                "type": "input",
                "block_id": "when",
                "label": plain("When"),
                "element": {"type": "datetimepicker", "action_id": "when"},
            },
            text_input("note", "Note", {"optional": True}),
            private_metadata="kept",
        ),
    )
    sent = await ana.submit(view, {"title": "T", "rank": "High", "who": bea, "when": 1_700_000_000})
    assert sent.ok
    payload = app.got[-1].payload
    assert payload["view"]["private_metadata"] == "kept"
    assert payload["view"]["state"]["values"] == {
        "title": {"title": {"type": "plain_text_input", "value": "T"}},
        "rank": {"rank": {"type": "static_select", "selected_option": option("High", "1")}},
        "flags": {"flags": {"type": "checkboxes", "selected_options": [option("Drill", "d")]}},
        "who": {"who": {"type": "users_select", "selected_user": bea.id}},
        "when": {"when": {"type": "datetimepicker", "selected_date_time": 1_700_000_000}},
        "note": {"note": {"type": "plain_text_input", "value": None}},
    }


@pytest.mark.parametrize(
    ("answer", "stays", "error"),
    [
        (None, 0, None),
        ({"response_action": "errors", "errors": {"title": "Not like that."}}, 1, None),
        ({"response_action": "update", "view": modal(section("done"))}, 1, None),
        ({"response_action": "push", "view": modal(section("more"))}, 2, None),
        ({"response_action": "clear"}, 0, None),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, 1, "errors name no input block"),
        ({"response_action": "update", "view": modal(section(""))}, 1, "more than 0 characters"),
        ({"text": "ok"}, 1, "unknown answer to a form"),
    ],
)
async def test_what_the_answer_to_a_form_does(
    slack: Sandbox, app: App, ana: Person, answer: dict[str, Any] | None, stays: int, error: str | None
) -> None:
    view = await opened(app, ana)

    async def reply(request: SocketModeRequest) -> dict[str, Any] | None:
        return answer if request.payload["type"] == "view_submission" else None

    app.answer = reply
    ack = await ana.submit(view, {"title": "T"})
    assert len(slack.ws.stacks.get(ana.id, [])) == stays
    assert ack.ok is (error is None)
    assert (error or "") in (ack.error or "")
    assert ack.view is ana.view
    assert view.errors == (ack.errors if ack.ok else {})


async def test_no_answer_leaves_the_form_open(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana)
    slack.timing.ack = 0.05
    app.deaf = True
    ack = await ana.submit(view, {"title": "T"})
    assert ack.timed_out
    assert ana.view is view


async def test_a_form_submitted_twice_reaches_the_app_twice(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana)
    await ana.submit(view, {"title": "T"})
    with pytest.raises(ClientRefused, match="not open"):
        await ana.submit(view, {"title": "T"})
    await slack.redeliver(name="view_submission")
    ids = [r.payload["view"]["id"] for r in app.got if r.payload["type"] == "view_submission"]
    assert ids == [view.id, view.id]


async def test_three_views_and_no_more(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana, modal(actions(button("More", "more"))))
    for index in range(3):
        assert ana.view is not None
        await ana.click(ana.view, "More")
        trigger = app.asked[-1]["trigger_id"]
        call = app.web.views_push(trigger_id=trigger, view=modal(actions(button("More", "more"))))
        if index < 2:
            await call
        else:
            assert await error_of(call) == "push_limit_reached"
    assert ana.view is not None
    assert (ana.view.root_id, len(slack.ws.stacks[ana.id])) == (view.id, 3)


async def test_what_was_typed_survives_an_update_under_the_same_ids(app: App, ana: Person) -> None:
    view = await opened(app, ana)
    view.state["title"]["title"]["value"] = "typed"
    view.state["why"]["why"]["value"] = "typed too"
    await app.web.views_update(view_id=view.id, view=modal(text_input("title", "Title!"), text_input("new", "Why")))
    assert view.state["title"]["title"]["value"] == "typed"
    assert view.state["new"]["new"]["value"] is None


async def test_updates_slack_refuses(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana)
    stale = app.web.views_update(view_id=view.id, hash="old", view=FORM)
    assert await error_of(stale) == "hash_conflict"
    await ana.dismiss(view)
    assert await error_of(app.web.views_update(view_id=view.id, view=FORM)) == "not_found"


async def test_external_ids_are_unique_among_open_views(slack: Sandbox, app: App, ana: Person) -> None:
    view = await opened(app, ana, FORM | {"external_id": "one"})
    await app.web.views_update(external_id="one", view=FORM | {"external_id": "one"})
    bea = slack.person("Bea")
    await bea.global_shortcut("open_ticket")
    call = app.web.views_open(trigger_id=app.asked[-1]["trigger_id"], view=FORM | {"external_id": "one"})
    assert await error_of(call) == "duplicate_external_id"
    assert view.updates == 1


async def test_a_view_over_250_kilobytes(app: App, ana: Person) -> None:
    await ana.global_shortcut("open_ticket")
    heavy = modal(*[section("é" * 3_000) for _ in range(45)])
    call = app.web.views_open(trigger_id=app.asked[-1]["trigger_id"], view=heavy)
    assert await error_of(call) == "view_too_large"


async def test_refused_views_say_where(app: App, ana: Person) -> None:
    await ana.global_shortcut("open_ticket")
    view = modal(section("x"), title=plain("x" * 25))
    body = await refused(app.web.views_open(trigger_id=app.asked[-1]["trigger_id"], view=view))
    sentence = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert body["response_metadata"]["messages"] == [sentence]


async def test_closing_is_told_only_on_request(app: App, ana: Person) -> None:
    view = await opened(app, ana)
    assert await ana.dismiss(view) is None
    view = await opened(app, ana, FORM | {"notify_on_close": True})
    assert await ana.dismiss(view) is not None
    assert app.got[-1].payload["type"] == "view_closed"


async def test_home_is_published_per_person(slack: Sandbox, app: App, ana: Person) -> None:
    await ana.open_home()
    await slack.settled()
    assert "view" not in app.events("app_home_opened")[0]
    home = {"type": "home", "blocks": [section("hello")]}
    published = await app.web.views_publish(user_id=ana.id, view=home)
    race = app.web.views_publish(user_id=ana.id, view=home, hash="old")
    assert await error_of(race) == "hash_conflict"
    await app.web.views_publish(user_id=ana.id, view=home, hash=published["view"]["hash"])
    await ana.open_home()
    await slack.settled()
    assert app.events("app_home_opened")[1]["view"]["id"] == published["view"]["id"]
    submit = app.web.views_publish(user_id=ana.id, view=home | {"submit": plain("x")})
    assert await error_of(submit) == "invalid_arguments"


async def test_without_a_home_tab_nothing_is_published() -> None:
    async with Sandbox(manifest(features={"app_home": {"messages_tab_enabled": True}})) as slack:
        call = web_client(slack).views_publish(user_id=slack.person("Ana").id, view={"type": "home", "blocks": []})
        assert await error_of(call) == "not_enabled"


async def test_the_newest_view_is_waited_for(slack: Sandbox, app: App, ana: Person, client: AsyncWebClient) -> None:
    await opened(app, ana)
    await ana.global_shortcut("open_ticket")
    with pytest.raises(TimeoutError):
        await ana.opened_view(timeout=0.02)
