"""Who is told of an incident because the protocol says so, and that nobody answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.domain.fact.base import Fact, Prose


class Word(BaseModel):
    """Who is told behind one name of the protocol, how, and by which clause.

    `how`: by `direct` message; a `mention` in the announcement; `channel`, a post with @channel where they already are;
    `post`, the same without it; `invite` into the incident's channel. `channels` empty: in the announcement. `aside`
    are those of the name who are rung for the same otherwise: they are named, and not rung twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    who: str
    how: Literal["direct", "mention", "channel", "post", "invite"]
    people: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    clause: str


class OfTelling(Fact):
    """A fact of the topic `domain/tellings.py`."""


class TeamsTold(OfTelling):
    """Those whom the protocol wants told at once of an incident of this severity. Behind the names in `nobody` there is
    neither a person nor a channel. `help` is what is needed of a team that was called by name."""

    kind = "teams_told"
    severity: str
    words: tuple[Word, ...] = ()
    nobody: tuple[str, ...] = ()
    help: Prose = ""


class NobodyAnswered(OfTelling):
    """Everybody who could be called was, and nobody has done anything since. `channels` are management's."""

    kind = "nobody_answered"
    people: tuple[str, ...]
    channels: tuple[str, ...] = ()
