"""Shifts that people exchange or take over: what is possible, what of it holds, and the sentence where it is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.domain import request as r
from bot.domain.duty.oncall import Rotation
from bot.domain.duty.rotation import parse_local
from bot.domain.duty.swaps import Change, Reply, answered, covered, in_force, swapped, taken, taken_back
from bot.domain.errors import DomainError

PRIMARY = Rotation(
    name="primary", members=("ANA", "BEA", "CAR"), starts=date(2026, 11, 16), timezone="Europe/Amsterdam"
)
SECOND = Rotation(name="secondary", members=("DAN", "EVE"), starts=date(2026, 11, 16), timezone="Europe/Amsterdam")
ROTATIONS = {"primary": PRIMARY, "secondary": SECOND}
"""Ana has the week of 16 November, then Bea, Car, Ana (7 December) and so on."""


def local(text: str) -> datetime:
    return parse_local(text, "Europe/Amsterdam")


NOW = local("2026-11-18 12:00")


def asked(other: str = "BEA", day: str = "2026-11-20", *, by: str = "ANA", whole: bool = False, **more: Any) -> Change:
    wanted = r.Swap(other, date.fromisoformat(day), whole)
    change = swapped(wanted, more.get("rotations", ROTATIONS), more.get("changes", ()), by, more.get("now", NOW))
    return change.model_copy(update={"id": more.get("id", 1)})


def replied(change: Change, answer: Any, by: str, at: datetime = NOW) -> Change:
    return change.model_copy(update={"replies": (*change.replies, Reply(answer=answer, by=by, at=at))})


def spans(change: Change) -> list[tuple[str, str | None, str]]:
    return [(one.taker, one.giver, f"{one.start:%d %b %H:%M}-{one.end:%d %b %H:%M}") for one in change.hours]


def test_a_day_is_given_for_the_others_next_same_weekday() -> None:
    assert spans(asked()) == [
        ("BEA", "ANA", "20 Nov 08:00-21 Nov 08:00"),
        ("ANA", "BEA", "27 Nov 08:00-28 Nov 08:00"),
    ]


def test_what_others_ask_about_the_same_day_of_another_rotation_is_no_matter() -> None:
    waiting = asked()
    assert spans(asked("EVE", by="DAN", changes=(waiting,))) == spans(asked("EVE", by="DAN"))
    with pytest.raises(DomainError, match="That day is asked about already"):
        asked("CAR", changes=(waiting,))


def test_a_whole_shift_is_given_for_a_whole_one() -> None:
    change = asked(day="2026-12-09", whole=True)
    assert spans(change) == [
        ("BEA", "ANA", "07 Dec 08:00-14 Dec 08:00"),
        ("ANA", "BEA", "23 Nov 08:00-30 Nov 08:00"),
    ]


def test_nothing_changes_until_it_is_accepted_and_then_both_shifts_do() -> None:
    change = asked()
    waiting = in_force(ROTATIONS, (change,), frozenset())
    assert waiting["primary"].at(local("2026-11-20 12:00")) == "ANA"
    assert answered(change, True, ROTATIONS, "BEA", NOW) == "accepted"
    done = in_force(ROTATIONS, (replied(change, "accepted", "BEA"),), frozenset())
    assert [done["primary"].at(local(f"2026-11-{day} 12:00")) for day in (19, 20, 21, 26, 27, 28)] == [
        *("ANA", "BEA", "ANA"),
        *("BEA", "ANA", "BEA"),
    ]
    assert done["secondary"] == SECOND
    declined = in_force(ROTATIONS, (replied(change, "declined", "BEA"),), frozenset())
    assert declined["primary"].at(local("2026-11-20 12:00")) == "ANA"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"other": "ANA"}, "That is you"),
        ({"other": "DAN"}, "They are not in your rotation (primary)"),
        ({"by": "ZOE"}, "You are in no rotation"),
        ({"day": "2026-11-25"}, "Wed 25 Nov is not yours in primary"),
        ({"day": "2026-11-17"}, "Tue 17 Nov is over"),
        ({"day": "2026-11-18"}, "That shift has begun"),
        ({"day": "2026-11-20", "whole": True}, "That shift has begun"),
        ({"rotations": in_force(ROTATIONS, (), frozenset({"BEA"}))}, "They are not in your rotation"),
    ],
)
def test_what_cannot_be_swapped_gets_one_sentence(wanted: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DomainError) as refused:
        asked(**wanted)
    assert str(refused.value).startswith(sentence)


def test_a_day_is_asked_about_once() -> None:
    first = asked()
    with pytest.raises(DomainError, match="asked about already"):
        asked("CAR", changes=(first,))
    after = replied(first, "declined", "BEA")
    assert asked("CAR", changes=(after,)).other == "CAR"
    accepted = (replied(first, "accepted", "BEA"),)
    with pytest.raises(DomainError, match="Fri 20 Nov is not yours"):
        asked("CAR", changes=accepted, rotations=in_force(ROTATIONS, accepted, frozenset()))


def test_hours_that_are_asked_about_are_not_offered_again() -> None:
    first = asked()
    saturday = asked(day="2026-11-21", changes=(first,))
    assert spans(saturday)[1][2] == "28 Nov 08:00-29 Nov 08:00"
    again = swapped(r.Swap("BEA", date(2026, 12, 11)), ROTATIONS, (first,), "ANA", NOW)
    assert spans(again)[1][2] == "18 Dec 08:00-19 Dec 08:00", "27 November is what the first offers"


def test_without_the_same_weekday_the_next_day_is_given() -> None:
    daily = Rotation(
        name="primary",
        members=tuple("ABCDEFG"),
        starts=date(2026, 11, 16),
        every="1d",
        timezone="Europe/Amsterdam",
    )
    change = swapped(r.Swap("B", date(2026, 11, 23)), {"primary": daily}, (), "A", NOW)
    assert spans(change) == [
        ("B", "A", "23 Nov 08:00-24 Nov 08:00"),
        ("A", "B", "24 Nov 08:00-25 Nov 08:00"),
    ]


@pytest.mark.parametrize(
    ("by", "state", "now", "sentence"),
    [
        ("ANA", None, NOW, "You asked for this swap"),
        ("CAR", None, NOW, "This swap was asked of somebody else"),
        ("BEA", "accepted", NOW, "You accepted it already"),
        ("BEA", "declined", NOW, "You declined it already"),
        ("BEA", "withdrawn", NOW, "It was taken back"),
        ("BEA", None, local("2026-11-20 09:00"), "The first of these hours have begun"),
    ],
)
def test_who_may_not_accept_reads_why(by: str, state: str | None, now: datetime, sentence: str) -> None:
    change = replied(asked(), state, "BEA") if state else asked()
    with pytest.raises(DomainError) as refused:
        answered(change, True, ROTATIONS, by, now)
    assert str(refused.value).startswith(sentence)


def test_a_swap_whose_shifts_have_changed_is_not_possible_any_more() -> None:
    first = asked()
    other = replied(asked("CAR", day="2026-11-20", id=2, changes=()), "accepted", "CAR")
    now_so = in_force(ROTATIONS, (other,), frozenset())
    with pytest.raises(DomainError, match="have changed since you were asked"):
        answered(first, True, now_so, "BEA", NOW)
    assert answered(first, False, now_so, "BEA", NOW) == "declined"


def test_both_may_take_back_what_has_not_begun() -> None:
    change = replied(asked(), "accepted", "BEA")
    taken_back(change, (change,), "ANA", NOW)
    taken_back(change, (change,), "BEA", NOW)
    undone = in_force(ROTATIONS, (replied(change, "withdrawn", "BEA"),), frozenset())
    assert undone["primary"].at(local("2026-11-20 12:00")) == "ANA"
    for by, now, sentence in (
        ("CAR", NOW, "This concerns others"),
        ("ANA", local("2026-11-20 09:00"), "The first of these hours have begun"),
    ):
        with pytest.raises(DomainError, match=sentence):
            taken_back(change, (change,), by, now)
    with pytest.raises(DomainError, match="taken back already"):
        taken_back(replied(change, "withdrawn", "ANA"), (), "ANA", NOW)
    with pytest.raises(DomainError, match="not agreed yet"):
        taken_back(asked(), (), "BEA", NOW)


def test_hours_that_were_passed_on_are_taken_back_in_turn() -> None:
    first = replied(asked(), "accepted", "BEA")
    now_so = in_force(ROTATIONS, (first,), frozenset())
    second = swapped(r.Swap("CAR", date(2026, 11, 20)), now_so, (first,), "BEA", NOW)
    later = replied(second.model_copy(update={"id": 2}), "accepted", "CAR", NOW + timedelta(minutes=1))
    assert in_force(ROTATIONS, (first, later), frozenset())["primary"].at(local("2026-11-20 12:00")) == "CAR"
    with pytest.raises(DomainError, match="passed on since"):
        taken_back(first, (first, later), "ANA", NOW)
    taken_back(later, (first, later), "BEA", NOW)


def test_a_cover_holds_at_once_until_it_ends_or_is_taken_back() -> None:
    change = covered(r.CoverShift("ZOE", timedelta(hours=2)), ROTATIONS, "ANA", NOW).model_copy(update={"id": 3})
    so = in_force(ROTATIONS, (change,), frozenset())["primary"]
    assert [so.at(NOW + timedelta(hours=hours)) for hours in (0, 1, 2)] == ["ZOE", "ZOE", "ANA"]
    taken_back(change, (change,), "ZOE", NOW + timedelta(hours=1))
    back = replied(change, "withdrawn", "ZOE", NOW + timedelta(hours=1))
    so = in_force(ROTATIONS, (back,), frozenset())["primary"]
    assert [so.at(NOW + timedelta(minutes=minutes)) for minutes in (30, 61)] == ["ZOE", "ANA"]
    with pytest.raises(DomainError, match="These hours are over"):
        taken_back(change, (change,), "ANA", NOW + timedelta(hours=3))


def test_a_cover_ends_with_the_shift_it_is_for() -> None:
    late = local("2026-11-23 08:00")
    assert spans(covered(r.CoverShift("ZOE", timedelta(hours=8)), ROTATIONS, "ANA", late)) == [
        ("ZOE", "ANA", "23 Nov 07:00-23 Nov 08:00")
    ]


def test_somebody_of_a_rotation_takes_over_from_whoever_has_it() -> None:
    change = taken(r.TakeShift(timedelta(hours=2)), ROTATIONS, "DAN", NOW)
    assert (spans(change)[0][:2], change.other) == (("DAN", "ANA"), "ANA")
    second = taken(r.TakeShift(timedelta(hours=2), "secondary"), ROTATIONS, "EVE", NOW)
    assert second.rotation == "secondary"


@pytest.mark.parametrize(
    ("wanted", "by", "sentence"),
    [
        (r.CoverShift("ANA", timedelta(hours=2)), "ANA", "Nobody covers for themselves"),
        (r.CoverShift("BEA", timedelta(hours=2)), "CAR", "You are not on call now"),
        (r.CoverShift("BEA", timedelta(days=8)), "ANA", "That lasts 7 days at most"),
        (r.CoverShift("BEA", timedelta(minutes=1)), "ANA", "That lasts 5 min at least"),
        (r.TakeShift(timedelta(hours=2)), "ZOE", "Only people of a rotation take over"),
        (r.TakeShift(timedelta(hours=2)), "ANA", "You have it already"),
        (r.TakeShift(timedelta(hours=2), "third"), "ANA", 'There is no rotation "third"'),
    ],
)
def test_what_cannot_be_taken_over_gets_one_sentence(
    wanted: r.CoverShift | r.TakeShift, by: str, sentence: str
) -> None:
    def tried() -> Change:
        return (
            covered(wanted, ROTATIONS, by, NOW)
            if isinstance(wanted, r.CoverShift)
            else taken(wanted, ROTATIONS, by, NOW)
        )

    with pytest.raises(DomainError) as refused:
        tried()
    assert str(refused.value).startswith(sentence)
