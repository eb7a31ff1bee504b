"""What people read because the protocol wants them told: escaped, with a way there, and nobody rung by words."""

from __future__ import annotations

import pytest

from bot.domain import fact as f
from bot.domain.protocol import Protocol
from bot.domain.protocol.parts import Telling
from bot.store.files import protocols
from bot.views import notice, tellings, tellings_direct
from bot.views.consequence import consequence
from bot.views.form_fields import OPTION_MOST
from bot.views.scene import Scene
from bot.views.statements import statement
from tests.builders import ANA, BEA, CAR, DIR, TEC, asked, default_protocol, event, resolved, story
from tests.views.slack_rules import accepted, called, shown

CLAUSE = "etl § 4.3.P1"
TITLE = "<!here> orders & <@U0EVE> co"


def word(how: str, *people: str, channels: tuple[str, ...] = (), aside: tuple[str, ...] = ()) -> f.Word:
    return f.Word(who="team-lead", how=how, people=people, channels=channels, aside=aside, clause=CLAUSE)  # type: ignore[arg-type]


def told(*words: f.Word, nobody: tuple[str, ...] = ()) -> Scene:
    return story(event(0, f.TeamsTold(severity="P1", words=words, nobody=nobody), ANA), title=TITLE)


def test_a_team_is_rung_in_its_channel_and_nobody_by_what_was_typed() -> None:
    scene = told(word("channel", channels=("C0TEAM",)))
    args = {"channel": "C0TEAM", "everyone": True, "clause": CLAUSE}
    post = accepted(tellings_direct.summon(scene, scene.entries[-1], args))
    assert post["text"].startswith("<!channel> 🔴 *P1 · &lt;!here&gt; orders &amp; &lt;@U0EVE&gt; co* → <#C0INC12>")
    assert post["text"].count("<!channel>") == 1
    assert "Bea leads" in post["text"]
    assert f"P1 calls team lead here · {CLAUSE}" in post["text"]
    quietly = tellings_direct.summon(scene, scene.entries[-1], {**args, "everyone": False})
    assert called(quietly) == set()


def test_the_announcement_mentions_whom_it_must_and_names_who_is_rung_otherwise() -> None:
    scene = told(word("mention", BEA, aside=(ANA,)), word("channel"))
    post = accepted(notice.notice(scene))
    assert post["text"].startswith("<!channel> ")
    assert f"Called: <@{BEA}> and Ana" in post["text"]
    over = story(event(0, f.TeamsTold(severity="P1", words=(word("mention", BEA),))), event(9, resolved()))
    assert called(notice.notice(over)) == set(), "once it is over the announcement calls nobody"


def test_raised_it_mentions_those_of_the_new_severity() -> None:
    scene = story(
        event(5, f.TeamsTold(severity="P1", words=(word("mention", DIR),)), ANA),
        event(5, f.SeverityChanged(old="P2", new="P1", raised=True), ANA),
        severity="P2",
    )
    assert called(notice.turning(scene, scene.entries[-1])) == {DIR}


def test_by_direct_message_it_says_why_and_leads_there() -> None:
    scene = told(word("direct", BEA))
    args = {"what": "told", "who": "team-lead", "clause": CLAUSE}
    post = accepted(tellings_direct.direct(scene, scene.entries[-1], args))
    assert "<#C0INC12>" in post["text"]
    assert f"P1 is told to the team lead · {CLAUSE}" in str(post["blocks"])


def test_whoever_declares_reads_whom_it_rings_and_behind_which_names_there_is_nobody() -> None:
    scene = told(word("direct", BEA), word("invite", CAR), word("channel", channels=("C0TEAM",)), nobody=("security",))
    answer = tellings.answered(scene, scene.entries[-1])
    assert answer is not None
    assert "Told by the protocol: Bea and everybody in the channel of team-lead." in answer
    assert "Nobody stands behind security" in answer
    assert "`directory:`" in answer
    assert "Car" not in answer, "who is only brought in is not rung"


def test_that_nobody_answers_names_who_was_called_and_when_and_rings_nobody() -> None:
    scene = story(
        asked(0, "acknowledge", people=(ANA,), how="page", step="page"),
        asked(5, "acknowledge", people=(CAR,), how="page", step="secondary"),
        event(15, f.NobodyAnswered(people=(ANA, CAR)), None),
    )
    drawn = accepted(statement(scene, scene.entries[-1]))
    assert "Called: Ana 07:43 CET, Car 07:48 CET. Reach one of them by phone; I cannot." in shown(drawn)
    assert called(drawn) == set()
    assert "Nobody has answered" in tellings.on_the_card(scene)
    outside = tellings_direct.summon(scene, scene.entries[-1], {"channel": "C0ALL", "everyone": False})
    assert "<#C0INC12>" in outside["text"]
    nobody = story(event(15, f.NobodyAnswered(people=()), None))
    assert "There is nobody to call" in statement(nobody, nobody.entries[-1])["text"]


def test_an_escalation_says_what_it_is_what_was_tried_and_what_is_needed() -> None:
    called_team = f.Escalated(level=0, people=(TEC,), by_clock=False, clause="x § y", team="data-engineering")
    kinds = event(1, f.CategoriesSet(categories=("data-quality",)))
    scene = story(kinds, event(8, f.Acknowledged()), event(9, called_team))
    text = statement(scene, scene.entries[-1])["text"]
    assert "*So far* acknowledged" in text
    assert "*Needed* somebody who knows data quality" in text


@pytest.mark.parametrize("name", protocols.builtin_names())
def test_each_severity_of_each_protocol_says_truthfully_what_it_sets_off(name: str) -> None:
    protocol = protocols.load(name)
    for severity in protocol.severities:
        text = consequence(severity, protocol, "Ana")
        assert len(text) <= OPTION_MOST
        assert ("rings Ana" in text) is (severity.rank <= 2)
        assert ("@channel" in text) is any("channel" in one.ways for one in severity.tell)


def test_what_finds_no_room_is_counted() -> None:
    many = tuple(Telling(who=f"team-number-{n}", ways=("direct",)) for n in range(9))
    severity = default_protocol().severities[0].model_copy(update={"tell": many})
    protocol: Protocol = default_protocol()
    assert consequence(severity, protocol, "Ana").endswith("more")
