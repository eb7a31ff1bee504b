"""How bad it is and what kind it is: categories, environment, the assessment, and severities people ask for."""

from __future__ import annotations

from bot.domain.fact.base import Fact, Prose


class OfGrading(Fact):
    """A fact of the topic `domain/grading.py`."""


class CategoriesSet(OfGrading):
    """The kinds of incident this is, the primary one first; names of the protocol's categories."""

    kind = "categories_set"
    categories: tuple[str, ...]


class EnvironmentSet(OfGrading):
    """`raised`: its promises are stricter there."""

    kind = "environment_set"
    old: str
    new: str
    raised: bool = False


class ImpactAssessed(OfGrading):
    """The protocol's impact dimensions as somebody judged them: dimension → level. `proposed` is the severity that
    follows from them by the protocol, None where nothing follows."""

    kind = "impact_assessed"
    levels: dict[str, str]
    note: Prose = ""
    proposed: str | None = None


class TypicalKept(OfGrading):
    """The severity stays, although another one is typical for these categories of the protocol."""

    kind = "typical_kept"
    severity: str
    categories: tuple[str, ...]


class SeverityRequested(OfGrading):
    """Somebody who may not re-grade asks for it; the entry's seq is the request's number."""

    kind = "severity_requested"
    severity: str
    why: Prose = ""


class SeverityRequestDeclined(OfGrading):
    """Accepting a request is a `SeverityChanged`."""

    kind = "severity_request_declined"
    request: int
    why: Prose = ""
