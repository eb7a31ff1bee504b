"""Facts about the protocol an incident runs on: that there is a newer one, and that it was adopted."""

from __future__ import annotations

from bot.domain.fact.base import Fact


class OfProtocol(Fact):
    """A fact of the topic `domain/adoption.py`."""


class ProtocolOffered(OfProtocol):
    """The protocol's file changed, and that would change something for this incident. `digest` is the newer one's."""

    kind = "protocol_offered"
    protocol: str
    digest: str


class ProtocolAdopted(OfProtocol):
    """The one thing that changes what an incident runs on. `offered` is the digest of what was adopted, `digest` of
    what the incident is pinned to from now on: the same with what held before."""

    kind = "protocol_adopted"
    old: str
    protocol: str
    offered: str
    digest: str
    changes: int
