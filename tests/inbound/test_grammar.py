"""Every way of saying it: what is typed is understood, offered back or refused with a sentence, and never lost."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import request as r
from bot.domain.errors import BadInput
from bot.inbound.grammar import Context, moment_in, time_in
from bot.inbound.intents import Fill, Intent, Show, Unsure
from bot.inbound.replies import answering
from bot.inbound.text import addressed, heard
from bot.inbound.understanding import Understood, said_with, understand
from bot.inbound.verbs import NAMED, VERBS
from bot.inbound.verbs.verb import Verb
from bot.views.ids import Form
from tests.builders import default_protocol

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AMSTERDAM = "Europe/Amsterdam"


NAMES = {"U0BEA": "Bea", "U0CAR": "Car"}


def context(*, inside: bool) -> Context:
    return Context(default_protocol(), NOW, AMSTERDAM, inside=inside, names=NAMES)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def inside(text: str) -> Understood:
    return understand(text, context(inside=True))


def outside(text: str) -> Understood:
    return understand(text, context(inside=False))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Fill(Form.DECLARE)),
        ("declare", Fill(Form.DECLARE)),
        ("NEW p1", Fill(Form.DECLARE, severity="p1")),
        ("declare P1 orders mart is stale", r.Declare("orders mart is stale", "P1")),
        ("declare: orders mart is stale P1", r.Declare("orders mart is stale", "P1")),
        ("“declare” sev1 — orders stale", r.Declare("orders stale", "sev1")),
        ("declare:orders stale", r.Declare("orders stale", None)),
        ("P1 declare orders stale", r.Declare("orders stale", "P1")),
        ("P1 new loader is broken", r.Declare("new loader is broken", "P1")),
        ("p2: open orders are missing", r.Declare("open orders are missing", "p2")),
        ("p-2: orders stale", r.Declare("orders stale", "p-2")),
        ("declare P9 orders stale", r.Declare("orders stale", "P9")),
        ("declare private: salaries leaked", Fill(Form.DECLARE, text="private: salaries leaked", private=True)),
        ("P1 private salaries leaked", Fill(Form.DECLARE, text="private salaries leaked", severity="P1", private=True)),
        ("declare privately owned data is stale", r.Declare("privately owned data is stale", None)),
        ("declare high latency since INC-9", r.Declare("high latency since INC-9", None)),
        ("declare :fire: orders", r.Declare(":fire: orders", None)),
        ("open 数据延迟", r.Declare("数据延迟", None)),
        ("list", Show("list", "open")),
        ("list MINE", Show("list", "mine")),
        ("help update", Show("help", "update")),
        ("orders stale", Unsure()),
        ("yes", Unsure()),
        ("decalre orders stale", Unsure("declare", "orders stale")),
        ("expected rows missing", Unsure()),
        ("expectd rows missing", Unsure("expected", "rows missing")),
        ("due dates are wrong", Unsure()),
    ],
)
def test_outside_an_incident(typed: str, meant: Intent) -> None:
    assert outside(typed).intent == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Show("inside")),
        ("ack", r.Acknowledge()),
        ("Ack!", r.Acknowledge()),
        ("on it", r.Acknowledge(take=True)),
        ("I’m on it", r.Acknowledge(take=True)),
        ("mine.", r.Acknowledge(take=True)),
        ("confirm", r.Confirm()),
        ("confirm P2", r.ChangeSeverity("P2")),
        ("update", Fill(Form.UPDATE)),
        ("say P1 is contained", r.PostUpdate("P1 is contained")),
        ("update: loader restarted,\nbacklog shrinking", r.PostUpdate("loader restarted,\nbacklog shrinking")),
        ("update no change", r.PostUpdate("", no_change=True)),
        ("no change", r.PostUpdate("", no_change=True)),
        ("update still no change, sorry", r.PostUpdate("", no_change=True)),
        ("update no change in the loader", r.PostUpdate("no change in the loader")),
        ("impact do not use today’s figures", r.StateImpact("do not use today’s figures")),
        ("severity P1 finance cannot close", r.ChangeSeverity("P1", "finance cannot close")),
        ("severity finance cannot close P1", r.ChangeSeverity("P1", "finance cannot close")),
        ("severity critical", r.ChangeSeverity("critical")),
        ("sev enormous", r.ChangeSeverity("enormous")),
        ("p1", r.ChangeSeverity("p1")),
        ("critical", r.ChangeSeverity("critical")),
        ("P1: more customers", Unsure("severity", "P1 more customers")),
        ("phase fixing", r.MovePhase("fixing")),
        ("move Fixing.", r.MovePhase("fixing")),
        ("monitoring", r.MovePhase("monitoring")),
        ("phase dancing", r.MovePhase("dancing")),
        ("note at 08:40 loader died", r.AddNote("loader died", datetime(2026, 11, 20, 7, 40, tzinfo=UTC))),
        ("note at 23:50 loader died", r.AddNote("loader died", datetime(2026, 11, 19, 22, 50, tzinfo=UTC))),
        ("note at 2pm, loader died", r.AddNote("loader died", datetime(2026, 11, 19, 13, 0, tzinfo=UTC))),
        ("note at 99:99 sharp", r.AddNote("at 99:99 sharp")),
        ("note at least 5 rows, same as INC-9", r.AddNote("at least 5 rows, same as INC-9")),
        ("snooze 30m lunch", r.SnoozeAsking(timedelta(minutes=30), "lunch")),
        ("snooze for 2 hours: vendor works", r.SnoozeAsking(timedelta(hours=2), "vendor works")),
        ("snooze until 14:00 lunch", r.SnoozeAsking(timedelta(hours=4), "lunch")),
        ("snooze until lunch", Fill(Form.SNOOZE, text="until lunch")),
        ("snooze -30m lunch", Fill(Form.SNOOZE, text="-30m lunch")),
        ("impact orders are missing, ETA: 14:30", r.StateImpact("orders are missing", eta=utc(20, 13, 30))),
        ("impact eta fri morning orders are missing", r.StateImpact("orders are missing", eta=utc(27, 8))),
        ("impact no eta yet", r.StateImpact("no eta yet")),
        ("update <@U0BEA> restarted it", r.PostUpdate("@Bea restarted it")),
        ("<@U0BEA> update restarted it", r.PostUpdate("@Bea restarted it")),
        ("fixed", Show("fixed", "")),
        ("fixed the loader", Show("fixed", "the loader")),
        ("fixing with a backfill", Unsure("phase", "fixing with a backfill")),
        ("snooze lunch", Fill(Form.SNOOZE, text="lunch")),
        ("snooze", Fill(Form.SNOOZE)),
        ("resolved reverted the deploy", Fill(Form.RESOLVE, text="reverted the deploy")),
        ("done", Fill(Form.RESOLVE)),
        ("DONE — reverted", Fill(Form.RESOLVE, text="reverted")),
        ("close", Fill(Form.CLOSE)),
        ("cancel false alarm: a test", r.Cancel("false alarm", "a test")),
        ("cancel it was a planned migration", r.Cancel("false alarm", "it was a planned migration")),
        ("cancel expected", r.Cancel("expected", "")),
        ("noise", r.Cancel("false alarm", "")),
        ("reopen it came back", r.Reopen("it came back")),
        ("reopen", Fill(Form.REOPEN)),
        ("timeline all", Show("timeline", "all")),
        ("eta", Show("brief")),
        ("catch me up", Show("brief")),
        ("why?", Show("promises")),
        ("noise on the line", Unsure()),
        ("status of orders looks bad", Unsure()),
    ],
)  # fmt: skip
def test_inside_an_incident(typed: str, meant: Intent) -> None:
    assert inside(typed).intent == meant


@pytest.mark.parametrize(
    "typed",
    ["INC-12 severity P1 why", "severity P1 INC-12 why", "P1 severity inc12: why", "severity #inc-12-orders P1 why"],
)
def test_severity_and_number_stand_in_any_order(typed: str) -> None:
    understood = outside(typed)
    assert (understood.intent, understood.incident) == (r.ChangeSeverity("P1", "why"), 12)


def test_a_number_at_the_end_counts_outside_only() -> None:
    assert outside("ack INC-3").incident == 3
    assert inside("note same as INC-3").incident is None


def test_a_bare_number_shows_what_can_be_done() -> None:
    assert (outside("inc-12").intent, outside("inc-12").incident) == (Show("inside"), 12)


@pytest.mark.parametrize("typed", ["severity", "phase", "cancel", "list nonsense", "ack @bea"])
def test_what_cannot_be_passed_on_is_refused_with_what_to_write(typed: str) -> None:
    with pytest.raises(BadInput, match=r"/incident"):
        inside(typed)


TAKER = Verb(
    "taker", (), "", "", parse=lambda said, _: r.AddNote(f"{said.people} {said.groups} {said.words}"), peopled=True
)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("taker <@U0BEA> why", "('U0BEA',) () why"),
        ("taker why <@U0BEA|bea>", "('U0BEA',) () why"),
        ("<@U0BEA> taker: why", "('U0BEA',) () why"),
        ("taker <@U0BEA>, <@U0CAR> and <!subteam^S1|@data> needs\nKafka", "('U0BEA', 'U0CAR') ('S1',) needs\nKafka"),
        ("taker <@U0BEA> why, as in INC-12", "('U0BEA',) () why, as in INC-12"),
        ("taker @bea why", "() () @bea why"),
    ],
)
def test_people_stand_anywhere_and_are_known(typed: str, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMED, "taker", TAKER)
    assert inside(typed).intent == r.AddNote(taken)


def test_people_a_button_keeps_are_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMED, "taker", TAKER)
    kept = outside("<@U0BEA> taker why")
    assert (kept.tail, said_with(kept.word, kept.heard, context(inside=True)).intent) == (
        "@Bea why",
        r.AddNote("('U0BEA',) () why"),
    )


def test_a_mention_typed_letter_by_letter_calls_nobody() -> None:
    assert inside(heard("update &lt;@U0BEA&gt; &amp; <@U0CAR>")).intent == r.PostUpdate("<@U0BEA> & @Car")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0BOT> ack", "ack"),
        ("hey <@U0BOT|sitrep>, ack", "ack"),
        ("OK <@U0BOT>: update x", "update x"),
        ("<@U0BOT>", ""),
        ("ask <@U0BOT> ack", None),
        ("<@U0BEA> ack", None),
        ("ack", None),
    ],
)
def test_only_who_speaks_to_the_bot_is_obeyed(text: str, words: str | None) -> None:
    assert addressed(text, "U0BOT") == words


def test_words_a_verb_has_no_use_for_are_kept() -> None:
    assert inside("ack looking at the loader").left == "looking at the loader"
    assert inside("phase fixing with a backfill").left == "with a backfill"


PROSE = st.text(alphabet="zxqjwk", min_size=4, max_size=8)
"""Words that are no verb, severity, phase or number."""

WORDS = st.one_of(
    st.text(),
    PROSE,
    st.sampled_from([*NAMED, "P1", "INC-12", "at 02:40", "30m", "“", "—", ":", "\n", "\0", "false alarm", "fixing"]),
    st.sampled_from(
        ["<@U0BEA>", "<!subteam^S1|@data>", "until 14:00", "eta fri", "due tomorrow eod", "by", "@bea", "and"]
    ),
)


@given(st.lists(WORDS, max_size=6), st.booleans())
def test_nothing_anybody_types_is_lost(words: list[str], within: bool) -> None:
    """What was typed is in what will be done or in what is offered back; a refusal leaves all of it to be repeated."""
    try:
        understood = understand(" ".join(words), context(inside=within))
    except BadInput:
        return
    held = f"{vars(understood.intent)} {understood.left}"
    assert [word for word in words if re.fullmatch("[zxqjwk]{4,8}", word) and word not in held + understood.tail] == []
    if not isinstance(understood.intent, Unsure):
        assert [word for word in words if re.fullmatch("[zxqjwk]{4,8}", word) and word not in held] == []


@given(st.lists(WORDS, max_size=6), st.booleans())
def test_only_an_incident_that_was_named_is_meant(words: list[str], within: bool) -> None:
    text = " ".join(words)
    try:
        named = understand(text, context(inside=within)).incident
    except BadInput:
        return
    assert named is None or re.search(rf"inc\W?0*{named}", unicodedata.normalize("NFKC", text).casefold())


@given(st.lists(WORDS, max_size=6))
def test_an_answer_to_a_reminder_is_about_its_incident_and_keeps_every_word(words: list[str]) -> None:
    text = " ".join(words).strip()
    try:
        meant = answering(text, 12, context(inside=True))
    except BadInput:
        return  # a bare yes, no or thanks
    held = f"{vars(meant.intent)}"
    assert meant.incident == 12
    assert [word for word in words if re.fullmatch("[zxqjwk]{4,8}", word) and word not in held] == []


@given(st.text(), st.sampled_from(["", "eta", "until", "at", "due"]))
def test_no_text_is_too_strange_for_a_time(text: str, marker: str) -> None:
    here, words = context(inside=True), f"{marker} {text}".strip()
    for at, _ in (time_in(words, here), moment_in(words, ("eta", "due"), here)):
        assert at is None or at.tzinfo is UTC
    past, _ = time_in(words, here)
    ahead, rest = moment_in(words, ("eta", "due"), here)
    assert past is None or past <= NOW
    assert ahead > NOW if ahead else rest == words


def test_every_word_for_a_verb_is_only_one_verbs() -> None:
    words = [word for verb in VERBS for word in (verb.name, *verb.aliases)]
    assert len(words) == len(set(words))
