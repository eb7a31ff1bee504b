"""What people typed arrives as the words they saw."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbound.text import clean, cleaned, heard, mentioned, named, plain
from bot.sandbox import mrkdwn
from bot.sandbox.mrkdwn import escape
from bot.views import blocks

ANYTHING = st.text(st.characters())  # surrogates too


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<@U0BEA> and <@U0XXX|max> look", "@Bea and @max look"),
        ("<@U0XXX> looks", "@U0XXX looks"),
        ("see <#C1|town> and <#C2>", "see #town and #C2"),
        ("<!channel> <!here> <!subteam^S1|@data> <!subteam^S2>", "@channel @here @data @S2"),
        ("at <!date^1700000000^{time}|09:00>", "at 09:00"),
        ("<https://a.example/x> <https://a.example|a.example> <https://a.example/x|the log>",
         "https://a.example/x https://a.example the log (https://a.example/x)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("rows &lt; 5 &amp;&amp; x &gt; 3", "rows < 5 && x > 3"),
        ("&amp;lt; stays an entity", "&lt; stays an entity"),
    ],
)  # fmt: skip
def test_control_sequences_become_words(typed: str, read: str) -> None:
    assert plain(typed, {"U0BEA": "Bea"}) == read


def test_who_is_mentioned() -> None:
    assert mentioned("<@U0BEA> <@U0ANA|ana> <@U0BEA> <#C1>") == ("U0BEA", "U0ANA")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\0b", "ab"),
        ("half \ud83d gone", "half \ufffd gone"),
        ("\ud83d\ude00", "😀"),
        ("a\r\nb\u2028c\td", "a\nb\nc\td"),
    ],
)
def test_what_no_database_can_hold_is_cleaned(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(ANYTHING)
def test_any_text_can_be_stored(typed: str) -> None:
    kept = clean(typed)
    assert kept.encode("utf-8") is not None
    assert "\0" not in kept
    assert clean(kept) == kept


@given(st.text())
def test_escaped_text_is_read_back_as_it_was(written: str) -> None:
    escaped = written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == clean(written)


def test_payloads_are_cleaned_however_deep() -> None:
    assert cleaned({"a": [{"b": "x\0"}, 3, None, True]}) == {"a": [{"b": "x"}, 3, None, True]}


TRICKY = st.lists(
    st.one_of(
        st.sampled_from(
            ["&", "&amp;", "&amp;amp;", "&lt;", "<@U0EVE>", "<!channel>", "<https://a.example|b>", "<", ">", "|", "\n"]
        ),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


def unturned(text: str) -> str:
    """Without what turns the reading direction, and what stands for it."""
    return re.sub("[\u202a-\u202e\u2066-\u2069\ufffd]", "", text)


@given(TRICKY)
def test_what_is_typed_is_what_is_shown_whichever_way_it_comes(typed: str) -> None:
    """Once into plain words, once out again: an entity that somebody typed stays one, and no mention is made of
    letters. Forms bring texts raw; commands and messages bring them escaped, and are read in two ways."""
    arrived = escape(typed)
    kept = [cleaned({"value": typed})["value"], plain(arrived), named(heard(arrived), {})]
    assert kept == [clean(typed)] * 3
    assert mentioned(arrived) == ()
    shown = blocks.escape(kept[0])
    assert unturned(mrkdwn.unescape(shown)) == unturned(clean(typed))
    assert "<" not in shown


def test_an_entity_is_undone_once() -> None:
    assert plain("a &amp;amp; b") == "a &amp; b"
    assert plain("&amp;lt;!channel&amp;gt;") == "&lt;!channel&gt;"
