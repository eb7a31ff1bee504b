"""Who is told because the protocol says so, how loudly, and each person once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.assets import Asset
from bot.domain.caller import Caller
from bot.domain.decide import decide, declared
from bot.domain.duty.oncall import Roster, Specialist
from bot.domain.errors import NotNow
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.promises.asking import due_fact
from bot.domain.protocol import Protocol
from bot.domain.protocol.parts import Telling
from bot.domain.react import react
from bot.domain.scribe import Audiences, Scribe
from bot.domain.tellings import of_a_part
from bot.domain.undoing import withdrawals
from bot.store.files import protocols
from tests.domain.life import ANA, BEA, CAR, DEE, DIR, EVE, MONDAY, SME, TEC, acked, default, incident_of, span, tick

TOLD = Audiences(team="C0ALL", stakeholders="C0BIZ")
TEAM = "C0TEAM"
PEOPLE = Roster(
    primary=ANA,
    secondary=CAR,
    directory={
        "incident-manager": (BEA,),
        "team-lead": (BEA,),
        "data-engineering": (ANA, TEC, SME),
        "product-owner": (DEE,),
        "director": (DIR,),
        "level-2": (TEC,),
    },
    channels={"data-engineering": (TEAM,), "finance": ("C0FIN",)},
    assets=(Asset(pattern="orders_*", owners=(DEE,), consumers=("C0FIN", SME)),),
)


def telling(*told: tuple[str, str], severity: str = "P1") -> Protocol:
    """The default protocol whose severity tells these, and no other."""
    words = tuple(Telling(who=who, ways=tuple(ways.split()), clause=f"ours § {who}") for who, ways in told)  # type: ignore[arg-type]
    grades = tuple(s.model_copy(update={"tell": words if s.name == severity else ()}) for s in default().severities)
    return default().model_copy(update={"severities": grades})


def began(protocol: Protocol, by: str | None = EVE, roster: Roster = PEOPLE, **more: Any) -> list[f.Entry]:
    """The entries of declaring it, and what the clock asked at once."""
    request = r.Declare("Orders mart is stale", **{"severity": "P1", **more})
    told = recorded([], declared(request, protocol, roster, Caller(by, "slash"), MONDAY), by)
    while due := due_fact(fold(told), protocol, roster, MONDAY):
        told = recorded(told, [due], None)
    return told


def recorded(told: Sequence[f.Entry], facts: Sequence[f.Fact], by: str | None, after: str = "0:00") -> list[f.Entry]:
    number, at = itertools.count(len(told) + 1), MONDAY + span(after)
    return [
        *told,
        *(
            f.Entry(incident=12, seq=next(number), at=at, recorded_at=at, by=by, via="slash", fact=fact)
            for fact in facts
        ),
    ]


def said(told: Sequence[f.Entry], protocol: Protocol, since: int = 0) -> list[Message]:
    incident: Incident | None = None
    found: list[Message] = []
    for entry in told:
        incident = evolve(incident, entry)
        found += react(entry, incident, protocol, TOLD) if entry.seq > since else []
    return found


def words(told: Sequence[f.Entry]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(name, how) → whom."""
    found = [word for entry in told if isinstance(entry.fact, f.TeamsTold) for word in entry.fact.words]
    return {(word.who, word.how): word.channels or word.people for word in found}


def rung(told: Sequence[f.Entry], protocol: Protocol, since: int = 0) -> Counter[str]:
    """How often each person's device rings for what is recorded, as far as it is known who reads a channel."""
    stood = {m.fills for m in said(told[:since], protocol)}
    posts = {m.fills: m for m in said(told, protocol, since) if m.kind in ("tell", "management")}
    new = [m for slot, m in posts.items() if slot not in stood]  # what stands is edited, which rings nobody
    direct = [m.args.get("person") or m.args["to"] for m in new]
    incident = fold(told)
    read = {severity.name for severity in protocol.severities if severity.announce == "channel"}
    there = [t.word for t in incident.tellings if t.seq > since and t.word.how == "mention" and t.severity in read]
    return Counter([*direct, *(person for word in there for person in word.people)])


def test_each_is_told_as_loudly_as_the_protocol_says_and_led_to_the_channel() -> None:
    protocol = telling(("data-engineering", "channel invite"), ("team-lead", "direct"), ("product-owner", "mention"))
    told = began(protocol)
    assert words(told) == {
        ("data-engineering", "channel"): (TEAM,),
        ("team-lead", "direct"): (BEA,),
        ("product-owner", "mention"): (DEE,),
        ("data-engineering", "invite"): (ANA, TEC, SME),
    }
    (team,) = (m for m in said(told, protocol) if m.kind == "summon")
    assert (team.args["channel"], team.args["everyone"], team.args["clause"]) == (TEAM, True, "ours § data-engineering")
    assert "channel" in team.needs, "it leads to the incident's channel, so it waits for it"
    (lead,) = (m for m in said(told, protocol) if m.kind == "tell" and m.args["what"] == "told")
    assert (lead.args["person"], lead.args["clause"]) == (BEA, "ours § team-lead")
    assert next(e.seq for e in told if isinstance(e.fact, f.TeamsTold)) < team.seq + 1, (
        "on the record before it is said"
    )


def test_without_a_channel_of_its_own_a_team_is_called_in_the_announcement() -> None:
    protocol = telling(("product-owner", "channel"))
    assert words(began(protocol)) == {("product-owner", "channel"): (DEE,)}
    assert [m for m in said(began(protocol), protocol) if m.kind == "summon"] == []
    quiet = telling(("product-owner", "channel"), ("team-lead", "mention"), severity="P4")
    found = [m.args["person"] for m in said(began(quiet, severity="P4"), quiet) if m.kind == "tell"]
    assert {DEE, BEA} <= set(found), "P4 is not announced, so they read it directly"


def test_whoever_is_paged_declares_or_is_told_otherwise_is_not_rung_twice() -> None:
    owner = ("asset-owners", "direct mention")
    protocol = telling(("on-call", "mention"), ("data-engineering", "direct"), ("director", "direct"), owner)
    told = began(protocol, by=TEC, affected="orders_mart")
    assert words(told)["data-engineering", "direct"] == (SME,), "Ana is paged, Tec declares"
    assert ("director", "direct") not in words(told), "management is told at once"
    (named,) = (w for e in told if isinstance(e.fact, f.TeamsTold) for w in e.fact.words if w.who == "on-call")
    assert (named.people, named.aside) == ((), (ANA,)), "named in the announcement, and not rung again"
    counted = rung(told, protocol)
    assert counted[ANA] == counted[DEE] == counted[DIR] == counted[SME] == 1


@pytest.mark.parametrize("more", [{"private": True}, {"drill": True}])
def test_of_what_is_private_or_practice_nobody_outside_is_told(more: dict[str, Any]) -> None:
    protocol = telling(("data-engineering", "channel invite"), ("team-lead", "direct"), ("category-team", "direct"))
    told = began(protocol, categories=("data-quality",), affected="orders_mart", **more)
    assert not any(isinstance(e.fact, f.TeamsTold | f.Escalated) for e in told)
    assert "summon" not in {m.kind for m in said(told, protocol)}


def test_a_softer_place_tells_those_of_the_severity_it_counts_as() -> None:
    protocol = telling(("team-lead", "direct"))
    assert words(began(protocol, environment="staging")) == {}
    lower = telling(("product-owner", "direct"), severity="P2")
    assert words(began(lower, environment="staging")) == {("product-owner", "direct"): (DEE,)}
    moved = fold(began(protocol, environment="staging"))
    facts = decide(moved, r.SetEnvironment("production"), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY)
    assert [w.how for fact in facts if isinstance(fact, f.TeamsTold) for w in fact.words] == ["direct"]


def test_raised_it_tells_those_of_the_new_severity_and_lowered_nobody() -> None:
    protocol = telling(("team-lead", "mention"), ("product-owner", "direct"))
    low = fold(began(protocol, severity="P3"))
    assert low.tellings == ()
    facts = decide(low, r.ChangeSeverity("P1"), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY + span("0:05"))
    kinds = [fact.kind for fact in facts]
    assert kinds.index("teams_told") < kinds.index("severity_changed"), "the announcement of it mentions them"
    high = fold(recorded(began(protocol), [f.Acknowledged()], ANA))
    lower = decide(high, r.ChangeSeverity("P4"), protocol, PEOPLE, Caller(ANA, "slash"), MONDAY + span("0:05"))
    assert "teams_told" not in [fact.kind for fact in lower]


def test_behind_whom_there_is_nobody_is_said_once() -> None:
    protocol = telling(("security", "direct"), ("asset-owners", "direct"))
    told = began(protocol)
    assert fold(told).nobody_behind == ("security",), "that no asset is affected is nobody's mistake"
    assert not [m for m in said(told, protocol) if m.args.get("what") == "nobody_behind"], "the answer says it"
    by_machine = said(began(protocol, by=None), protocol)
    assert [m.args["person"] for m in by_machine if m.args.get("what") == "nobody_behind"] == [BEA]
    facts = decide(fold(told), r.ChangeSeverity("P1"), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY)
    assert "teams_told" not in [fact.kind for fact in facts]


def test_readers_of_an_asset_never_read_more_than_the_stakeholders_words() -> None:
    protocol = telling(("asset-consumers", "direct"))
    assert words(began(protocol, affected="orders_mart")) == {}
    mentioned = telling(("asset-consumers", "mention"))
    assert words(began(mentioned, affected="orders_mart")) == {("asset-consumers", "mention"): (SME,)}


# the teams of categories


def test_where_the_protocol_says_so_the_team_of_a_category_is_called_at_once_and_each_once() -> None:
    protocol = telling(("category-team", "invite"))
    told = began(protocol, categories=("data-quality",))
    (called,) = (e.fact for e in told if isinstance(e.fact, f.Escalated))
    assert (called.team, called.people, called.level) == ("data-engineering", (TEC, SME), 0)
    more = r.SetCategories(("data-quality", "self-healing", "security"))
    facts = decide(fold(told), more, protocol, PEOPLE, Caller(EVE, "slash"), MONDAY)
    assert [fact.kind for fact in facts] == ["categories_set", "teams_told"], (
        "no team twice; of security there is nobody"
    )
    again = fold(recorded(told, facts, EVE))
    assert again.nobody_behind == ("security",)


def test_a_category_chosen_later_rings_nobody_who_is_being_asked_or_was_told() -> None:
    protocol = telling(("category-team", "invite"), ("product-owner", "direct"))
    roster = PEOPLE.model_copy(update={"directory": {**PEOPLE.directory, "data-engineering": (ANA, DEE, TEC)}})
    incident = fold(began(protocol, roster=roster))
    facts = decide(incident, r.SetCategories(("data-quality",)), protocol, roster, Caller(EVE, "slash"), MONDAY)
    (called,) = (fact for fact in facts if isinstance(fact, f.Escalated))
    assert called.people == (TEC,), "the one on call is asked, the product owner was told this minute"


def test_raised_outside_production_owners_and_readers_are_still_told_nothing() -> None:
    protocol = telling(("asset-owners", "mention"))
    incident = fold(began(protocol, severity="P3", environment="staging", affected="orders_mart"))
    facts = decide(incident, r.ChangeSeverity("P1"), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY + span("0:05"))
    assert not [w for fact in facts if isinstance(fact, f.TeamsTold) for w in fact.words]


def test_a_team_on_duty_goes_before_the_rest_and_a_team_that_is_a_channel_reads_it_there() -> None:
    duty = Specialist(rotation="warehouse", person=SME, covers=("data-quality",))
    at_work = PEOPLE.model_copy(update={"specialists": (duty,)})
    incident = incident_of(acked("0:01"))
    ask = r.Escalate("Somebody who knows the loader.", team="data-engineering")
    (called,) = decide(incident, ask, default(), at_work, Caller(EVE, "slash"), MONDAY)
    assert isinstance(called, f.Escalated)
    assert called.people == (SME,)
    room = Roster(channels={"data-engineering": (TEAM,)})
    (posted,) = decide(incident, ask, default(), room, Caller(EVE, "slash"), MONDAY)
    assert isinstance(posted, f.TeamsTold)
    assert [(w.how, w.channels) for w in posted.words] == [("post", (TEAM,))]
    with pytest.raises(NotNow, match="names nobody for data-engineering"):
        decide(incident, ask, default(), Roster(), Caller(EVE, "slash"), MONDAY)


# whatever the protocol says


NAMES = st.sampled_from(
    (
        "on-call",
        "team-lead",
        "data-engineering",
        "product-owner",
        "director",
        "asset-owners",
        "asset-consumers",
        "nobody",
    )
)
WAYS = st.sets(st.sampled_from(("direct", "mention", "channel", "invite")), min_size=1).map(
    lambda ways: " ".join(sorted(ways))
)


@settings(max_examples=120, deadline=None)
@given(
    told=st.dictionaries(NAMES, WAYS, max_size=6),
    by=st.sampled_from((EVE, ANA, BEA, None)),
    raised=st.booleans(),
    private=st.booleans(),
    severity=st.sampled_from(("P1", "P2", "P3", "P4")),
)
def test_nobody_is_rung_twice_for_one_thing(
    told: dict[str, str], by: str | None, raised: bool, private: bool, severity: str
) -> None:
    protocol = telling(*told.items(), severity="P1" if raised else severity)
    first = began(protocol, by=by, affected="orders_mart", severity=severity, private=private)
    entries, since = first, 0
    if raised and severity != "P1":
        facts = decide(fold(first), r.ChangeSeverity("P1"), protocol, PEOPLE, Caller(by, "slash"), MONDAY)
        entries, since = recorded(first, facts, by), len(first)
    counted = rung(entries, protocol, since)
    assert [person for person, count in counted.items() if count > 1] == []
    new = [word for e in entries[since:] if isinstance(e.fact, f.TeamsTold) for word in e.fact.words]
    at_once = {person for word in new if word.how == "channel" for person in word.people}
    alone = {person for word in new if word.how in ("direct", "mention") for person in word.people}
    assert not at_once & alone, "who is called with all others is not called alone too"
    assert by is None or counted[by] == 0 or by == ANA, "whoever does it is not told of it"
    if private:
        assert fold(entries).tellings == ()


# who does not answer


def watched(protocol: Protocol, roster: Roster, *minutes: int, severity: str = "P1") -> Incident:
    incident = fold(began(protocol, roster=roster, severity=severity))
    for minute in minutes:
        incident, _ = tick(incident, protocol, roster, MONDAY + timedelta(minutes=minute))
    return incident


def test_whoever_was_called_and_did_not_answer_is_not_asked_first_until_they_do_anything() -> None:
    calm = watched(default(), PEOPLE, 3, 5, 6, 8)
    taken = evolve(calm, _entry(calm, f.Acknowledged(), CAR, "0:09"))
    asks = _next(taken, "0:16")
    assert ("triage", (CAR,)) in asks
    silent = evolve(
        taken, _entry(taken, f.RoleAssigned(role="on-call-responder", person=ANA, responds=True), BEA, "0:10")
    )
    assert ("triage", (ANA,)) not in _next(silent, "0:16"), "Ana was called at 0:00 and did not answer"
    back = evolve(silent, _entry(silent, f.NoteAdded(text="Here."), ANA, "0:11"))
    assert ("triage", (ANA,)) in _next(back, "0:16"), "she is there"


def _entry(incident: Incident, fact: f.Fact, by: str | None, after: str) -> f.Entry:
    at = MONDAY + span(after)
    return f.Entry(incident=12, seq=incident.seq + 1, at=at, recorded_at=at, by=by, via="slash", fact=fact)


def _next(incident: Incident, after: str) -> list[tuple[str, tuple[str, ...]]]:
    _, entries = tick(incident, default(), PEOPLE, MONDAY + span(after))
    facts = [e.fact for e in entries if isinstance(e.fact, f.Asked)]
    return [(c.key, fact.people) for fact in facts for c in fact.covers]


def test_that_nobody_answers_is_said_once_with_who_was_called() -> None:
    incident = watched(default(), PEOPLE, 3, 5, 6, 10)
    assert incident.unanswered_at is None, "there are five minutes left"
    after, entries = tick(incident, default(), PEOPLE, MONDAY + span("0:15"))
    (loud,) = (e for e in entries if isinstance(e.fact, f.NobodyAnswered))
    assert isinstance(loud.fact, f.NobodyAnswered)
    assert loud.fact.people[:3] == (ANA, CAR, TEC)
    messages = react(loud, after, default(), TOLD)
    assert [m.args["channel"] for m in messages if m.kind == "summon"] == ["C0ALL"]
    assert [m.args["person"] for m in messages if m.kind == "tell"] == [EVE], "whoever declared it can call by phone"
    later = watched(default(), PEOPLE, 3, 5, 6, 10, 15, 22, 30, 45, 60)
    assert later.unanswered_at == MONDAY + span("0:15"), "said once"
    board = PEOPLE.model_copy(update={"channels": {"director": ("C0BOARD",)}})
    seen = watched(default(), board, 3, 5, 6, 10)
    _, more = tick(seen, default(), board, MONDAY + span("0:15"))
    assert [e.fact.channels for e in more if isinstance(e.fact, f.NobodyAnswered)] == [("C0BOARD",)]


def test_that_nobody_answers_names_whoever_was_called_and_not_in_the_minute_of_a_call() -> None:
    """Somebody acknowledged, then did not answer; level 2 has just been called and has their time."""
    there = evolve(calm := watched(default(), PEOPLE, 3), _entry(calm, f.Acknowledged(), ANA, "0:04"))
    for minute in (15, 22, 30):
        there, _ = tick(there, default(), PEOPLE, MONDAY + span(f"0:{minute}"))
    assert there.unanswered_at is None, "level 2 is called in this very minute"
    loud: list[f.Fact] = []
    for minute in (45, 60, 75):
        there, entries = tick(there, default(), PEOPLE, MONDAY + timedelta(minutes=minute))
        loud += [e.fact for e in entries]
    (fact,) = (one for one in loud if isinstance(one, f.NobodyAnswered))
    assert {ANA, TEC} <= {*fact.people}


def test_at_a_lower_rank_or_once_somebody_is_there_nobody_cries() -> None:
    assert watched(default(), PEOPLE, 60, 240, 400, severity="P3").unanswered_at is None
    there = evolve(calm := watched(default(), PEOPLE, 3), _entry(calm, f.Acknowledged(), ANA, "0:04"))
    later, _ = tick(there, default(), PEOPLE, MONDAY + span("0:16"))
    assert later.unanswered_at is None


# the five


@pytest.mark.parametrize("name", protocols.builtin_names())
def test_each_protocol_tells_management_by_its_clock_and_whom_it_names_at_once(name: str) -> None:
    protocol = protocols.load(name, default().calendar)
    names = {one: (one,) for one in protocol.directory_names()}
    roster = PEOPLE.model_copy(update={"directory": {**names, "director": (DIR,)}, "channels": {}})
    for severity in protocol.severities:
        incident = fold(began(protocol, roster=roster, severity=severity.name, affected="orders_mart"))
        after = severity.management_after
        if after:
            due = MONDAY + after
            due = protocol.calendar.next_opening(due) if severity.hours == "business" else due
            early, _ = tick(incident, protocol, roster, due - timedelta(minutes=1))
            assert early.management_called_at is None
            incident, _ = tick(early, protocol, roster, due)
        assert (incident.management_called_at is not None) is (after is not None)
        assert incident.management_to == ((DIR,) if after is not None else ())
        wanted = {one.who for one in severity.tell} - {"category-team", "on-call", "asset-owners", "asset-consumers"}
        assert wanted <= {told.word.who for told in incident.tellings}
        assert incident.nobody_behind == ()


@pytest.mark.parametrize("name", protocols.builtin_names())
def test_each_protocol_is_softer_where_it_says_so(name: str) -> None:
    protocol = protocols.load(name, default().calendar)
    names = {one: (one,) for one in protocol.directory_names()}
    roster = PEOPLE.model_copy(update={"directory": names, "channels": {}})
    top = protocol.severities[0]
    for place in protocol.environments:
        like = protocol.severity_in(top.name, place.name)
        incident = fold(began(protocol, roster=roster, severity=top.name, environment=place.name))
        told = {one.word.who for one in incident.tellings}
        assert told <= {one.who for one in like.tell}
        assert (incident.management_called_at is not None) is (like.management_after == timedelta(0))
        if not place.management:
            assert incident.management_called_at is None


@pytest.mark.parametrize("name", protocols.builtin_names())
def test_a_private_incident_of_no_protocol_tells_anybody_outside(name: str) -> None:
    protocol = protocols.load(name, default().calendar)
    top, kinds = protocol.severities[0].name, tuple(one.name for one in protocol.categories)
    told = began(protocol, severity=top, private=True, affected="orders_mart", categories=kinds)
    kept = {m.kind for m in said(told, protocol)} & {"summon", "notice", "news", "turning", "stakeholders"}
    assert kept == set()
    assert [m.args["what"] for m in said(told, protocol) if m.kind == "tell" and m.args["what"] != "asked"] == []


def test_who_was_told_of_the_whole_is_not_told_of_a_part_that_is_split_off() -> None:
    protocol = telling(("team-lead", "direct"), ("category-team", "direct"), ("security", "direct"))
    whole = fold(began(protocol, categories=("data-quality",)))
    again = declared(
        r.Declare("A part", "P1", categories=("data-quality",)), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY
    )
    assert any(isinstance(fact, f.TeamsTold) for fact in again)
    assert not [fact for fact in of_a_part(again, whole) if isinstance(fact, f.TeamsTold | f.Escalated)]
    fresh = fold(began(protocol, severity="P4"))
    assert [fact.kind for fact in of_a_part(again, fresh)] == [fact.kind for fact in again]


def test_what_was_taken_back_is_taken_back_where_people_were_rung() -> None:
    protocol = telling(("team-lead", "direct"), ("data-engineering", "channel"))
    low = began(protocol, severity="P3")
    facts = decide(fold(low), r.ChangeSeverity("P1"), protocol, PEOPLE, Caller(EVE, "slash"), MONDAY)
    told = recorded(low, facts, EVE)
    seqs = tuple(entry.seq for entry in told if entry.seq > len(low))
    undone = f.Entry(
        incident=12,
        seq=len(told) + 1,
        at=MONDAY,
        recorded_at=MONDAY,
        by=EVE,
        via="slash",
        fact=f.Undone(seqs=seqs),
    )
    left = fold([*told, undone])
    assert left.tellings == ()
    messages = withdrawals(Scribe(undone, left, protocol, TOLD), told)
    assert [m.args["person"] for m in messages if m.args.get("what") == "withdrawn" and m.args["was"] == "told"] == [
        BEA
    ]
    assert [m.args["slot"].split(":")[-1] for m in messages if m.kind == "withdraw" and "summon" in m.args["slot"]] == [
        TEAM
    ]
