"""Refusals: what cannot be done now, why, and what to do. The text of the error is what the caller reads."""

from __future__ import annotations

from collections.abc import Sequence


class DomainError(Exception):
    """Something a person asked for is not possible; `str(error)` is the sentence they read, privately."""


class NoSuchIncident(DomainError):
    """The incident number or the channel belongs to no incident the caller may see."""


def no_such(number: int) -> str:
    """What everybody reads of a number there is not, and of a private incident that is not theirs to see."""
    return f"There is no INC-{number} that you can see. /incident list shows the open ones."


class Hidden(NoSuchIncident):
    """The incident is there, and private: only its people may know. An admin may look in, or do in it what
    they wanted (`acts`), all the same (`offer`: what they press)."""

    def __init__(self, number: int) -> None:
        super().__init__(no_such(number))
        self.number = number
        self.offer: str | None = None
        self.acts = False


class NotNow(DomainError):
    """The incident's stage does not allow the request; the sentence names the door that does."""


class Newer(DomainError):
    """A newer version of Sitrep wrote what this one cannot read: it acts on none of it. `number` is the incident's."""

    def __init__(self, number: int | None = None) -> None:
        which = "This incident" if number is None else f"INC-{number}"
        super().__init__(
            f"{which} is being handled by a newer version of me. Nothing was changed; try again in a minute."
        )


class NotYours(DomainError):
    """The caller may not do this; the sentence names who may."""


class NotAllowed(NotYours):
    """The configuration leaves this to others. An admin may do it all the same (`offer`: what they press)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.offer: str | None = None


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
