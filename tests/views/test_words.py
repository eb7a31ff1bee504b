from datetime import timedelta

import pytest
from jinja2 import UndefinedError

from bot.views import words
from tests.builders import ANA, minute, story


def test_what_people_typed_is_escaped_once_and_nothing_else_is() -> None:
    scene = story(title="<!channel> \"A\" & 'b' &lt;")
    assert words.say("state.headline", scene) == "*P1 · &lt;!channel&gt; \"A\" &amp; 'b' &amp;lt;* — INC-12"


def test_a_template_in_a_title_is_only_words() -> None:
    assert "{{ 7 * 7 }}" in words.say("state.headline", story(title="{{ 7 * 7 }}"))


def test_a_time_today_is_a_token_with_the_protocols_zone_as_fallback() -> None:
    assert words.time(minute(0), story()) == "<!date^1795156980^{time}|07:43 CET>"


def test_a_time_of_another_day_says_its_day() -> None:
    tomorrow = words.time(minute(24 * 60), story())
    assert tomorrow == "<!date^1795243380^{date_short_pretty} {time}|Sat 21 Nov 07:43 CET>"


def test_summer_time_shows_in_the_zones_name() -> None:
    assert words.wall(minute(0) + timedelta(days=200), story()) == "08:43 CEST"


def test_a_mention_is_only_made_of_an_id() -> None:
    assert [words.mention(one) for one in ("U0ANA", "S0TEAM", "U0ANA> <!channel")] == [
        "<@U0ANA>",
        "<!subteam^S0TEAM>",
        "U0ANA&gt; &lt;!channel",
    ]


def test_people_are_named_and_strangers_are_someone() -> None:
    scene = story()
    assert [words.name(p, scene) for p in (ANA, "U0NEW", None)] == ["Ana", "someone", "Sitrep"]


def test_lists_read_as_people_say_them() -> None:
    assert [words.listed(map(words.escaped, parts)) for parts in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_phrase_without_its_value_fails_instead_of_saying_nothing() -> None:
    with pytest.raises(UndefinedError):
        words.say("state.promise", story())


def test_a_phrase_cannot_print_a_bare_stamp() -> None:
    with pytest.raises(TypeError, match="datetime needs a filter"):
        words.say("state.clause", clause=minute(0))
