import pytest
from hypothesis import given

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.views.notice import management, news, notice, stakeholders, turning
from bot.views.scene import Scene
from tests.builders import CHANNEL, DIR, Event, as_of, event, impact, minute, resolved, story, update
from tests.views.slack_rules import accepted, harmless, shown, user_text

ACKNOWLEDGED = event(8, f.Acknowledged())


def _at_last(*events: Event, **declared: object) -> tuple[Scene, Entry]:
    scene = story(*events, **declared)  # type: ignore[arg-type]
    return as_of(scene, scene.entries[-1]), scene.entries[-1]


def test_the_announcement_tells_what_it_means_who_leads_and_the_next_news() -> None:
    scene = story(ACKNOWLEDGED, event(20, impact()), now=21)
    assert shown(accepted(notice(scene))).split("\n") == [
        f"🔴 *P1 · Orders mart is stale* → <#{CHANNEL}> · Detecting",
        "Revenue figures since 06:10 are not reliable. Data suspect since 06:10 CET.",
        "Detected 07:43 CET. Affects orders_mart, revenue dashboard. Bea leads. Next update 08:13 CET.",
        "[Follow]",
    ]


def test_the_announcement_does_not_pretend_to_know_the_impact() -> None:
    assert "What it means for data users is not known yet." in shown(notice(story()))


def test_an_incident_without_a_channel_is_announced_all_the_same() -> None:
    refused = story(event(1, f.ChannelRefused(error="restricted_action"), None))
    assert "→ INC-12, no channel yet" in shown(accepted(notice(refused)))


def test_the_announcement_ends_with_how_it_ended() -> None:
    over = story(event(137, resolved()))
    assert shown(notice(over)).split("\n") == [
        f"🟢 *Resolved · P1 · Orders mart is stale* → <#{CHANNEL}>",
        "At 10:00 CET by Ana after 2 h 17 min. Data repaired.",
    ]


def test_an_update_is_a_line_in_the_thread_with_the_next_one() -> None:
    scene, entry = _at_last(ACKNOWLEDGED, event(9, update("loader restarted")))
    assert shown(accepted(news(scene, entry))) == "07:52 CET Ana: loader restarted · next update 08:22 CET"
    assert "P1 · Orders mart is stale (INC-12, Triaged)" in news(scene, entry)["text"]


def test_lowering_is_news_and_says_why() -> None:
    lowered = f.SeverityChanged(old="P1", new="P2", raised=False, why="only one report")
    scene, entry = _at_last(event(20, lowered))
    assert "08:03 CET Now P2, was P1: only one report." in shown(news(scene, entry))


@pytest.mark.parametrize(
    ("last", "headline"),
    [
        (
            f.SeverityChanged(old="P2", new="P1", raised=True, why="all reports"),
            "⬆️ *Raised from P2 to P1 · Orders mart",
        ),
        (impact(), "🔴 *Figures are not safe to use · P1 · Orders mart"),
        (impact(data="late"), "🔴 *Figures are late · P1 · Orders mart"),
        (impact("All right again.", "repaired"), "🟢 *Figures are safe to use · P1 · Orders mart"),
        (resolved(), "🟢 *Resolved · P1 · Orders mart"),
    ],
)
def test_turning_points_say_what_turned_first(last: f.Fact, headline: str) -> None:
    scene, entry = _at_last(event(20, last))
    drawn = accepted(turning(scene, entry))
    assert shown(drawn).startswith(headline)
    assert drawn["text"].startswith(headline)


def test_reopening_is_a_turning_point_with_its_reason() -> None:
    scene, entry = _at_last(event(9, resolved()), event(20, f.Reopened(why="stale again")))
    assert shown(turning(scene, entry)).split("\n")[:2] == [
        f"🔴 *Open again · P1 · Orders mart is stale* → <#{CHANNEL}>",
        "Why: stale again.",
    ]


def test_what_is_neither_news_nor_a_turn_is_refused() -> None:
    scene, entry = _at_last(ACKNOWLEDGED)
    with pytest.raises(ValueError, match="acknowledged is no news"):
        news(scene, entry)
    with pytest.raises(ValueError, match="acknowledged is no turning point"):
        turning(scene, entry)


def test_stakeholders_read_what_is_safe_until_when_and_who_leads() -> None:
    eta = f.ImpactStated(sentence="Orders since 06:10 are missing.", data="suspect", eta=minute(120))
    assert shown(accepted(stakeholders(story(event(20, eta))))) == (
        "*Do not use figures since 06:10 CET.* Orders since 06:10 are missing. "
        "We expect the figures to be right by 09:43 CET. We are working on it; next news at 08:13 CET. "
        "— P1, INC-12, Bea leads"
    )


SECRET = "table zq_internal dropped by mistake"


@pytest.mark.parametrize(
    "more",
    [
        [],
        [event(60, resolved(fix=SECRET, cause=SECRET, verified=SECRET))],
        [event(60, resolved(fix=SECRET)), event(70, f.Closed(severity="P1", met=(), reason=SECRET))],
        [event(60, f.Cancelled(outcome="false alarm", why=SECRET))],
        [event(60, resolved(fix=SECRET)), event(70, f.Reopened(why=SECRET))],
        [event(60, f.SeverityChanged(old="P1", new="P2", raised=False, why=SECRET))],
    ],
)
def test_stakeholders_never_read_free_text(more: list[Event]) -> None:
    told = [event(9, update(SECRET)), event(20, impact()), event(21, f.NoteAdded(text=SECRET)), *more]
    scene = story(*told, title=SECRET, affected=SECRET, environment=SECRET, detection=SECRET)
    assert "zq_internal" not in str(stakeholders(scene))


def test_stakeholders_are_not_told_that_figures_are_right_when_it_is_back() -> None:
    again = story(event(20, impact()), event(60, resolved()), event(70, f.Reopened(why="back")))
    drawn = shown(stakeholders(again))
    assert drawn.startswith("*It is back; we are checking the figures again.*")
    assert "right again" not in drawn


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("unaffected", "*The figures are safe to use.*"),
        ("late", "*Figures are late.* Those up to 06:10 CET are right."),
        ("quarantined", "*Figures since 06:10 CET are held back until they are right.*"),
        ("backfilling", "*Do not use figures since 06:10 CET yet.* They are being loaded again."),
        ("repaired", "*The figures are right again.*"),
        ("lost", "*Some figures since 06:10 CET are lost.*"),
        (None, impact().sentence),
    ],
)
def test_stakeholders_read_first_whether_they_can_use_the_figures(data: str | None, said: str) -> None:
    assert shown(stakeholders(story(event(20, impact(data=data))))).startswith(said)


def test_management_reads_the_same_with_its_name_and_the_clause() -> None:
    drawn = shown(accepted(management(story(event(20, impact())))))
    assert drawn.startswith(f"🔴 *P1 · Orders mart is stale* → <#{CHANNEL}>")
    assert "Do not use figures since 06:10 CET." in drawn
    assert "Bea leads." in drawn
    assert "self-healing-pipeline § escalation.management.P1" in drawn


def test_management_outside_a_private_incident_reads_no_title() -> None:
    drawn = str(management(story(event(20, impact()), private=True, reader=DIR)))
    assert "Orders" not in drawn
    assert "Revenue" not in drawn
    assert "A private P1 incident, INC-12, is open. Bea leads and can let you in." in drawn


@given(user_text)
def test_nothing_anybody_types_calls_the_team(text: str) -> None:
    ends = [resolved(fix=text), f.Reopened(why=text), f.Cancelled(outcome="expected", why=text)]
    middle = [update(text), f.ImpactStated(sentence=text, data="suspect")]
    regraded = f.SeverityChanged(old="P2", new="P1", raised=True, why=text)
    told = [event(9 + n, fact) for n, fact in enumerate([*middle, regraded, *ends])]
    scene = story(*told, title=text, affected=text)
    for entry in scene.entries[4:]:
        then = as_of(scene, entry)
        for draw in (notice, stakeholders, management):
            harmless(draw(then), people=set(), places={CHANNEL})
        speak = news if isinstance(entry.fact, f.UpdatePosted | f.Cancelled) else turning
        harmless(speak(then, entry), people=set(), places={CHANNEL})
