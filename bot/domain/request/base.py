"""What every request is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """Something asked of an incident, already parsed; `decide` answers it with facts or a sentence why not."""

    @property
    def engages(self) -> dict[str, str]:
        """The people this puts to work, each with the form field that names them: all must be full members
        (`usecases.able`)."""
        return {}
