"""Refusals: what cannot be done now, why, and what to do. The text of the error is what the caller reads."""

from __future__ import annotations

from collections.abc import Sequence


class DomainError(Exception):
    """Something a person asked for is not possible; `str(error)` is the sentence they read, privately."""


class NoSuchIncident(DomainError):
    """The incident number or the channel belongs to no incident the caller may see."""


class NotNow(DomainError):
    """The incident's stage does not allow the request; the sentence names the door that does."""


class NotYours(DomainError):
    """The caller may not do this; the sentence names who may."""


class BadInput(DomainError):
    """What was typed cannot be used as it stands; the sentence says how to write it.

    `field` names the form field it belongs to, where there is one, so that a form can show it in place.
    """

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class WhichOne(BadInput):
    """Several things can be meant. `picks` are what can be said in place of it in the incident of this number, with
    `verb` before and `rest` behind: (label, words)."""

    def __init__(
        self, sentence: str, *, incident: int, verb: str, picks: Sequence[tuple[str, str]], rest: str = ""
    ) -> None:
        super().__init__(sentence)
        self.incident = incident
        self.verb = verb
        self.picks = tuple(picks)
        self.rest = rest
