"""Refusals: what cannot be done now, why, and what to do. The text of the error is what the caller reads."""

from __future__ import annotations


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
