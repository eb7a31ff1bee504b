"""Whatever people write, wherever they write it: what is sent rings nobody, links nowhere, fits Slack, and breaks
nothing around it. One incident with everything in it is drawn by every view that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain.duty.oncall import Roster, Rotation
from bot.domain.duty.rotation import month_of
from bot.domain.duty.swaps import Change, Given
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import KINDS, OF_NO_INCIDENT, Message
from bot.domain.protocol import Protocol
from bot.domain.react import react
from bot.domain.scribe import Audiences
from bot.inbound.intents import Fill
from bot.inbound.verbs import FORMS, PAGES
from bot.inbound.verbs.verb import Opening, Reading
from bot.outbound.slack_channels import NAME, names
from bot.outbound.slack_direct import _drawn as drawn_directly
from bot.sandbox.blockkit.blocks import Rules, check_view
from bot.sandbox.mrkdwn import TOKEN, mentions
from bot.views import (
    answers,
    card,
    changes,
    choices,
    forms,
    lists,
    matters,
    next_steps,
    notice,
    people,
    refusals,
    reminder,
    rota,
    statements,
    summary,
    tellings_direct,
    timeline,
    withdrawn,
)  # fmt: skip
from bot.views.blocks import escape
from bot.views.ids import Form
from bot.views.scene import Post, Scene
from tests.builders import (
    ANA,
    BEA,
    CAR,
    CHANNEL,
    DIR,
    NAMES,
    TEC,
    Event,
    as_of,
    asked,
    default_protocol,
    entries,
    event,
    impact,
    minute,
    resolved,
    update,
)  # fmt: skip
from tests.views.slack_rules import NASTY, accepted, called, links

EVERYBODY = {*NAMES, "U0ZOE", "S0DATA"}
PLACES = {CHANNEL, "C0INC9", "C0TEAM", "C0FIN"}
TOPIC = 250
"""Characters of a channel's topic. Source: https://docs.slack.dev/reference/methods/conversations.setTopic."""

HOSTILE = (
    "<!channel> <!here|x> <!everyone> <@U0EVE> <@U0EVE|bea> <!subteam^S0EVE> <#C0EVE> <https://evil.example|INC-1>",
    "@here @channel @everyone @bea #general https://evil.example/x?a=1&b=2 mailto:a@b.example",
    "&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!channel&#62; <<!channel>> <!<!channel>channel>",
    "*bold* _it_ ~no~ `code` ```\nblock\n``` > quote\n• - 1. item :tada: :white_check_mark:",
    "{{ scene }} {% raw %} {# x #} %(x)s {0} ${HOME} \\n \\u003c",
    "\u202eevil\u202d \u2066a\u2067b\u200f\u200b\u200d\ufeff\u00ad Z\u0351\u0352" + "\u0353" * 500,
    "line\nbreak\r\nand\u2028other\u2029ones\x0b\x0c\x85end",
    "<" * 3000, "&" * 3000, "\U0001f525" * 1500, "<!channel>" * 300, "a" * 3000, "<@U0EVE|" + "x" * 2900, "|>" * 1500,
)  # fmt: skip

anything = st.one_of(
    st.lists(st.one_of(st.sampled_from((*NASTY, *HOSTILE[:7])), st.text(max_size=30)), min_size=1, max_size=12).map(
        "".join
    ),
    st.sampled_from(HOSTILE),
    st.text(min_size=1, max_size=400),
).filter(lambda text: bool(text.strip()))
"""Anything after the doors have cleaned it: of NUL and lone surrogates there is nothing left (`inbound/text`)."""


Seq = Callable[[type[f.Fact]], int]
"""Where the first fact of a kind stands on the record."""


def told_by(text: str, seq: Seq) -> list[tuple[f.Fact, str | None]]:
    """What people and Slack did: everything that can be written down, written down as `text`."""
    mark = f.MessageMarked(
        channel=CHANNEL, ts="1.0", author=BEA, text=text, marker="pushpin", permalink="https://x.example/p1"
    )
    plan: dict[str, Any] = {"what": text, "why": text, "risk": text, "rollback": text}
    post = f.Word(who="data-team", how="post", people=(TEC,), channels=("C0TEAM",), aside=(BEA,), clause="x § y")
    window: dict[str, Any] = {"since": minute(-60), "until": minute(-10)}
    return [
        (f.SeverityChanged(old="P1", new="P2", raised=False, why=text), ANA),
        (f.SeverityRequested(severity="P1", why=text), TEC),
        (f.SeverityChanged(old="P2", new="P1", raised=True, why=text), BEA),
        (impact(text), ANA),
        (f.DataStated(state="suspect", partitions=text, why=text, **window), ANA),
        (f.FirstAnswered(question="who", text=text), ANA),
        (f.ItemTicked(sheet="closure", item="resolved"), ANA),
        (f.AffectedChanged(added=text, removed="revenue dashboard"), ANA),
        (f.OwnersCalled(assets=(text[:60],), people=(TEC,), consumers=("C0FIN",), owned={TEC: (text[:60],)}), ANA),
        (f.BackfillPlanned(what=text, owner=TEC, **window), ANA),
        (f.ImpactAssessed(levels={"business": "severe"}, note=text, proposed="P1"), ANA),
        (update(text), BEA),
        (f.UpdateEdited(update=seq(f.UpdatePosted), text=text), BEA),
        (f.NoteAdded(text=text), ANA),
        (f.Snoozed(until=minute(50), why=text), BEA),
        (f.EscalationHeld(until=minute(60), why=text), BEA),
        (f.Escalated(level=2, people=(TEC,), by_clock=False, clause="x § y", help=text, team=text[:60]), ANA),
        (f.PeopleAdded(people=("U0ZOE",), groups=("S0DATA",), why=text), ANA),
        (f.Paged(person=TEC, why=text), ANA),
        (f.Followed(follows=True), DIR),
        (f.QuestionHeard(channel="C0TEAM", ts="1.1", thread="1.0", author="U0ZOE", text=text), "U0ZOE"),
        (f.QuestionHeard(channel="C0TEAM", ts="1.1", thread="1.0", author="U0ZOE", text=text), "U0ZOE"),
        (f.QuestionAnswered(question=seq(f.QuestionHeard) + 1, text=text), ANA),
        (mark, ANA),
        (f.MarkedMessageEdited(channel=CHANNEL, ts="1.0", text=text), ANA),
        (f.CauseProposed(text=text), ANA),
        (f.CauseProposed(text=text), ANA),
        (f.CauseJudged(cause=seq(f.CauseProposed), verdict="confirmed", part="primary", why=text), BEA),
        (f.CauseJudged(cause=seq(f.CauseProposed) + 1, verdict="rejected", why=text), BEA),
        (f.RunbookStarted(runbook="ingestion"), ANA),
        (f.CauseExplored(technique="5-whys", answers=f"Why?\t{text}\nAnd why?\t{text}"), ANA),
        (f.CauseExplored(technique="ishikawa", answers=f"People\t{text}\nTools\t{text}"), ANA),
        (f.AdviceShown(advice="unknown", why="cause-unknown"), None),
        (f.TicketLinked(ticket="DFG-INC-204"), ANA),
        (f.ActionAdded(text=text, owner=TEC, due=date(2026, 11, 23)), ANA),
        (f.ActionAdded(text=text, task=True), ANA),
        (f.ActionEnded(action=seq(f.ActionAdded) + 1, done=False, why=text), ANA),
        (f.CallLinked(url="https://meet.example/" + "x"), ANA),
        (f.ChangeProposed(environment="production", people=(BEA,), **plan), TEC),
        (f.ChangeRejected(proposal=seq(f.ChangeProposed), why=text), BEA),
        (f.ChangeProposed(environment="production", people=(BEA,), **plan), TEC),
        (f.ChangeWentAhead(proposal=seq(f.ChangeProposed) + 2, why=text), TEC),
        (f.ChangeProposed(environment="production", people=(BEA,), **plan), TEC),
        (f.Renamed(title=text), ANA),
        (f.ChannelRenamed(name="inc-12-x"), None),
        (f.DeliveryRefused(message="notice", error=text[:80]), None),
        (f.ManagementCalled(people=(DIR,), channels=(), clause=text[:60]), None),
        (f.Linked(other=9, how="has duplicate", channel="C0INC9"), ANA),
        (f.Linked(other=8, how="split into", channel=None), ANA),
        (f.BackfillEnded(backfill=seq(f.BackfillPlanned), done=False, why=text), TEC),
        (f.TeamsTold(severity="P1", words=(post,), nobody=("security",), help=text), None),
        (f.NobodyAnswered(people=(ANA, TEC), channels=("C0TEAM",)), None),
        (f.PostmortemOwned(person=TEC, before=ANA), ANA),
        (f.PostmortemScheduled(at=minute(99), where=text, attendees=(TEC,), nobody=("security",), clause="x § y"), ANA),
    ]


FIRST = 5
"""The seq of what comes after the declaration, who is on call, the lead and the channel."""


def where(kind: type[f.Fact]) -> int:
    kinds = [type(fact) for fact, _ in told_by("x", lambda _: 1)]
    return kinds.index(kind) + FIRST


def life(text: str) -> list[Event]:
    """All of it, a quarter of a minute apart, then what the clock does, and the ends."""
    first = [event(n / 4, fact, by) for n, (fact, by) in enumerate(told_by(text, where))]
    ends: list[Event] = [
        asked(31, "update", "impact"),
        asked(40, "update", how="climb", step="climb", people=(CAR,)),
        asked(41, "update", how="early", step="early", people=(ANA,)),
        event(45, update(text), BEA),
        event(50, resolved(fix=text, cause=text, verified=text, data="repaired"), BEA),
        event(55, f.Reopened(why=text), BEA),
        event(56, f.Cancelled(outcome="false alarm", why=text), BEA),
        event(57, f.Reopened(why=text), BEA),
        event(58, resolved(fix=text, cause=text, verified=text, data="repaired"), BEA),
        event(60, f.Closed(severity="P1", met=(), unmet=("resolved",), reason=text), BEA),
    ]
    return [*first, *ends]


def scene_of(text: str, protocol: Protocol) -> Scene:
    told = entries(*life(text), title=text, affected=text, detection=text[:60])
    known = dict.fromkeys((*NAMES, "U0ZOE"), text)
    return Scene(fold(told), protocol, told[-1].recorded_at, known, told, ANA)


def sent(scene: Scene) -> Iterator[Post]:
    """Every message that the life leads to, as the courier draws it."""
    audiences = Audiences(team="incidents", stakeholders="data-stakeholders")
    incident: Incident | None = None
    for n, entry in enumerate(scene.entries, start=1):
        incident = evolve(incident, entry)
        then = replace(scene, incident=incident, entries=scene.entries[:n], now=entry.recorded_at)
        for message in react(entry, then.incident, scene.protocol, audiences):
            if message.kind != "card" or n % 6 == 0:  # it stands, and is drawn again at nearly every fact
                yield from _drawn(message, then, entry)
        yield answers.answer(replace(then, reader=entry.by), (entry,))
        yield withdrawn.withdrawn(then, entry, entry, f"say-{entry.seq}")


def _drawn(message: Message, then: Scene, entry: f.Entry) -> Iterator[Post]:
    args = message.args
    match message.kind:
        case "card":
            yield card.card(then)
        case "notice":
            yield notice.notice(then)
        case "news":
            yield notice.news(then, entry)
        case "turning":
            yield notice.turning(then, entry)
        case "stakeholders":
            yield notice.stakeholders(then)
        case "management":
            yield notice.management(replace(then, reader=args["to"]))
        case "say":
            yield statements.statement(then, entry, head="7f3a")
        case "ask":
            yield reminder.reminder(then, _ask(then, args["ask"]))
        case "climb":
            yield reminder.climb(then, _ask(then, args["ask"]))
        case "tell" if args["what"] == "asked":
            yield reminder.direct(replace(then, reader=args["person"]), _ask(then, args["ask"]))
        case "tell":
            job: Any = SimpleNamespace(entry=entry, args=args)
            yield drawn_directly(replace(then, reader=args["person"]), job)
        case "matter":
            found = matters.matter(then, args["about"])
            yield from [found] if found else []
        case "next":
            yield next_steps.next_steps(then)
        case "answer":
            yield people.answer(then, entry)
        case "summon":
            yield tellings_direct.summon(then, entry, args)
        case "scorecard":
            yield summary.scorecard(then)
        case _:
            assert message.kind in SILENT


SILENT = frozenset(
    {
        *("open_channel", "invite", "pin", "bookmark", "topic", "tell_declarer", "confirm_mark", "unconfirm_mark"),
        *("correct", "attach_timeline", "shrink", "rename_channel", "withdraw"),
    }
)
"""Kinds that say nothing, or what is drawn here by its own name."""


def _ask(scene: Scene, seq: int) -> Any:
    return next(one for one in scene.incident.asks if one.seq == seq)


def running(scene: Scene) -> Scene:
    return replace(scene, incident=scene.incident.model_copy(update={"stage": "active", "closed_at": None}))


def read(scene: Scene, text: str) -> Iterator[Post]:
    """Every private page and answer."""
    for seen in (scene, running(scene)):
        for name, page in PAGES.items():
            if name == "fixed" and seen is scene:
                continue  # refused: it is closed
            yield page(Reading(seen, "all" if name == "timeline" else text, ROSTER, [replace(seen), _other(seen)]))
        yield lists.incidents([seen, _other(seen)], "all")
        yield refusals.which([seen, _other(seen)], "update", text)
        yield refusals.take_it(seen, text)
        yield refusals.unsure_inside(seen, text, "note", rest=text)
        yield refusals.which_one(text, 12, "phase", [(text, text), ("b", "b")], text)
        yield changes.part_or_another(seen, text[:300], "{}")
        yield changes.looks_alike(seen, "{}")
        yield changes.similar(seen, 13)
        yield answers.opened(seen)
        yield answers.refused(replace(seen, incident=seen.incident.model_copy(update={"channel_error": text[:80]})))
    yield refusals.refusal(text, text)
    yield refusals.unsure(text, "update", rest=text)
    yield refusals.unused(text)
    yield choices.fixed(running(scene), text[:1500])
    yield choices.form_needed(12, "update", text[:1500])
    yield from _shifts(text)


def _shifts(text: str) -> Iterator[Post]:
    """Names of people and of rotations are typed by somebody too."""
    company = rota.Company({ANA: rota.Known(text, "UTC"), BEA: rota.Known(text, "Asia/Kolkata")}, "Europe/Amsterdam")
    made = Rotation(name=text[:80], members=(ANA, BEA), starts=minute(0).date(), covers=(text,), gone=frozenset({BEA}))
    hours = (Given(start=minute(5), end=minute(90), giver=ANA, taker=BEA),)
    change = Change(kind="swap", rotation=text[:80], by=ANA, other=BEA, hours=hours, at=minute(0))
    yield rota.on_call([made], [change], company, minute(1), ANA)
    first, told = month_of({text[:80]: made}, "", "Europe/Amsterdam", minute(0))
    yield rota.month(told, first, company)
    yield rota.question(change, company, minute(1))
    yield rota.answered(change, "asked", company, ANA)
    yield rota.told(change, "accepted", company, BEA)


def _other(scene: Scene) -> Scene:
    return replace(scene, incident=scene.incident.model_copy(update={"id": 13}))


ROSTER = Roster(primary=ANA, secondary=CAR, directory={"level-2": (TEC,), "director": (DIR,)})

ABOUT: dict[Form, type[f.Fact]] = {
    Form.ANSWER: f.QuestionHeard, Form.RULE_OUT: f.CauseProposed, Form.ASSIGN_ACTION: f.ActionAdded,
    Form.DROP_ACTION: f.ActionAdded, Form.PROPOSE: f.ChangeProposed,
}  # fmt: skip
"""What a form is about that is about one entry."""


def shown_forms(scene: Scene, text: str) -> Iterator[dict[str, Any]]:
    for form, door in FORMS.items():
        if door.draw is None:
            continue
        fill = Fill(
            form,
            text=f"it is {text}" if form is not Form.ASSIGN else "incident-manager",
            ask=where(ABOUT[form]) if form in ABOUT else None,
        )
        yield door.draw(Opening(replace(running(scene), reader=BEA), fill, None, "{}", ROSTER))
    yield forms.declare(scene.protocol, title=text, affected=text, on_call=text)


def unharmed(post: Post) -> None:
    """Slack takes it, and it calls and links nobody but whom the bot means."""
    accepted(post)
    assert called(post) <= EVERYBODY
    for where in (post["text"], *_texts(post["blocks"])):
        assert all(sign != "#" or body in PLACES for sign, body, _ in TOKEN.findall(where))
    assert {
        link for link in links(post) if not link.startswith(("https://meet.example/", "https://x.example/"))
    } == set()


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, list):
        for one in item:
            yield from _texts(one)
    elif isinstance(item, dict):
        if item.get("type") == "mrkdwn":
            assert item["verbatim"] is True, "else Slack makes mentions and links of bare words"
            yield item["text"]
        else:
            yield from _texts(list(item.values()))


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
@example(HOSTILE[0])
@example(HOSTILE[6])
@example(HOSTILE[8])
def test_no_text_anywhere_gets_out_of_any_view(text: str) -> None:
    scene = scene_of(text, default_protocol())
    for post in (*sent(scene), *read(scene, text)):
        unharmed(post)
    for view in shown_forms(scene, text):
        problems = check_view(view, "modal", Rules())
        assert problems == [], problems
        assert list(_texts(view["blocks"])) is not None
        assert {who for t in _texts(view["blocks"]) for _, who in mentions(t, parse_bare=False)} <= EVERYBODY
    topic = card.topic(scene)
    assert 0 < len(topic) <= TOPIC
    assert list(mentions(topic, parse_bare=True)) == [] or "@" in text
    assert TOKEN.findall(topic) == []
    for name in names(scene.incident):
        assert 0 < len(name) <= NAME
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert name.startswith("inc-12")


def test_the_life_leads_to_every_kind_of_message_that_says_something() -> None:
    scene = scene_of("x", default_protocol())
    audiences = Audiences(team="incidents", stakeholders="data-stakeholders")
    seen = {m.kind for e in scene.entries for m in react(e, as_of(scene, e).incident, scene.protocol, audiences)}
    assert set(KINDS) - seen - SILENT - OF_NO_INCIDENT == set()
    written = {type(e.fact) for e in scene.entries}
    assert {kind for kind in f.KINDS.values() if kind.prose_fields()} - written <= {f.SeverityRequestDeclined}


def test_a_protocol_is_text_too() -> None:
    """It is a team's own file, and a title in it still rings nobody."""
    loud = "<!channel> <@U0EVE> & <https://evil.example|x>"
    protocol = default_protocol()
    changed: dict[str, list[Any]] = {
        "severities": [s.model_copy(update={"title": loud}) for s in protocol.severities],
        "phases": [p.model_copy(update={"title": loud}) for p in protocol.phases],
        "roles": [r.model_copy(update={"title": loud, "duties": (loud,)}) for r in protocol.roles],
        "closure": [c.model_copy(update={"text": loud}) for c in protocol.closure],
        "ladder": [rung.model_copy(update={"title": loud}) for rung in protocol.ladder],
        "categories": [c.model_copy(update={"title": loud}) for c in protocol.categories],
    }
    scene = scene_of(loud, protocol.model_copy(update={name: tuple(found) for name, found in changed.items()}))
    for post in (*sent(scene), *read(scene, loud)):
        unharmed(post)
    for view in shown_forms(scene, loud):
        assert check_view(view, "modal", Rules()) == []


def test_what_turns_the_reading_direction_ends_with_the_text_it_is_in() -> None:
    assert escape("\u202eevil") == "\u202eevil\u202c"
    assert escape("\u2067a \u202ab") == "\u2067a \u202ab\u202c\u2069"
    assert escape("\u202aclosed\u202c") == "\u202aclosed\u202c"
    assert escape("\u202cstray\u2069") == "\u202cstray\u2069"
    assert escape("\u202done\ntwo") == "\u202done\u202c\ntwo"
    assert escape("\u202e" * 9 + "x") == "\ufffd" * 9 + "x"


def test_the_document_keeps_every_entry_on_its_line_and_every_mark_a_letter() -> None:
    for text in HOSTILE:
        scene = scene_of(text, default_protocol())
        for line in timeline.document(scene).split("\n"):
            assert not line.startswith(("#", "-")) or line.startswith(("# INC-12 ·", "## ", "- "))
            assert "<" not in line
            assert "](" not in line.replace("\\](", "").replace("](https://x.example/p1)", "").replace(
                "](https://meet", ""
            )
