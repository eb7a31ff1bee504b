"""What every fact is: a frozen value with a kind, and fields that may hold people's own words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Door = Literal["slash", "form", "button", "shortcut", "reaction", "message", "clock", "courier", "cli"]


class _Prose:
    """Marks a field as people's own words."""


Prose = Annotated[str, _Prose()]


class Fact(BaseModel):
    """The body of one timeline entry. Subclasses are the kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    v: int = 1

    @classmethod
    def prose_fields(cls) -> tuple[str, ...]:
        """Names of the fields that hold people's own words."""
        return tuple(n for n, f in cls.model_fields.items() if any(isinstance(m, _Prose) for m in f.metadata))
