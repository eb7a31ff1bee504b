"""An incident whose words were deleted is drawn by every view there is, and none shows one of them."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import fact as f
from bot.domain.evolve import fold
from bot.store.facts import REMOVED
from bot.views import brief, card, timeline
from bot.views.scene import Scene
from tests.builders import ANA, NAMES, default_protocol, entries
from tests.views.slack_rules import accepted
from tests.views.test_hostile_text import life, read, sent, shown_forms

SECRET = "Schrödinger"


CONFIGURED = {"owners_called", "escalated", "delivery_refused", "management_called"}
"""Kinds in which words of the configuration, the protocol or Slack stand; here they are the same."""


def wordless(entry: f.Entry) -> f.Entry:
    """As the store reads it back once its texts are deleted."""
    gone = {field: REMOVED for field in entry.fact.prose_fields() if getattr(entry.fact, field)}
    fact = entry.fact.model_copy(update=gone)
    if fact.kind in CONFIGURED:
        fact = type(fact).model_validate_json(fact.model_dump_json().replace(SECRET, "orders_*"))
    return entry.model_copy(update={"fact": fact})


def test_every_view_draws_what_is_left() -> None:
    told = [wordless(entry) for entry in entries(*life(SECRET), title=SECRET, affected=SECRET)]
    last = told[-1]
    later = last.recorded_at + timedelta(days=400)
    gone = f.TextsForgotten(texts=40, days=400)
    told.append(last.model_copy(update={"seq": last.seq + 1, "at": later, "recorded_at": later, "fact": gone}))
    scene = Scene(fold(told), default_protocol(), later, dict(NAMES), tuple(told), ANA)
    for post in (*sent(scene), *read(scene, "x")):
        accepted(post)
        assert SECRET not in str(post)
    for view in shown_forms(scene, "x"):
        assert SECRET not in str(view)
    sentence = ", 400 days after it was over"
    for text in (
        timeline.document(scene),
        *(str(drawn(scene)) for drawn in (timeline.private, card.card, brief.brief)),
    ):
        assert SECRET not in text
        assert REMOVED in text
        assert sentence in text
