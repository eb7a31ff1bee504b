"""What leads out of a private incident: direct messages, and nothing in them for whoever is not in it any more."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.changes import tied
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.people import let_in
from bot.domain.react import react
from bot.domain.scribe import Audiences
from bot.outbound.slack_direct import _drawn as drawn_directly
from bot.views import notice, reminder, withdrawn
from bot.views.scene import Post, Scene
from tests.builders import ANA, BEA, CAR, DIR, TEC, asked, default_protocol, entries, event, story
from tests.views.test_hostile_text import life

CANARY = "kanary"
NEVER = (f.QuestionHeard, f.QuestionAnswered, f.OwnersCalled, f.DeliveryRefused)
"""Questions come from under announcements, of which there is none; owners are not called; what Slack refused is told by
Slack's own word for it."""

OUTWARD = {"tell", "management"}
INWARD = {"say", "card", "ask", "climb", "matter", "next", "scorecard", "attach_timeline", "invite", "open_channel"}
INWARD |= {"pin", "bookmark", "topic", "rename_channel", "confirm_mark", "unconfirm_mark", "correct", "withdraw"}


def test_a_private_life_leads_out_by_direct_messages_only_and_those_name_nothing() -> None:
    incident: Incident | None = None
    drawn: list[tuple[str, Post]] = []
    told = entries(*life(CANARY), title=CANARY, affected=CANARY, private=True)
    for n, entry in enumerate(told, start=1):
        incident = evolve(incident, entry)
        if isinstance(entry.fact, NEVER):
            continue
        scene = Scene(incident, default_protocol(), entry.recorded_at, {}, told[:n], barred=True)
        for message in react(entry, incident, scene.protocol, Audiences("incidents", "data-stakeholders")):
            assert message.kind in OUTWARD | INWARD, f"{entry.fact.kind} says {message.kind} outside"
            if message.kind in OUTWARD:
                drawn += [
                    (f"{entry.fact.kind}: {message.kind}", post) for post in _to_an_outsider(message, scene, entry)
                ]
    assert len(drawn) > 10
    assert [what for what, post in drawn if CANARY in str(post)] == []


def _to_an_outsider(message: Message, scene: Scene, entry: f.Entry) -> list[Post]:
    """As the courier draws it for somebody who was in it when it was decided, and has been removed since."""
    reader = message.args.get("person") or message.args["to"]
    scene, what = replace(scene, reader=reader), message.args.get("what")
    job: Any = SimpleNamespace(entry=entry, args=message.args)
    match message.kind, what:
        case "management", _:
            return [notice.management(scene)]
        case _, "turning":
            return []  # who is out of it is not told: `slack_direct.tell`
        case _, "asked":
            return [reminder.direct(scene, next(a for a in scene.incident.asks if a.seq == message.args["ask"]))]
        case _, "paged" | "added":
            return [_why_taken_out(drawn_directly(scene, job))]
        case _:
            return [drawn_directly(scene, job), withdrawn.direct(scene, entry, entry, str(what))]


def _why_taken_out(post: Post) -> Post:
    """What somebody wrote to this very person, who is called by it, is theirs."""
    return {"text": post["text"].replace(f": {CANARY}", "", 1), "blocks": []}


def test_who_is_in_it() -> None:
    """Roles, who is on call, who was called there, brought in or came; not who was only written to, nor who acted from
    outside, nor whom Slack refused to bring."""
    scene = story(
        event(1, f.UpdatePosted(text="", no_change=True), TEC, via="button"),
        asked(2, "update", how="early", step="early", people=(DIR,)),
        private=True,
    )
    assert let_in(scene.incident) == {ANA, BEA}, "Car is second on call and was not called yet"
    called = story(asked(2, "update", people=(DIR,)), private=True).incident
    assert DIR in let_in(called)
    assert DIR not in let_in(called, before=called.asks[-1].seq)
    brought = (
        event(1, f.PeopleAdded(people=(CAR, TEC))),
        event(2, f.InviteRefused(people=(TEC,), errors=("cant_invite",))),
    )
    assert let_in(story(*brought, private=True).incident) == {ANA, BEA, CAR}
    came = story(*brought, event(3, f.Joined(person=TEC), None), private=True)
    assert TEC in let_in(came.incident)


def test_only_its_people_come_over_into_another_private_incident() -> None:
    """Who answered a reminder from outside, or has left, is not brought into the one it is merged into."""
    answered = event(1, f.UpdatePosted(text="", no_change=True), TEC, via="button")
    added, left = event(2, f.PeopleAdded(people=(CAR, DIR))), event(3, f.Left(person=DIR), None)
    secret = story(answered, added, left, private=True).incident
    other = story(private=True, incident=13).incident
    [linked] = tied(secret, other, r.Duplicate(13))[1]
    assert isinstance(linked, f.Linked)
    assert set(linked.people) == {ANA, BEA, CAR}
    public = story(answered).incident
    [linked] = tied(public, story(incident=13).incident, r.Duplicate(13))[1]
    assert isinstance(linked, f.Linked)
    assert TEC in linked.people
