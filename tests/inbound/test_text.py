"""What people typed arrives as the words they saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbound.text import clean, cleaned, mentioned, plain

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
