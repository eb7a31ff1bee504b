from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duration import parse, short, spoken

LENGTHS = st.integers(0, 366 * 86400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        (" 1H 30M ", timedelta(minutes=90)),
        ("0s", timedelta(0)),
        ("366d", timedelta(days=366)),
        ("none", None),
        ("None", None),
    ],
)
def test_reads_what_people_write(written: str, length: timedelta | None) -> None:
    assert parse(written) == length


@pytest.mark.parametrize("written", ["", " ", "15", "-5m", "1.5h", "30m1h", "15 minutes", "m", "٣m", "soon", "\0"])
def test_refuses_what_is_no_length_and_shows_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not a length of time; write it like 90s, 15m, 2h"):
        parse(written)


@pytest.mark.parametrize("written", ["367d", "9000h", "366d1s", "9" * 5000 + "d"])
def test_refuses_more_than_a_year_in_a_short_sentence(written: str) -> None:
    with pytest.raises(ValueError, match="is longer than 366 days") as refused:
        parse(written)
    assert len(str(refused.value)) < 100


@given(LENGTHS)
def test_reads_back_what_it_writes(length: timedelta) -> None:
    assert parse(short(length)) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [(None, "none"), (timedelta(0), "0s"), (timedelta(hours=48), "48h"), (timedelta(days=3), "3d")],
)
def test_writes_hours_up_to_two_days(length: timedelta | None, text: str) -> None:
    assert short(length) == text


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1, seconds=59), "1 min"),
        (timedelta(minutes=135), "2 h 15 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=1, hours=4, minutes=30), "1 day 4 h"),
        (timedelta(days=1, minutes=30), "1 day"),
        (timedelta(days=3), "3 days"),
        (timedelta(minutes=-9), "9 min"),
    ],
)
def test_speaks_in_the_two_largest_units(length: timedelta, words: str) -> None:
    assert spoken(length) == words


@given(LENGTHS)
def test_never_speaks_of_seconds_or_more_than_two_units(length: timedelta) -> None:
    words = spoken(length)
    assert words == "less than a minute" or (" s" not in words and len(words.split()) in (2, 4))
