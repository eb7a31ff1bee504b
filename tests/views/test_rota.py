"""Who is on call, for a month, and what people ask each other: words that are true in both people's zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar

from bot.domain.duty.oncall import Rotation
from bot.domain.duty.rotation import month_of, parse_local
from bot.domain.duty.swaps import Change, Given, Reply, in_force
from bot.views import ics, rota
from bot.views.rota import Company, Known
from bot.views.scene import Post
from tests.views.reading import read as shown

ZONE = "Europe/Amsterdam"
NOW = parse_local("2026-11-18 12:00", ZONE)
COMPANY = Company({"ANA": Known("Ana & co", ZONE), "BEA": Known("Bea", "America/New_York", "bea@example.org")}, ZONE)
PRIMARY = Rotation(name="primary", members=("ANA", "BEA"), starts=date(2026, 11, 16), timezone=ZONE)


def swap(*replies: str) -> Change:
    def given(day: str, taker: str, giver: str) -> Given:
        start = parse_local(f"{day} 09:00", ZONE)
        return Given(start=start, end=start + timedelta(days=1), giver=giver, taker=taker)

    hours = (given("2026-11-20", "BEA", "ANA"), given("2026-11-27", "ANA", "BEA"))
    told = tuple(Reply.model_validate({"answer": one, "by": "BEA", "at": NOW}) for one in replies)
    return Change(id=7, kind="swap", rotation="primary", by="ANA", other="BEA", hours=hours, at=NOW, replies=told)


def labels(post: Post) -> list[str]:
    return [e["text"]["text"] for b in post["blocks"] if b["type"] == "actions" for e in b["elements"]]


def test_who_has_it_now_and_next_with_the_time_where_they_are() -> None:
    told = shown(rota.on_call([PRIMARY], [], COMPANY, NOW))
    assert "*primary* Ana & co, 12:00 CET where they are, until Mon 23 Nov 09:00 CET, then Bea" in told
    later = shown(rota.on_call([PRIMARY], [], COMPANY, NOW + timedelta(days=7)))
    assert "*primary* Bea, 06:00 EST where they are" in later
    assert "No rotation is configured" in shown(rota.on_call([], [], COMPANY, NOW))


def test_whoever_left_is_said_on_the_page() -> None:
    left = PRIMARY.model_copy(update={"gone": frozenset({"ANA"})})
    told = shown(rota.on_call([left], [], COMPANY, NOW))
    assert "*primary* Bea" in told
    assert "Ana & co has left, so their turns in *primary* go to whoever is next" in told
    typo = PRIMARY.model_copy(update={"members": ("ana@exmaple.org", "BEA"), "gone": frozenset({"ana@exmaple.org"})})
    told = shown(rota.on_call([typo], [], COMPANY, NOW))
    assert "Slack knows nobody as ana@exmaple.org, so their turns in *primary* go to whoever is next" in told


def test_a_question_says_which_hours_go_to_whom_in_both_zones() -> None:
    told = rota.question(swap(), COMPANY, NOW)
    assert "*Ana & co asks you to swap on-call shifts*" in shown(told)
    assert (
        "Bea takes Fri 20 Nov 03:00 to Sat 21 Nov 03:00 EST for Bea "
        "(Fri 20 Nov 09:00 to Sat 21 Nov 09:00 CET for Ana & co), from Ana & co"
    ) in shown(told)
    assert labels(told) == ["Accept", "Decline"]
    for done in ("accepted", "declined", "withdrawn"):
        assert labels(rota.question(swap(done), COMPANY, NOW)) == []
    assert labels(rota.question(swap(), COMPANY, NOW + timedelta(days=3))) == []


def test_only_those_whom_it_concerns_may_take_it_back_on_the_page() -> None:
    waiting, agreed = swap(), swap("accepted")
    assert labels(rota.on_call([PRIMARY], [waiting], COMPANY, NOW, "ANA")) == ["Take it back"]
    assert labels(rota.on_call([PRIMARY], [waiting], COMPANY, NOW, "BEA")) == [], "Bea declines instead"
    assert labels(rota.on_call([PRIMARY], [agreed], COMPANY, NOW, "BEA")) == ["Take it back"]
    assert labels(rota.on_call([PRIMARY], [agreed], COMPANY, NOW, "CAR")) == []
    assert "swap" not in shown(rota.on_call([PRIMARY], [swap("declined")], COMPANY, NOW, "ANA")).split("/incident")[0]


def test_what_is_answered_and_told_offers_what_can_still_be_done() -> None:
    assert labels(rota.answered(swap(), "asked", COMPANY, "ANA")) == ["Take it back"]
    assert "Nothing changes until they accept" in shown(rota.answered(swap(), "asked", COMPANY, "ANA"))
    assert labels(rota.told(swap("accepted"), "accepted", COMPANY, "ANA")) == ["Take it back"]
    for what in ("declined", "withdrawn"):
        assert labels(rota.told(swap(what), what, COMPANY, "ANA")) == []


def test_a_month_by_rotation_as_a_message_as_text_and_as_a_calendar() -> None:
    current = in_force({"primary": PRIMARY}, [swap("accepted")], frozenset())
    first, told = month_of(current, "2026-11", ZONE, NOW)
    page = shown(rota.month(told, first, COMPANY))
    assert page.startswith("*On call in November 2026*\n*primary*")
    assert "• from Fri 20 Nov 09:00 CET Bea (swapped)" in page
    plain = rota.month_text(told, COMPANY)
    assert "  Fri 20 Nov 09:00 to Sat 21 Nov 09:00  Bea (swapped)" in plain.splitlines()
    assert plain.splitlines()[1] == "  Sun 01 Nov 00:00 to Mon 16 Nov 00:00  nobody"

    written = ics.calendar(told, COMPANY, datetime(2026, 11, 18, tzinfo=UTC))
    events = Calendar.from_ical(written).walk("VEVENT")
    assert len(events) == len([one for one in told["primary"] if one.person])
    friday = next(one for one in events if one.decoded("dtstart") == parse_local("2026-11-20 09:00", ZONE))
    assert str(friday["summary"]) == "On call (primary): Bea"
    assert str(friday["attendee"]) == "mailto:bea@example.org"
    assert ics.calendar(told, COMPANY, datetime(2026, 11, 18, tzinfo=UTC)) == written, "names stay from file to file"
