"""Requests about the protocol an incident runs on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.protocol import Protocol
from bot.domain.request.base import Request


@dataclass(frozen=True)
class OfProtocol(Request):
    """For `domain/adoption.py`. `to` is what could be adopted as it is now, found by `usecases/adopting.py`."""

    to: Protocol | None = None


@dataclass(frozen=True)
class Adopt(OfProtocol):
    """`named`: in what was shown, by its name; `shown`: the beginning of its digest."""

    named: str = ""
    shown: str = ""


@dataclass(frozen=True)
class OfferProtocol(OfProtocol):
    """The protocol's file has changed: the incident's people are told, once, where it concerns them. `edited`: names of
    protocols whose files changed before our eyes."""

    edited: frozenset[str] = frozenset()
