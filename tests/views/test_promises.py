from hypothesis import given

from bot.domain import fact as f
from bot.domain.promises.clocks import TITLES
from bot.views.promises import STOPS, promises
from tests.builders import BEA, asked, event, impact, resolved, story, update
from tests.views.reading import private, read
from tests.views.slack_rules import user_text

ACKED = event(3, f.Acknowledged())


def test_every_promise_stands_under_how_it_went() -> None:
    scene = story(ACKED, event(9, impact()), event(19, update("loader restarted")), now=35)
    assert read(promises(scene)).split("\n") == [
        "*INC-12 · P1 · Orders mart is stale*",
        "*Late and open* (2)",
        "• escalation to level 2: due 08:13 CET, late by 5 min · self-healing-pipeline § escalation.technical.P1",
        "• word to management: due 07:43 CET, late by 35 min · self-healing-pipeline § escalation.management.P1",
        "*Running* (1)",
        "• update: due 08:32 CET, in 14 min · self-healing-pipeline § updates.P1",
        "*Kept late* (1)",
        "• triage: due 07:58 CET, kept 08:02 CET, late by 4 min · self-healing-pipeline § triage.P1",
        "*Kept* (4)",
        "• acknowledgement: kept 07:46 CET, due 07:58 CET · self-healing-pipeline § on-call.expectations.P1",
        "• first announcement: kept 07:52 CET, due 07:58 CET · house default for P1",
        "• impact: kept 07:52 CET, due 08:13 CET · house default for P1",
        "• update: kept 08:02 CET, due 08:13 CET · self-healing-pipeline § updates.P1",
        "Nobody has been reminded yet.",
    ]


def test_what_ended_before_it_was_kept_is_missed() -> None:
    text = read(promises(story(ACKED, event(100, resolved()), now=101)))
    assert "• impact: was due 08:13 CET and was not kept before it ended" in text
    assert "• closing: due Mon 23 Nov 16:00 CET, in 3 days 6 h · house rule" in text


def test_a_snoozed_promise_is_late_all_the_same_and_says_who_and_why() -> None:
    snoozed = event(50, f.Snoozed(until=story(now=70).now, why="waiting for the backfill"))
    scene = story(ACKED, event(9, impact()), event(19, update("x")), snoozed, now=55)
    late = next(line for line in read(promises(scene)).split("\n") if line.startswith("• update: due"))
    assert late.endswith(
        "late by 6 min · self-healing-pipeline § updates.P1 · snoozed by Ana: waiting for the backfill"
    )


def test_what_was_snoozed_says_so_for_good_and_what_is_not_promised_is_named() -> None:
    snoozed = event(35, f.Snoozed(until=story(now=70).now, why="waiting for the backfill"))
    kept = event(52, update("it runs again"))
    text = read(promises(story(ACKED, event(9, impact()), event(19, update("x")), snoozed, kept, now=80)))
    late = "• update: due 08:32 CET, kept 08:35 CET, late by 3 min · self-healing-pipeline § updates.P1"
    assert f"*Snoozed and late* (1)\n{late} · snoozed by Ana: waiting for the backfill" in text
    low = read(promises(story(ACKED, severity="P4", now=80)))
    assert "*Not applicable* triage, first announcement, impact" in low


def test_the_last_reminder_says_why_it_came_and_what_stops_it() -> None:
    scene = story(ACKED, event(9, impact()), asked(30, "update"))
    why = "Last reminder 08:13 CET to Bea: update, due 08:13 CET (self-healing-pipeline § updates.P1)."
    assert read(promises(scene)).endswith(f"{why} What stops it: any update.")
    answered = story(ACKED, event(9, impact()), asked(30, "update"), event(31, update("x"), BEA))
    assert read(promises(answered)).endswith(f"{why} It has been answered.")
    nobody = story(ACKED, asked(30, "update", "impact", people=()))
    assert "Last reminder 08:13 CET; there was nobody to ask: update and impact, due" in read(promises(nobody))


def test_a_long_night_shows_the_latest_kept_promises_and_counts_the_rest() -> None:
    scene = story(ACKED, event(9, impact()), *(event(10 + 20 * n, update("x")) for n in range(40)))
    text = read(promises(scene))
    assert "*Kept* (44)" in text
    assert "and 34 before them" in text
    assert "• update: kept" in text


def test_every_promise_says_what_stops_it() -> None:
    assert set(STOPS) == set(TITLES)


@given(user_text)
def test_no_text_breaks_the_promises_or_gets_out_of_them(text: str) -> None:
    snoozed = event(32, f.Snoozed(until=story(now=70).now, why=text))
    private(promises(story(ACKED, asked(30, "update", clause=text), snoozed, title=text)))
