"""Protocols as they were when an incident was declared by them: stored once, found by digest."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import ValidationError

from bot.domain.errors import Newer
from bot.domain.protocol import Protocol
from bot.store.session import Session
from bot.store.tables import protocols

_read: dict[str, Protocol] = {}
"""What a digest names never changes, so reading it once per process is enough."""


def pin(session: Session, protocol: Protocol) -> str:
    """Keep the effective protocol, once, and return the digest by which it is found again."""
    digest = protocol.digest()
    row = {"digest": digest, "name": protocol.name, "body": protocol.canonical_json()}
    session.conn.execute(session.insert(protocols).values(row).on_conflict_do_nothing())
    return digest


def get(session: Session, digest: str) -> Protocol:
    """The protocol of this digest. Raises LookupError when no incident was ever pinned to it, and Newer when it
    promises what this version does not know."""
    if digest not in _read:
        body = session.conn.execute(
            sa.select(protocols.c.body).where(protocols.c.digest == digest)
        ).scalar_one_or_none()
        if body is None:
            raise LookupError(f"the protocol {digest} is not stored")
        try:
            _read[digest] = Protocol.model_validate_json(body)
        except ValidationError as error:
            raise Newer from error
    return _read[digest]


def digests(session: Session) -> list[str]:
    """Every protocol that an incident was ever pinned to."""
    return list(session.conn.execute(sa.select(protocols.c.digest)).scalars())
